package io.calicomesos.cli;

import com.google.common.net.InetAddresses;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.live.Probe;
import io.calicomesos.live.ProbeRequest;
import io.calicomesos.live.Report;
import io.calicomesos.live.ReportClient;
import io.calicomesos.probe.Peer;
import io.calicomesos.probe.Sandbox;
import io.calicomesos.probe.Trial;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos probe}: the module launches throw-away containers as it launches Mesos's, their processes are of this command, and
 * so are the connections that are tried between them. They live as long as this command's connection to the module.
 */
@Command(
        name = "probe",
        description = "Launch throw-away containers on this host, two of one netgroup and one of another, try who reaches whom, and remove "
                + "them. Asks the module; as root.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:all is as expected", "1:something is not", "2:no module answers, or there can be no container here"})
final class ProbeCommand implements Callable<Integer> {
    private static final String ONE = "calico-mesos-probe-1";
    private static final String OTHER = "calico-mesos-probe-2";
    private static final String BESIDE_CNI = "io_calicomesos_NetworkIsolator";

    /** The containers by name, each with its netgroup. */
    private static final List<String> NAMES = List.of("one", "two", "three");
    private static final List<String> NETGROUPS = List.of(ONE, ONE, OTHER);

    @Spec
    private CommandSpec spec;

    @Option(names = "--network", paramLabel = "NAME", description = "The network that the containers join, of the module's parameter networks")
    private String network;

    @Option(names = "--role", paramLabel = "ROLE",
            description = "The Mesos role as which they join, where the module's parameter netgroups does not open " + ONE + " and " + OTHER
                    + " to all")
    private String role;

    @Mixin
    private ConfigOptions config;

    @Mixin
    private LiveOptions live;

    @Mixin
    private Output output;

    @Override
    public Integer call() throws IOException, ConfigurationException {
        ReportClient client = live.client(config.configuration());
        Report report = client.report();
        if (network != null && report.module().equals(BESIDE_CNI)) {
            throw new ParameterException(spec.commandLine(), "--network is " + network + ": the module is " + BESIDE_CNI
                    + " here, which leaves named networks to network/cni");
        }
        Progress progress = new Progress(spec.commandLine().getErr(), "launching three containers and trying who reaches whom");
        List<Trial> trials;
        try {
            trials = trials(client);
        } finally {
            progress.end();
        }
        output.print(trials, out -> print(trials, report, out));
        return trials.stream().allMatch(Trial::asExpected) ? 0 : 1;
    }

    private List<Trial> trials(ReportClient client) throws IOException {
        List<Trial> trials = new ArrayList<>();
        try (Sandbox one = Sandbox.start(); Sandbox two = Sandbox.start(); Sandbox three = Sandbox.start()) {
            List<Sandbox> sandboxes = List.of(one, two, three);
            try (ReportClient.OpenProbe probe = client.probe(request(sandboxes))) {
                List<Probe.Container> launched = probe.launched().containers();
                for (int i = 0; i < launched.size(); i++) {
                    trials.add(launch(i, launched.get(i)));
                }
                if (trials.stream().allMatch(Trial::asExpected)) {
                    trials.addAll(connections(sandboxes, launched));
                }
                Probe.Removed removed = probe.remove();
                trials.add(new Trial(
                        "remove", "removed", removed.error() == null ? "removed" : "failed", removed.error(), removed.milliseconds()));
            }
        }
        return trials;
    }

    private ProbeRequest request(List<Sandbox> sandboxes) {
        List<ProbeRequest.Container> containers = new ArrayList<>();
        for (int i = 0; i < sandboxes.size(); i++) {
            containers.add(new ProbeRequest.Container(List.of(NETGROUPS.get(i)), sandboxes.get(i).pid()));
        }
        return new ProbeRequest(network, role, containers);
    }

    private static Trial launch(int place, Probe.Container launched) {
        return new Trial(
                "launch " + NAMES.get(place) + " in " + NETGROUPS.get(place)
                        + (launched.addresses().isEmpty() ? "" : " (" + String.join(", ", launched.addresses()) + ")"),
                "launched", launched.error() == null ? "launched" : "failed", launched.error(), launched.milliseconds());
    }

    /** All at once: who is denied is waited for. */
    private static List<Trial> connections(List<Sandbox> sandboxes, List<Probe.Container> launched) throws IOException {
        List<Peer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < launched.size(); i++) {
                peers.add(Peer.container(NAMES.get(i), sandboxes.get(i), addresses(launched.get(i))));
            }
            Peer host = Peer.host("host", addresses(launched.get(0)));
            peers.add(host);
            List<CompletableFuture<Trial>> trials = new ArrayList<>();
            for (Peer from : peers) {
                for (Peer to : peers) {
                    if (from != to) {
                        trials.addAll(Trial.connections(from, to, mayReach(peers.indexOf(from), peers.indexOf(to))));
                    }
                }
            }
            return trials.stream().map(CompletableFuture::join).toList();
        } finally {
            for (Peer each : peers) {
                each.close();
            }
        }
    }

    /** The host, behind the last container, reaches them, and they reach it. */
    private static boolean mayReach(int from, int to) {
        return Stream.of(from, to).anyMatch(each -> each >= NETGROUPS.size()) || NETGROUPS.get(from).equals(NETGROUPS.get(to));
    }

    private static List<InetAddress> addresses(Probe.Container container) {
        return container.addresses().stream().map(InetAddresses::forString).toList();
    }

    // ---- for people ----

    private static void print(List<Trial> trials, Report report, PrintWriter out) {
        Table table = new Table("TRIED", "EXPECTED", "FOUND", "TIME");
        trials.forEach(each -> table.row(
                each.what(), each.expected(), found(each), String.format(Locale.ROOT, "%.1f ms", each.milliseconds())));
        table.print(out);
        List<Trial> wrong = trials.stream().filter(each -> !each.asExpected()).toList();
        if (!wrong.isEmpty()) {
            out.println();
            out.println("not as expected: " + wrong.size() + " of " + trials.size() + ". " + hint(wrong, report));
        }
    }

    /** Why is of interest where it is not as expected. */
    private static String found(Trial trial) {
        return trial.found() + (trial.asExpected() || trial.because() == null ? "" : ": " + trial.because());
    }

    private static String hint(List<Trial> wrong, Report report) {
        if (wrong.stream().allMatch(each -> each.what().contains(" to host "))) {
            return "Executors cannot reach their agent: " + (report.enforcer().kind().equals("felix")
                    ? "set defaultEndpointToHostAction of the FelixConfiguration to Accept"
                    : "another firewall of this host drops what comes from its containers, see `nft list ruleset`");
        }
        return "What stands in the way: `calico-mesos doctor`, `nft list ruleset`, and the agent's log";
    }
}
