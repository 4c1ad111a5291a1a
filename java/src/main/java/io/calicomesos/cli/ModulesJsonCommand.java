package io.calicomesos.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos modules-json}: prints what the agent's {@code --modules} is to name, with the places where things are on this
 * machine, once the settings were read as the module reads them.
 */
@Command(
        name = "modules-json",
        description = "Print the file for the agent's --modules, for what is installed here. The settings are checked first.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ModulesJsonCommand implements Callable<Integer> {
    private static final Set<String> ISOLATORS = Set.of("network/calico", "io_calicomesos_NetworkIsolator");
    private static final String LIBRARY = "libcalico_mesos.so";
    private static final Path PACKAGED_JARS = Path.of("/usr/share/calico-mesos/java");

    @Spec
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", defaultValue = "/etc/calico-mesos/config.json",
            description = "The file with the module's settings; default: ${DEFAULT-VALUE}")
    private Path config;

    @Option(names = "--isolator", paramLabel = "NAME", defaultValue = "network/calico",
            description = "The module's name as in the agent's --isolation: network/calico, or io_calicomesos_NetworkIsolator to stand "
                    + "beside network/cni; default: ${DEFAULT-VALUE}")
    private String isolator;

    @Override
    public Integer call() throws IOException, ConfigurationException {
        if (!ISOLATORS.contains(isolator)) {
            throw refused("--isolator is '" + isolator + "': network/calico or io_calicomesos_NetworkIsolator is expected");
        }
        Path library = Path.of(System.getProperty("java.library.path"), LIBRARY).toAbsolutePath();
        if (!Files.exists(library)) {
            throw refused(library + " is missing: install the package, or name its directory in CALICO_MESOS_LIBRARY");
        }
        Map<String, String> parameters = Map.of(Parameter.CONFIG.key(), config.toAbsolutePath().toString());
        Configuration.read(parameters, ConfigOptions.hostName());
        spec.commandLine().getOut().println(modulesJson(library, parameters).toPrettyString());
        return 0;
    }

    private ObjectNode modulesJson(Path library, Map<String, String> settings) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        ObjectNode module = root.putArray("libraries").addObject().put("file", library.toString()).putArray("modules").addObject();
        ArrayNode parameters = module.put("name", isolator).putArray("parameters");
        settings.forEach((key, value) -> parameters.addObject().put("key", key).put("value", value));
        Path jars = Path.of(System.getProperty("java.class.path")).toAbsolutePath().getParent();
        if (!jars.equals(PACKAGED_JARS)) {
            parameters.addObject().put("key", Parameter.JAVA_CLASSPATH.key()).put("value", jars.toString());
        }
        String javaHome = System.getenv("JAVA_HOME"); // The agent's environment may not have it.
        if (javaHome != null && !javaHome.isEmpty()) {
            parameters.addObject().put("key", Parameter.JAVA_HOME.key()).put("value", javaHome);
        }
        return root;
    }

    private ParameterException refused(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
