package io.calicomesos.lab;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where a real Mesos is installed, if the tests were given one, and the module that was built for it. */
public final class MesosPrefix {
    /** The system property that names it. */
    public static final String PROPERTY = "mesos.prefix";

    /** Why a test is skipped. */
    public static final String ABSENT = "no real Mesos was given: scripts/test --mesos PREFIX";

    private MesosPrefix() {}

    /**
     * A program of Mesos.
     *
     * @param name mesos-master, mesos-agent or mesos-execute
     * @return its path
     */
    static Path program(String name) {
        Path bin = path("bin").resolve(name);
        return Files.exists(bin) ? bin : existing(path("sbin").resolve(name));
    }

    /**
     * Where the agent finds its executors.
     *
     * @return the directory
     */
    static Path launcherDirectory() {
        return existing(path("libexec/mesos"));
    }

    /**
     * The module, built against its headers.
     *
     * @return libcalico_mesos.so
     */
    static Path module() {
        return existing(Build.repository().resolve("build/mesos/lib/libcalico_mesos.so"));
    }

    private static Path path(String below) {
        return Path.of(System.getProperty(PROPERTY)).resolve(below);
    }

    private static Path existing(Path path) {
        if (!Files.exists(path)) {
            throw new IllegalStateException(path + " is missing: run scripts/test --mesos PREFIX");
        }
        return path;
    }
}
