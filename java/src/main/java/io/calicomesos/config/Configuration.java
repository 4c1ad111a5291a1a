package io.calicomesos.config;

import com.google.common.base.Ascii;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.calicomesos.etcd.EtcdAccess;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The settings of one agent.
 *
 * @param etcd {@code etcd_endpoints}, {@code etcd_ca_cert_file} and so on: where etcd is, and as whom it is spoken to
 * @param etcdRequestTimeout {@code etcd_request_timeout}: how long one request to etcd may take
 * @param etcdLaunchTimeout {@code etcd_launch_timeout}: how long a launch waits for etcd in all before it fails
 * @param nodeName {@code node_name}: this host's name in Calico; where calico-node runs, the same as its
 * @param enforcer {@code enforcer}: who lets traffic through
 * @param felixStatusDirectory {@code felix_status_dir}: where Felix says that an endpoint's rules are in; empty: in its usual
 *     place, if there is one
 * @param felixTimeout {@code felix_timeout}: how long a launch waits for Felix to say so
 * @param runtimeDirectory {@code runtime_dir}: the containers' checkpoints, files and network namespaces; need not survive a
 *     reboot
 * @param stateDirectory {@code state_dir}: the journal of what is under way; survives a reboot
 * @param mtu {@code mtu}: of the containers' interfaces, in bytes; none: that of the host's default route
 * @param networks {@code networks}: those that a NetworkInfo can name, by name
 * @param dns {@code dns}: of containers whose network has none of its own; none: the host's
 * @param netgroupPools {@code netgroups}: the IPPools that the members' addresses come from, by name or by network; none: any
 * @param netgroupRoles {@code netgroups}: who may join; of which nothing is said, everyone
 * @param namespaceRoles {@code namespaces}: who may have endpoints there; of which nothing is said, everyone
 * @param sweepInterval {@code sweep_interval}: how often what containers left that are gone is looked for in etcd
 * @param sweepGrace {@code sweep_grace}: how long such a thing must have been seen before it is given back
 * @param callTimeout {@code call_timeout}: after which a call of the agent that was not answered is answered with a failure
 * @param metricsAddress {@code metrics_address}: where Prometheus is answered
 * @param verbose {@code verbose}: whether debug lines are logged
 */
public record Configuration(
        EtcdAccess etcd,
        Duration etcdRequestTimeout,
        Duration etcdLaunchTimeout,
        String nodeName,
        EnforcerKind enforcer,
        Optional<Path> felixStatusDirectory,
        Duration felixTimeout,
        Path runtimeDirectory,
        Path stateDirectory,
        OptionalInt mtu,
        Map<String, Network> networks,
        Optional<Dns> dns,
        ByName<List<String>> netgroupPools,
        ByName<Roles> netgroupRoles,
        ByName<Roles> namespaceRoles,
        Duration sweepInterval,
        Duration sweepGrace,
        Duration callTimeout,
        Optional<InetSocketAddress> metricsAddress,
        boolean verbose) {

    /** Where calico-node leaves its name; if it is there, calico-node runs, or has run, on this host. */
    static final Path CALICO_NODE_NAME = Path.of("/var/lib/calico/nodename");

    /** {@code runtime_dir}, where nothing is set. */
    public static final String RUNTIME_DIRECTORY = "/var/run/calico-mesos";

    /** The least that IPv6 works with. */
    public static final int MIN_MTU_V6 = 1280;
    /** The largest that an interface of a container can have. */
    public static final int MAX_MTU = 65_535;

    static final int MIN_MTU = 576; // The least that IPv4 hosts must take.

    /**
     * Reads the settings.
     *
     * @param parameters the module's parameters, in their order; one of them, {@code config}, may name a JSON file whose
     *     object holds the same keys. A parameter wins over the file.
     * @param hostName what the host calls itself
     * @return the settings, complete and checked
     * @throws ConfigurationException with the first thing that is wrong
     */
    public static Configuration read(Map<String, String> parameters, String hostName) throws ConfigurationException {
        return read(Settings.of(parameters), hostName);
    }

    static Configuration read(Settings settings, String hostName) throws ConfigurationException {
        OptionalInt mtu = settings.number("mtu", MIN_MTU, MAX_MTU);
        return new Configuration(
                EtcdSettings.read(settings.texts(EtcdSettings.KEYS), key -> key),
                settings.duration("etcd_request_timeout", Duration.ofSeconds(2)),
                settings.duration("etcd_launch_timeout", Duration.ofSeconds(10)),
                settings.text("node_name", Ascii.toLowerCase(hostName)),
                enforcer(settings.text("enforcer", defaultEnforcer())),
                optional("felix_status_dir", settings.text("felix_status_dir", null)),
                settings.duration("felix_timeout", Duration.ofSeconds(10)),
                absolute("runtime_dir", settings.text("runtime_dir", RUNTIME_DIRECTORY)),
                absolute("state_dir", settings.text("state_dir", "/var/lib/calico-mesos")),
                mtu,
                NetworkSettings.read(settings, mtu),
                DnsSettings.read("dns", settings.node("dns")),
                MembershipSettings.netgroupPools(settings),
                MembershipSettings.netgroupRoles(settings),
                MembershipSettings.namespaceRoles(settings),
                settings.duration("sweep_interval", Duration.ofMinutes(10)),
                settings.duration("sweep_grace", Duration.ofMinutes(1)),
                settings.duration("call_timeout", Duration.ofMinutes(5)),
                metricsAddress(settings.text("metrics_address", "127.0.0.1:19091")),
                settings.flag("verbose", false));
    }

    /** What is set of a network's MTU, for it or for all, in bytes; none: that of the host's default route. */
    public OptionalInt mtuOf(Network network) {
        return network.mtu().isPresent() ? network.mtu() : mtu;
    }

    private static String defaultEnforcer() {
        return Files.exists(CALICO_NODE_NAME) ? "felix" : "builtin";
    }

    private static EnforcerKind enforcer(String text) throws ConfigurationException {
        return switch (text) {
            case "felix" -> EnforcerKind.FELIX;
            case "builtin" -> EnforcerKind.BUILTIN;
            default -> throw new ConfigurationException("enforcer is '" + text + "': felix (calico-node runs on this host) or "
                    + "builtin (the module enforces by itself) is expected");
        };
    }

    private static Optional<InetSocketAddress> metricsAddress(String text) throws ConfigurationException {
        if (text.equals("off")) {
            return Optional.empty();
        }
        try {
            HostAndPort address = HostAndPort.fromString(text);
            return Optional.of(new InetSocketAddress(InetAddresses.forString(address.getHost()), address.getPort()));
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ConfigurationException(
                    "metrics_address is '" + text + "': an IP address and a port are expected, as in 127.0.0.1:19091, or off");
        }
    }

    private static Optional<Path> optional(String key, String text) throws ConfigurationException {
        return text == null ? Optional.empty() : Optional.of(absolute(key, text));
    }

    static Path absolute(String key, String text) throws ConfigurationException {
        Path path = text.indexOf('\0') < 0 ? Path.of(text) : Path.of("");
        if (!path.isAbsolute()) {
            throw new ConfigurationException(key + " is '" + text + "': an absolute path is expected");
        }
        return path;
    }
}
