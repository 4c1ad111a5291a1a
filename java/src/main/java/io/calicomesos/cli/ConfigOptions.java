package io.calicomesos.cli;

import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.ModulesFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** The option that says where the module's parameters are, for what a command is not told itself. */
final class ConfigOptions {
    private static final String VARIABLE = "CALICO_MESOS_CONFIG";

    private static final List<Path> USUAL = Stream.of(
            "/etc/calico-mesos/config.json", "/etc/mesos-slave/modules.json", "/etc/mesos-agent/modules.json").map(Path::of).toList();

    @Option(names = "--config", paramLabel = "FILE",
            description = "The agent's modules.json, or a file with the module's parameters, for what is not said here; default: "
                    + "$" + VARIABLE + ", or the first that exists of /etc/calico-mesos/config.json, /etc/mesos-slave/modules.json and "
                    + "/etc/mesos-agent/modules.json")
    private Path file;

    /** Which file; none if there is none. */
    Optional<Path> file() {
        Optional<Path> named = Optional.ofNullable(file)
                .or(() -> Optional.ofNullable(System.getenv(VARIABLE)).filter(each -> !each.isEmpty()).map(Path::of));
        return named.or(() -> USUAL.stream().filter(Files::exists).findFirst()).map(Path::toAbsolutePath);
    }

    /** The module's settings; none if there is no file. */
    Optional<Configuration> configuration() throws ConfigurationException {
        Optional<Path> found = file();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> parameters = ModulesFile.parameters(found.get());
        try {
            return Optional.of(Configuration.read(parameters, hostName()));
        } catch (ConfigurationException e) {
            throw new ConfigurationException(found.get() + ": " + e.getMessage() + "; `calico-mesos config check` lists all that is wrong");
        }
    }

    /** What the kernel says, which needs no name service. */
    static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
