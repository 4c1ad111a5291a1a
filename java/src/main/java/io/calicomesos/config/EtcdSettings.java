package io.calicomesos.config;

import io.calicomesos.etcd.EtcdAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads what says where etcd is and as whom it is spoken to: parameters of the module, and options of the command. */
public final class EtcdSettings {
    static final Set<Parameter> PARAMETERS = Collections.unmodifiableSet(EnumSet.of(
            Parameter.ETCD_ENDPOINTS, Parameter.ETCD_CA_CERT_FILE, Parameter.ETCD_CERT_FILE, Parameter.ETCD_KEY_FILE,
            Parameter.ETCD_USERNAME, Parameter.ETCD_PASSWORD_FILE));

    static final int MAX_PORT = 65_535;

    private final Map<Parameter, String> texts;
    private final Function<Parameter, String> spelled;

    private EtcdSettings(Map<Parameter, String> texts, Function<Parameter, String> spelled) {
        this.texts = texts;
        this.spelled = spelled;
    }

    /**
     * Reads it; the files are not opened.
     *
     * @param texts what is set, by parameter
     * @param spelled how a parameter is called where it was set, for messages
     * @return complete and checked
     * @throws ConfigurationException with the first thing that is wrong
     */
    public static EtcdAccess read(Map<Parameter, String> texts, Function<Parameter, String> spelled) throws ConfigurationException {
        return new EtcdSettings(texts, spelled).read();
    }

    private EtcdAccess read() throws ConfigurationException {
        List<URI> endpoints = endpoints();
        boolean tls = "https".equals(endpoints.get(0).getScheme());
        for (URI uri : endpoints) {
            if ("https".equals(uri.getScheme()) != tls) {
                throw new ConfigurationException(name(Parameter.ETCD_ENDPOINTS) + " holds " + endpoints.get(0) + " and " + uri
                        + ": all members with http, or all with https, are expected");
            }
        }
        for (Parameter key : List.of(Parameter.ETCD_CA_CERT_FILE, Parameter.ETCD_CERT_FILE, Parameter.ETCD_KEY_FILE)) {
            if (texts.containsKey(key) && !tls) {
                throw new ConfigurationException(name(key) + " is set, but " + name(Parameter.ETCD_ENDPOINTS) + " holds " + endpoints.get(0)
                        + ": https is expected with it");
            }
        }
        together(Parameter.ETCD_CERT_FILE, Parameter.ETCD_KEY_FILE);
        together(Parameter.ETCD_USERNAME, Parameter.ETCD_PASSWORD_FILE);
        Optional<String> username = Optional.ofNullable(texts.get(Parameter.ETCD_USERNAME));
        if (username.filter(String::isBlank).isPresent()) {
            throw new ConfigurationException(name(Parameter.ETCD_USERNAME) + " is empty: the name of a user of etcd is expected");
        }
        return new EtcdAccess(endpoints, file(Parameter.ETCD_CA_CERT_FILE), file(Parameter.ETCD_CERT_FILE), file(Parameter.ETCD_KEY_FILE), username, file(Parameter.ETCD_PASSWORD_FILE));
    }

    private void together(Parameter one, Parameter other) throws ConfigurationException {
        if (texts.containsKey(one) != texts.containsKey(other)) {
            Parameter set = texts.containsKey(one) ? one : other;
            throw new ConfigurationException(
                    name(set) + " is set, but not " + name(set == one ? other : one) + ": both are expected, or none");
        }
    }

    private Optional<Path> file(Parameter key) throws ConfigurationException {
        return texts.containsKey(key) ? Optional.of(Settings.path(key, name(key), texts.get(key))) : Optional.empty();
    }

    private List<URI> endpoints() throws ConfigurationException {
        String text = texts.getOrDefault(Parameter.ETCD_ENDPOINTS, "");
        if (text.isBlank()) {
            throw new ConfigurationException(name(Parameter.ETCD_ENDPOINTS) + " is not set: the client URLs of etcd are expected, separated by "
                    + "commas, as in http://10.0.0.1:2379,http://10.0.0.2:2379");
        }
        List<URI> endpoints = new ArrayList<>();
        for (String each : text.split(",")) {
            endpoints.add(endpoint(each.strip()));
        }
        return endpoints;
    }

    private URI endpoint(String text) throws ConfigurationException {
        if (text.indexOf('@') >= 0) { // Not quoted: it may be a password.
            throw new ConfigurationException(name(Parameter.ETCD_ENDPOINTS) + " holds a URL with an @: a user and a password are expected in "
                    + name(Parameter.ETCD_USERNAME) + " and " + name(Parameter.ETCD_PASSWORD_FILE));
        }
        try {
            URI uri = URI.create(text);
            boolean scheme = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean port = uri.getPort() >= 1 && uri.getPort() <= MAX_PORT;
            if (scheme && uri.getHost() != null && port && !hasMore(uri)) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Said below.
        }
        throw new ConfigurationException(name(Parameter.ETCD_ENDPOINTS) + " holds '" + text + "': " + Shape.URLS.allowed());
    }

    private static boolean hasMore(URI uri) {
        return uri.getQuery() != null || uri.getFragment() != null || !(uri.getPath().isEmpty() || uri.getPath().equals("/"));
    }

    private String name(Parameter key) {
        return spelled.apply(key);
    }
}
