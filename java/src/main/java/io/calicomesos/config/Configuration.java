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
    public static final Path CALICO_NODE_NAME = Path.of("/var/lib/calico/nodename");

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
        OptionalInt mtu = settings.number(Parameter.MTU, MIN_MTU, MAX_MTU);
        return new Configuration(
                EtcdSettings.read(settings.texts(EtcdSettings.PARAMETERS), Parameter::key),
                settings.duration(Parameter.ETCD_REQUEST_TIMEOUT),
                settings.duration(Parameter.ETCD_LAUNCH_TIMEOUT),
                settings.text(Parameter.NODE_NAME).orElse(Ascii.toLowerCase(hostName)),
                enforcer(settings.text(Parameter.ENFORCER).orElse(defaultEnforcer())),
                settings.path(Parameter.FELIX_STATUS_DIR),
                settings.duration(Parameter.FELIX_TIMEOUT),
                settings.path(Parameter.RUNTIME_DIR).orElseThrow(),
                settings.path(Parameter.STATE_DIR).orElseThrow(),
                mtu,
                NetworkSettings.read(settings, mtu),
                DnsSettings.read(Parameter.DNS.key(), settings.node(Parameter.DNS)),
                MembershipSettings.netgroupPools(settings),
                MembershipSettings.netgroupRoles(settings),
                MembershipSettings.namespaceRoles(settings),
                settings.duration(Parameter.SWEEP_INTERVAL),
                settings.duration(Parameter.SWEEP_GRACE),
                settings.duration(Parameter.CALL_TIMEOUT),
                metricsAddress(settings.text(Parameter.METRICS_ADDRESS).orElseThrow()),
                settings.flag(Parameter.VERBOSE));
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
            default -> throw Parameter.ENFORCER.refused(text);
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
            throw Parameter.METRICS_ADDRESS.refused(text);
        }
    }
}
