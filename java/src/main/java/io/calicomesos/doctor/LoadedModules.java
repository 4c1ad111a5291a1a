package io.calicomesos.doctor;

import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.ModulesFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the agents of this host load; where none runs, what one would that is started here. */
public final class LoadedModules {
    private static final String LIBRARY = "libcalico_mesos.so";
    private static final Path PACKAGED = Path.of("/etc/calico-mesos/modules.json");
    private static final List<String> PROGRAMS = List.of("mesos-agent", "mesos-slave");

    private final List<Agent> agents;
    private final Optional<Path> file;

    /**
     * Prepares.
     *
     * @param agents those that run here
     * @param file the module's parameters, or the modules.json with them; none if there is none
     */
    public LoadedModules(List<Agent> agents, Optional<Path> file) {
        this.agents = List.copyOf(agents);
        this.file = file;
    }

    /**
     * Looks.
     *
     * @return one for each agent that names the module, or the one that would be
     * @throws ConfigurationException if a modules.json cannot be read
     */
    public List<Loading> all() throws ConfigurationException {
        List<Loading> all = new ArrayList<>();
        for (Agent each : agents) {
            if (each.option("isolation").stream().flatMap(names -> Stream.of(names.split(","))).anyMatch(ModulesFile.NAMES::contains)) {
                all.add(loading(each.name(), each.program(), each.modulesFile(), each.variable("JAVA_HOME")));
            }
        }
        return all.isEmpty() ? List.of(loading("an agent that is started here", program(), file.filter(LoadedModules::isModulesJson)
                .or(() -> Optional.of(PACKAGED).filter(Files::exists)), Optional.empty())) : all;
    }

    private static Loading loading(String who, Optional<Path> program, Optional<Path> modules, Optional<String> javaHome)
            throws ConfigurationException {
        Optional<Path> readable = modules.filter(Files::isReadable);
        Map<String, String> parameters = readable.isPresent() ? ModulesFile.parameters(readable.get()) : Map.of();
        Optional<Path> library = readable.isPresent() ? ModulesFile.library(readable.get()) : Optional.empty();
        return new Loading(
                who, program, library.orElse(Path.of(System.getProperty("java.library.path")).resolve(LIBRARY)),
                Optional.ofNullable(parameters.get("java_home")), javaHome);
    }

    private static boolean isModulesJson(Path path) {
        try {
            return ModulesFile.library(path).isPresent();
        } catch (ConfigurationException e) {
            return false; // Whoever reads the settings says so.
        }
    }

    private static Optional<Path> program() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/local/sbin:/usr/sbin"; // A unit's.
        return Stream.of(path.split(":")).filter(each -> each.startsWith("/"))
                .flatMap(each -> PROGRAMS.stream().map(Path.of(each)::resolve)).filter(Files::isExecutable).findFirst();
    }
}
