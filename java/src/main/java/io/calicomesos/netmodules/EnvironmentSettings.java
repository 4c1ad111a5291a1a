package io.calicomesos.netmodules;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.config.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the settings are, when net-modules starts us without a word: in a file of the module's parameters, which the environment may
 * name, and etcd, as in 2015, in the environment.
 */
public final class EnvironmentSettings {
    /** The file. */
    static final Path FILE = Path.of("/etc/calico-mesos/config.json");

    /** Names another file. */
    static final String FILE_VARIABLE = "CALICO_MESOS_CONFIG";

    /** {@code host:port} of etcd, where the file says nothing of it. */
    static final String ETCD_VARIABLE = "ETCD_AUTHORITY";

    private EnvironmentSettings() {}

    /**
     * Reads them.
     *
     * @param environment of this process: the agent's
     * @param hostName what the host calls itself
     * @return the settings
     * @throws ConfigurationException with the first thing that is wrong
     * @throws BadRequestException if another than Felix is to enforce
     */
    public static Configuration read(Map<String, String> environment, String hostName)
            throws ConfigurationException, BadRequestException {
        return read(environment, hostName, FILE);
    }

    static Configuration read(Map<String, String> environment, String hostName, Path usualFile)
            throws ConfigurationException, BadRequestException {
        Map<String, String> parameters = new LinkedHashMap<>();
        String named = environment.getOrDefault(FILE_VARIABLE, "");
        if (!named.isEmpty()) {
            parameters.put(Parameter.CONFIG.key(), named);
        } else if (Files.exists(usualFile)) {
            parameters.put(Parameter.CONFIG.key(), usualFile.toString());
        }
        String authority = environment.getOrDefault(ETCD_VARIABLE, "");
        if (!authority.isEmpty() && !namesEtcd(parameters.get(Parameter.CONFIG.key()))) {
            parameters.put(Parameter.ETCD_ENDPOINTS.key(), "http://" + authority);
        }
        Configuration configuration = Configuration.read(parameters, hostName);
        if (configuration.enforcer() != EnforcerKind.FELIX) {
            throw new BadRequestException("enforcer is builtin" + (parameters.containsKey(Parameter.CONFIG.key()) ? " by the file "
                    + parameters.get(Parameter.CONFIG.key()) : " for want of the file " + usualFile) + ": net-modules starts a process for each call, and "
                    + "none stays to enforce netgroups. Run calico-node on this host and set it to felix");
        }
        return configuration;
    }

    /** What is wrong with the file, {@link Configuration} says. */
    private static boolean namesEtcd(String file) {
        try {
            return file != null && new ObjectMapper().readTree(Files.readString(Path.of(file))).has(Parameter.ETCD_ENDPOINTS.key());
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
