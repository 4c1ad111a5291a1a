package io.calicomesos.config;

import io.calicomesos.etcd.EtcdAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Reads what says where etcd is and as whom it is spoken to: parameters of the module, and options of the command. */
public final class EtcdSettings {
    static final String ENDPOINTS = "etcd_endpoints";
    static final String CA_CERT_FILE = "etcd_ca_cert_file";
    static final String CERT_FILE = "etcd_cert_file";
    static final String KEY_FILE = "etcd_key_file";
    static final String USERNAME = "etcd_username";
    static final String PASSWORD_FILE = "etcd_password_file";
    static final Set<String> KEYS = Set.of(ENDPOINTS, CA_CERT_FILE, CERT_FILE, KEY_FILE, USERNAME, PASSWORD_FILE);

    private static final int MAX_PORT = 65_535;

    private final Map<String, String> texts;
    private final UnaryOperator<String> spelled;

    private EtcdSettings(Map<String, String> texts, UnaryOperator<String> spelled) {
        this.texts = texts;
        this.spelled = spelled;
    }

    /**
     * Reads it; the files are not opened.
     *
     * @param texts what is set, by the parameters' names
     * @param spelled how a parameter is called where it was set, for messages
     * @return complete and checked
     * @throws ConfigurationException with the first thing that is wrong
     */
    public static EtcdAccess read(Map<String, String> texts, UnaryOperator<String> spelled) throws ConfigurationException {
        return new EtcdSettings(texts, spelled).read();
    }

    private EtcdAccess read() throws ConfigurationException {
        List<URI> endpoints = endpoints();
        boolean tls = "https".equals(endpoints.get(0).getScheme());
        for (URI uri : endpoints) {
            if ("https".equals(uri.getScheme()) != tls) {
                throw new ConfigurationException(name(ENDPOINTS) + " holds " + endpoints.get(0) + " and " + uri
                        + ": all members with http, or all with https, are expected");
            }
        }
        for (String key : List.of(CA_CERT_FILE, CERT_FILE, KEY_FILE)) {
            if (texts.containsKey(key) && !tls) {
                throw new ConfigurationException(name(key) + " is set, but " + name(ENDPOINTS) + " holds " + endpoints.get(0)
                        + ": https is expected with it");
            }
        }
        together(CERT_FILE, KEY_FILE);
        together(USERNAME, PASSWORD_FILE);
        Optional<String> username = Optional.ofNullable(texts.get(USERNAME));
        if (username.filter(String::isBlank).isPresent()) {
            throw new ConfigurationException(name(USERNAME) + " is empty: the name of a user of etcd is expected");
        }
        return new EtcdAccess(endpoints, file(CA_CERT_FILE), file(CERT_FILE), file(KEY_FILE), username, file(PASSWORD_FILE));
    }

    private void together(String one, String other) throws ConfigurationException {
        if (texts.containsKey(one) != texts.containsKey(other)) {
            String set = texts.containsKey(one) ? one : other;
            throw new ConfigurationException(
                    name(set) + " is set, but not " + name(set.equals(one) ? other : one) + ": both are expected, or none");
        }
    }

    private Optional<Path> file(String key) throws ConfigurationException {
        return texts.containsKey(key) ? Optional.of(Configuration.absolute(name(key), texts.get(key))) : Optional.empty();
    }

    private List<URI> endpoints() throws ConfigurationException {
        String text = texts.getOrDefault(ENDPOINTS, "");
        if (text.isBlank()) {
            throw new ConfigurationException(name(ENDPOINTS) + " is not set: the client URLs of etcd are expected, separated by "
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
            throw new ConfigurationException(name(ENDPOINTS) + " holds a URL with an @: a user and a password are expected in "
                    + name(USERNAME) + " and " + name(PASSWORD_FILE));
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
        throw new ConfigurationException(name(ENDPOINTS) + " holds '" + text + "': http://host:port or https://host:port is expected, "
                + "with a port from 1 to " + MAX_PORT + ", as in http://10.0.0.1:2379");
    }

    private static boolean hasMore(URI uri) {
        return uri.getQuery() != null || uri.getFragment() != null || !(uri.getPath().isEmpty() || uri.getPath().equals("/"));
    }

    private String name(String key) {
        return spelled.apply(key);
    }
}
