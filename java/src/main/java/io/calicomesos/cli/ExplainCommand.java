package io.calicomesos.cli;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.Policy;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.netgroup.Explainer;
import io.calicomesos.netgroup.Explanation;
import io.calicomesos.netgroup.Flow;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos explain}: whether one reaches another, and what decides, by what stands in etcd; not by what is in the kernel.
 * Reads all endpoints of the cluster.
 */
@Command(
        name = "explain",
        description = "Say whether one reaches another, and what decides. Goes by what stands in etcd; sends nothing.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:allowed", "1:denied", "2:the datastore could not be read, or FROM or TO is not known", "3:something else decides, as is said"})
final class ExplainCommand implements Callable<Integer> {
    private static final String WHO = "An address, a container's id or a host's name in Calico";
    private static final int ALLOWED = 0;
    private static final int DENIED = 1;
    private static final int UNDECIDED = 3;
    private static final int MAX_PORT = 65_535;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "FROM", description = WHO)
    private String from;

    @Parameters(index = "1", paramLabel = "TO", description = WHO)
    private String to;

    @Option(names = "--port", paramLabel = "PORT", defaultValue = "80", description = "Of TO; default: ${DEFAULT-VALUE}")
    private int port;

    @Option(names = "--protocol", paramLabel = "NAME", defaultValue = "tcp", description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private Protocol protocol;

    @Option(names = "--enforcer", paramLabel = "NAME",
            description = "Who lets traffic through: ${COMPLETION-CANDIDATES}; default: as configured, or builtin")
    private Who enforcer;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private Output output;

    /** As they are written on the command line. */
    enum Protocol { tcp, udp, icmp }

    /** Likewise. */
    enum Who { builtin, felix }

    /**
     * What is said.
     *
     * @param flow the connection
     * @param enforcer who lets it through or not
     * @param answer {@code allowed}, {@code denied} or {@code undecided}
     * @param because why
     */
    private record Said(String flow, String enforcer, String answer, String because) {}

    @Override
    public Integer call() throws ConfigurationException {
        if (port < 1 || port > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "--port is " + port + ": a port from 1 to " + MAX_PORT + " is expected");
        }
        Who who = who();
        Flow flow;
        Explanation explanation;
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            Datastore datastore = new Datastore(etcd, spec.commandLine().getErr());
            Collection<WorkloadEndpoint> endpoints = datastore.under(Keys.ENDPOINTS, WorkloadEndpoint.class).values();
            Collection<Node> nodes = datastore.under(Keys.NODES, Node.class).values();
            flow = flow(addresses("FROM", from, endpoints, nodes), addresses("TO", to, endpoints, nodes));
            explanation = explain(datastore, who, flow, endpoints, nodes);
        }
        String answer = explanation.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        Said said = new Said(flow.toString(), who.name(), answer, explanation.because());
        output.print(said, out -> out.println(said.answer() + ": " + said.because() + System.lineSeparator()
                + said.flow() + ", enforcer " + said.enforcer()));
        return explanation instanceof Explanation.Allowed ? ALLOWED : explanation instanceof Explanation.Denied ? DENIED : UNDECIDED;
    }

    private Who who() throws ConfigurationException {
        if (enforcer != null) {
            return enforcer;
        }
        return etcdOptions.configuration().map(Configuration::enforcer).orElse(EnforcerKind.BUILTIN) == EnforcerKind.FELIX
                ? Who.felix : Who.builtin;
    }

    private static Explanation explain(
            Datastore datastore, Who who, Flow flow, Collection<WorkloadEndpoint> endpoints, Collection<Node> nodes) {
        Map<String, Profile> profiles = new HashMap<>();
        datastore.under(Keys.PROFILES, Profile.class).values().forEach(each -> profiles.put(each.metadata().name(), each));
        if (who == Who.builtin) {
            return new Explainer(endpoints, profiles, nodes, List.of()).builtin(flow);
        }
        List<Policy> policies = Stream.of(Keys.NETWORK_POLICIES, Keys.GLOBAL_NETWORK_POLICIES)
                .flatMap(each -> datastore.under(each, Policy.class).values().stream()).toList();
        Map<String, FelixConfiguration> settings = datastore.under(Keys.FELIX_CONFIGURATIONS, FelixConfiguration.class);
        Optional<String> host = endpoints.stream()
                .filter(each -> each.spec().networks().stream().anyMatch(network -> network.network().equals(flow.from())))
                .map(each -> each.spec().node()).findFirst();
        return new Explainer(endpoints, profiles, nodes, policies).felix(flow, host.map(each -> settings.get(Keys.felixConfiguration("node." + each)))
                .filter(each -> each.spec().defaultEndpointToHostAction() != null)
                .or(() -> Optional.ofNullable(settings.get(Keys.felixConfiguration("default")))
                        .filter(each -> each.spec().defaultEndpointToHostAction() != null)));
    }

    /** Of several addresses of theirs, the first two of one family. */
    private Flow flow(List<InetAddress> senders, List<InetAddress> receivers) {
        Flow.Protocol spoken = Flow.Protocol.valueOf(protocol.name().toUpperCase(Locale.ROOT));
        for (InetAddress sender : senders) {
            for (InetAddress receiver : receivers) {
                if (sender.getAddress().length == receiver.getAddress().length) {
                    return new Flow(sender, receiver, spoken, port);
                }
            }
        }
        return new Flow(senders.get(0), receivers.get(0), spoken, port);
    }

    private List<InetAddress> addresses(
            String which, String text, Collection<WorkloadEndpoint> endpoints, Collection<Node> nodes) {
        if (Cidr.isAddress(text)) {
            return List.of(InetAddresses.forString(text));
        }
        List<String> workloads = List.of(
                text, WorkloadName.of(List.of(text)).value(), WorkloadName.of(List.of(text.split("\\.", -1))).value());
        List<InetAddress> found = new ArrayList<>();
        endpoints.stream().filter(each -> workloads.contains(Objects.toString(each.spec().workload(), "")))
                .forEach(each -> each.spec().networks().forEach(network -> found.add(network.network())));
        if (found.isEmpty()) {
            nodes.stream().filter(each -> text.equals(each.metadata().name()) && each.spec().bgp() != null)
                    .flatMap(each -> Stream.of(each.spec().bgp().ipv4Address(), each.spec().bgp().ipv6Address()))
                    .filter(each -> each != null && !each.isEmpty())
                    .forEach(each -> found.add(Cidr.parseAddress(each.replaceFirst("/.*", ""))));
        }
        if (found.isEmpty()) {
            throw new ParameterException(spec.commandLine(), which + " is '" + text
                    + "': an address, or the id of a container or the name of a host that etcd knows is expected");
        }
        return found;
    }
}
