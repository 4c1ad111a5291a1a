package io.calicomesos.cli;

import com.google.common.base.Ascii;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EtcdSettings;
import io.calicomesos.config.Parameter;
import io.calicomesos.etcd.EtcdAccess;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say where etcd is and as whom it is spoken to: the module's parameters, with dashes. A password is never one. */
final class EtcdOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin
    private ConfigOptions config;

    @Option(names = "--etcd-endpoints", paramLabel = "URL[,URL...]",
            description = "etcd's client URLs, separated by commas, as in http://10.0.0.1:2379; default: as configured, with all else "
                    + "about etcd")
    private String endpoints;

    @Option(names = "--etcd-ca-cert-file", paramLabel = "FILE",
            description = "With https: the certificates that sign those of etcd, in PEM; default: the authorities that Java knows")
    private Path caCertFile;

    @Option(names = "--etcd-cert-file", paramLabel = "FILE", description = "With https: the client's certificate, in PEM")
    private Path certFile;

    @Option(names = "--etcd-key-file", paramLabel = "FILE",
            description = "With https: the client's private key, in PEM (PKCS #8), readable by its owner alone")
    private Path keyFile;

    @Option(names = "--etcd-username", paramLabel = "NAME", description = "etcd's user")
    private String username;

    @Option(names = "--etcd-password-file", paramLabel = "FILE",
            description = "A file with the user's password, readable by its owner alone")
    private Path passwordFile;

    /** What was said, or is configured; refused as other options are. */
    EtcdAccess access() {
        Map<Parameter, String> given = new EnumMap<>(Parameter.class);
        putFile(given, Parameter.ETCD_CA_CERT_FILE, caCertFile);
        putFile(given, Parameter.ETCD_CERT_FILE, certFile);
        putFile(given, Parameter.ETCD_KEY_FILE, keyFile);
        putFile(given, Parameter.ETCD_PASSWORD_FILE, passwordFile);
        if (username != null) {
            given.put(Parameter.ETCD_USERNAME, username);
        }
        try {
            if (endpoints == null && given.isEmpty() && config.file().isPresent()) {
                return config.configuration().orElseThrow().etcd();
            }
            if (endpoints != null) {
                given.put(Parameter.ETCD_ENDPOINTS, endpoints);
            }
            return EtcdSettings.read(given, each -> "--" + each.key().replace('_', '-'));
        } catch (ConfigurationException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    /** Opens it; to be closed. */
    EtcdConnection connect() {
        return new EtcdConnection(access(), spec.commandLine().getErr());
    }

    /** The module's settings, if there is a file with them. */
    Optional<Configuration> configuration() throws ConfigurationException {
        return config.configuration();
    }

    /** The file with them; none if there is none. */
    Optional<Path> configurationFile() {
        return config.file();
    }

    /** This host's name in Calico, as the module has it. */
    String nodeName() throws ConfigurationException {
        return configuration().map(Configuration::nodeName).orElseGet(() -> Ascii.toLowerCase(ConfigOptions.hostName()));
    }

    private static void putFile(Map<Parameter, String> given, Parameter key, Path file) {
        if (file != null) {
            given.put(key, file.toAbsolutePath().toString());
        }
    }
}
