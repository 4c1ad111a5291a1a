package io.calicomesos.cli;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.ipam.AddressException;
import io.calicomesos.ipam.Handover;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos ipam release}: gives addresses back that nobody has any more: all, or none. Not told to force it, it gives back only
 * what a Mesos container's handle holds and no endpoint has; others' addresses may be in use without an endpoint, as those of tunnels.
 */
@Command(
        name = "release",
        description = "Give addresses back that are held for nobody. One that an endpoint has, or that is not of a Mesos container, is refused.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:they are free", "1:one of them is refused, and none was given back", "2:the datastore could not be read or written"})
final class IpamReleaseCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "ADDRESS", description = "Which ones; those that are free already are passed over")
    private List<String> texts;

    @Option(names = "--force", description = "Also those that an endpoint has, or that others than Mesos containers hold")
    private boolean force;

    @Mixin
    private EtcdOptions etcdOptions;

    @Mixin
    private Output output;

    /**
     * What became of an address.
     *
     * @param address which
     * @param handle the handle that held it; null for none
     * @param outcome {@code released}, {@code free} already, or why it is {@code refused}
     */
    private record Line(String address, String handle, String outcome) {}

    @Override
    public Integer call() throws AddressException, ConfigurationException {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        texts.forEach(each -> addresses.add(address(each)));
        List<Line> lines = new ArrayList<>();
        boolean refused = false;
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            Handover handover = new Handover(etcd, new NodeName(etcdOptions.nodeName()));
            Map<InetAddress, HandleId> holders = handover.holders(addresses, TIMEOUT);
            Collection<WorkloadEndpoint> endpoints =
                    new Datastore(etcd, spec.commandLine().getErr()).under(Keys.ENDPOINTS, WorkloadEndpoint.class).values();
            for (InetAddress each : addresses) {
                Optional<String> objection = force ? Optional.empty() : objection(each, holders.get(each), endpoints);
                refused |= objection.isPresent();
                lines.add(new Line(
                        InetAddresses.toAddrString(each), holders.containsKey(each) ? holders.get(each).value() : null,
                        objection.map(why -> "refused: " + why).orElse(holders.containsKey(each) ? "released" : "free already")));
            }
            if (!refused) { // Whoever has got one meanwhile keeps it: then the handle is another.
                handover.release(holders.keySet(), Set.copyOf(holders.values())::contains, TIMEOUT);
            }
        }
        List<Line> said = !refused ? lines
                : lines.stream().filter(each -> each.outcome().startsWith("refused")).toList();
        output.print(said, out -> said.forEach(each -> out.println(each.address() + "  " + each.outcome())));
        return refused ? 1 : 0;
    }

    private static Optional<String> objection(InetAddress address, HandleId holder, Collection<WorkloadEndpoint> endpoints) {
        Optional<WorkloadEndpoint> has = endpoints.stream()
                .filter(each -> each.spec().networks().stream().anyMatch(network -> network.equals(Cidr.of(address)))).findFirst();
        if (has.isPresent()) {
            return Optional.of("endpoint " + has.get().metadata().namespace() + "/" + has.get().metadata().name()
                    + " has it. If its container is gone, its agent gives it back; --force gives it to others while it may be in use");
        }
        return holder == null || holder.node().isPresent() ? Optional.empty()
                : Optional.of("handle " + holder + " holds it, which is not a Mesos container's. --force if nobody uses it");
    }

    private InetAddress address(String text) {
        if (!Cidr.isAddress(text)) {
            throw new ParameterException(spec.commandLine(), "ADDRESS is '" + text + "': an address is expected, as in 10.1.0.7 or fd00::7");
        }
        return InetAddresses.forString(text);
    }
}
