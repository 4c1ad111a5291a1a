package io.calicomesos.cli;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.ipam.AddressException;
import io.calicomesos.ipam.AuditReader;
import io.calicomesos.ipam.Handover;
import io.calicomesos.ipam.Leak;
import io.calicomesos.live.Report;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos gc}: gives addresses back that Mesos containers' handles hold and no endpoint has, where nobody else will: of hosts
 * that are gone, which have no Node any more, and of this host, if its module says that the container is not here. Other hosts' modules
 * look after their own.
 */
@Command(
        name = "gc",
        description = "Give back the addresses of containers without an endpoint, of hosts that are gone and of this one.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:nothing is lost any more", "1:something is kept, as is said", "2:the datastore could not be read or written"})
final class GcCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec;

    @Option(names = "--dry-run", description = "Say what would be given back, and change nothing")
    private boolean dryRun;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private LiveOptions live;

    @Mixin
    private Output output;

    /**
     * What becomes of addresses.
     *
     * @param handle that holds them
     * @param node in the handle's name
     * @param addresses in one block
     * @param outcome {@code released}, {@code would be released}, or why they are {@code kept}
     */
    private record Line(String handle, String node, List<String> addresses, String outcome) {}

    @Override
    public Integer call() throws AddressException, ConfigurationException {
        List<Line> lines = new ArrayList<>();
        boolean kept = false;
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            List<Leak> leaks = new AuditReader(etcd).read().join().leaks();
            Set<String> nodes = new Datastore(etcd, spec.commandLine().getErr()).under(Keys.NODES, Node.class).values().stream()
                    .map(each -> each.metadata().name()).collect(Collectors.toSet());
            Optional<Report> here = leaks.isEmpty() ? Optional.empty() : report();
            for (Leak each : leaks) {
                Optional<String> reason = reasonToKeep(each, nodes, here);
                if (reason.isEmpty() && !dryRun) {
                    new Handover(etcd, new NodeName(each.node()))
                            .release(each.addresses(), holder -> holder.value().equals(each.handle()), TIMEOUT);
                }
                kept |= reason.isPresent();
                lines.add(new Line(
                        each.handle(), each.node(), each.addresses().stream().map(InetAddresses::toAddrString).toList(),
                        reason.map(why -> "kept: " + why).orElse(dryRun ? "would be released" : "released")));
            }
        }
        output.print(lines, out -> {
            if (lines.isEmpty()) {
                out.println("nothing is lost");
                return;
            }
            Table table = new Table("HANDLE", "NODE", "ADDRESSES", "OUTCOME");
            lines.forEach(each -> table.row(each.handle(), each.node(), String.join(",", each.addresses()), each.outcome()));
            table.print(out);
        });
        return kept ? 1 : 0;
    }

    private static Optional<String> reasonToKeep(Leak leak, Set<String> nodes, Optional<Report> here) {
        if (!nodes.contains(leak.node())) {
            return Optional.empty();
        }
        if (here.filter(each -> each.node().equals(leak.node())).isEmpty()) {
            return Optional.of("the module on that host gives them back if the container is gone; if the host is, delete its Node");
        }
        return here.get().containers().stream().filter(each -> each.handle().equals(leak.handle())).findFirst()
                .map(each -> "container " + each.id() + " runs here; somebody deleted its endpoint");
    }

    /** What lives here, if a module runs on this host. */
    private Optional<Report> report() throws ConfigurationException {
        try {
            return Optional.of(live.report(etcdOptions.configuration()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
