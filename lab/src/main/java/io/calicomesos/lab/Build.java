package io.calicomesos.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Where the build put what the lab starts. */
public final class Build {
    private static final Path NATIVE = Path.of(System.getProperty("native.dir", "build/native")).toAbsolutePath();

    private Build() {}

    /**
     * The module.
     *
     * @return libcalico_mesos.so
     */
    public static Path module() {
        return existing(NATIVE.resolve("lib/libcalico_mesos.so"));
    }

    /**
     * A module that does nothing, and has no virtual machine.
     *
     * @return the library
     */
    public static Path moduleThatDoesNothing() {
        return existing(NATIVE.resolve("lib/libcalico_mesos_test_module.so"));
    }

    /**
     * The test agent.
     *
     * @return the program
     */
    public static Path testAgent() {
        return existing(NATIVE.resolve("bin/calico-mesos-test-agent"));
    }

    /**
     * The server that runs in containers, and the client that tries them.
     *
     * @return the program
     */
    public static Path prober() {
        return existing(NATIVE.resolve("bin/calico-mesos-prober"));
    }

    /**
     * The command {@code calico-mesos}, to be started with {@link #commandEnvironment}.
     *
     * @return the script
     */
    public static Path command() {
        return existing(repository().resolve("packaging/calico-mesos"));
    }

    /**
     * Where the command finds what it starts.
     *
     * @return for its environment
     */
    public static Map<String, String> commandEnvironment() {
        return Map.of("CALICO_MESOS_JAVA", classPath().toString(), "CALICO_MESOS_LIBRARY", module().getParent().toString());
    }

    /**
     * What makes a container's network with as little as the kernel allows.
     *
     * @return the program
     */
    public static Path floor() {
        return existing(NATIVE.resolve("bin/calico-mesos-floor"));
    }

    /**
     * A module that does nothing.
     *
     * @return the library
     */
    public static Path dummyModule() {
        return existing(NATIVE.resolve("lib/libcalico_mesos_test_module.so"));
    }

    /**
     * The source tree.
     *
     * @return its root
     */
    public static Path repository() {
        return NATIVE.resolve("../..").normalize();
    }

    /**
     * The Java parts as they are installed.
     *
     * @return the directory of jars
     */
    public static Path classPath() {
        return existing(NATIVE.resolve("../../java/target/dist").normalize());
    }

    private static Path existing(Path path) {
        if (!Files.exists(path)) {
            throw new IllegalStateException(path + " is missing: run scripts/build first");
        }
        return path;
    }
}
