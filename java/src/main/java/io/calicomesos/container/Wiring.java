package io.calicomesos.container;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.NodeName;
import io.calicomesos.config.Bandwidth;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.Network;
import io.calicomesos.config.RateLimit;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.linux.DefaultRoute;
import io.calicomesos.linux.EgressDevice;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Sysctl;
import io.calicomesos.linux.TokenBucket;
import io.calicomesos.linux.Veth;
import io.calicomesos.netgroup.Enforcer;
import io.calicomesos.netgroup.Member;
import io.calicomesos.ports.PortMapping;
import io.calicomesos.ports.PortMappings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.mesos.Protos.NetworkInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the kernel has of a container's networks: behind its rules, an interface for each, and the ports of the host that lead there. */
final class Wiring {
    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    private static final int MTU_WITHOUT_DEFAULT_ROUTE = 1500;

    private final NodeName node;
    private final Configuration configuration;
    private final Enforcer enforcer;
    private final PortMappings ports;
    private final Discards discards;
    private final RecentLaunches recent;
    private final Executor kernel;

    /**
     * Puts the parts together.
     *
     * @param node this host's name in Calico
     * @param configuration what is said of the networks' interfaces
     * @param enforcer lets traffic through
     * @param ports those of the host that lead to containers
     * @param discards the interfaces of containers that have gone
     * @param recent told how long each takes
     * @param kernel runs what waits for the kernel
     */
    Wiring(
            NodeName node, Configuration configuration, Enforcer enforcer, PortMappings ports, Discards discards, RecentLaunches recent,
            Executor kernel) {
        this.node = node;
        this.configuration = configuration;
        this.enforcer = enforcer;
        this.ports = ports;
        this.discards = discards;
        this.recent = recent;
        this.kernel = kernel;
    }

    /** Lets in what a former agent has attached. */
    void restore(Checkpoint checkpoint) {
        checkpoint.networks().forEach(each -> enforcer.admit(memberOf(each)));
    }

    /** Takes away what containers left on the host that are gone, and of which nothing was known any more that would name it. */
    void removeOrphans() {
        try {
            Set<String> removed = EgressDevice.removeOrphans();
            if (!removed.isEmpty()) {
                LOG.info("took away {}, of containers that have gone", removed);
            }
        } catch (IOException e) { // What is left limits nobody.
            LOG.error("interfaces of containers that have gone are left", e);
        }
    }

    /**
     * Leads exactly these containers' ports to them.
     *
     * @param living those of a former agent
     */
    void restorePorts(List<ContainerNetwork.Networked> living) {
        Map<String, List<PortMappings.Mapped>> mapped = new HashMap<>();
        for (ContainerNetwork.Networked each : living) {
            try {
                List<PortMappings.Mapped> its = mapped(each);
                if (!its.isEmpty()) {
                    mapped.put(each.checkpoint().container().toString(), its);
                }
            } catch (RefusedException e) {
                LOG.error("container {}: no port of the host leads to it any more", each.checkpoint().container(), e);
            }
        }
        try {
            ports.restore(mapped);
        } catch (LinuxException e) { // Living containers are no reason to keep the agent from starting.
            LOG.error("no port of the host leads to the containers {} any more", mapped.keySet(), e);
        }
    }

    /**
     * Builds the networks into a container's namespace, behind their rules.
     *
     * @param networked what it has
     * @param pid its first process
     * @return completed when it can run; fails if the kernel refuses
     */
    CompletableFuture<Void> attach(ContainerNetwork.Networked networked, long pid) {
        ContainerPath container = networked.checkpoint().container();
        List<Member> members = networked.checkpoint().networks().stream().map(this::memberOf).toList();
        CompletableFuture<Void> free = discards.over(networked.checkpoint().hostInterfaces()); // Of an earlier life.
        return recent.measured(container, Steps.Step.ADMIT, () -> CompletableFuture.allOf(free, ofAll(members, enforcer::admit)))
                .thenCompose(admitted -> recent.measured(
                        container, Steps.Step.ATTACH, () -> CompletableFuture.runAsync(() -> build(networked, pid), kernel)))
                .thenCompose(attached -> recent.measured(container, Steps.Step.ENFORCE, () -> ofAll(members, enforcer::attached)));
    }

    private void build(ContainerNetwork.Networked networked, long pid) {
        Checkpoint checkpoint = networked.checkpoint();
        Failpoint.ISOLATE_ADMITTED.reach();
        try {
            Set<Integer> routed = new HashSet<>(); // The families that have a default route.
            for (int i = 0; i < networked.infos().size(); i++) {
                CheckpointedNetwork network = checkpoint.networks().get(i);
                boolean defaultRoute = Collections.disjoint(routed, network.ipVersions());
                veth(network, networked.infos().get(i), namespaceOf(pid), defaultRoute).attach();
                routed.addAll(network.ipVersions());
            }
            for (NetworkInfo each : networked.infos()) {
                writeSysctls(NetworkRequest.network(each, configuration), namespaceOf(pid));
            }
            Failpoint.ISOLATE_ATTACHED.reach();
            ports.open(checkpoint.container().toString(), mapped(networked));
            Failpoint.ISOLATE_OPENED.reach();
        } catch (LinuxException | RefusedException e) {
            throw new CompletionException(e);
        }
    }

    /**
     * Takes a container's networks away: of its interfaces, just the routes, and the rest soon. On a thread that may wait for the kernel.
     *
     * @param checkpoint what it has
     * @throws LinuxException if the kernel refuses
     */
    void detach(Checkpoint checkpoint) throws LinuxException {
        closePorts(checkpoint.container());
        Failpoint.CLEANUP_CLOSED.reach();
        for (CheckpointedNetwork each : checkpoint.networks()) {
            discards.discard(each.hostInterface(), each.addresses().stream().map(InetAddresses::forString).toList());
        }
        Failpoint.CLEANUP_DETACHED.reach();
    }

    /** Takes their rules away; completed when they are gone. */
    CompletableFuture<Void> dismiss(Checkpoint checkpoint) {
        return ofAll(checkpoint.networks(), each -> enforcer.dismiss(memberOf(each)));
    }

    /** Makes the kernel forget what connections they had, once nothing leads to them any more; completed when it has. */
    CompletableFuture<Void> disconnect(Checkpoint checkpoint) {
        return ofAll(checkpoint.networks(), each -> enforcer.disconnect(memberOf(each)));
    }

    void closePorts(ContainerPath container) {
        try {
            ports.close(container.toString());
        } catch (LinuxException e) {
            LOG.error("container {}: its ports of the host are not free before the agent starts again", container, e);
        }
    }

    private static List<PortMappings.Mapped> mapped(ContainerNetwork.Networked networked) throws RefusedException {
        List<PortMappings.Mapped> mapped = new ArrayList<>();
        for (int i = 0; i < networked.infos().size(); i++) {
            List<PortMapping> mappings = RequestedPorts.of(networked.infos().get(i), ImmutableRangeSet.of(Range.all()));
            if (!mappings.isEmpty()) {
                mapped.add(new PortMappings.Mapped(mappings, networked.checkpoint().networks().get(i).addresses()));
            }
        }
        return mapped;
    }

    private static String namespaceOf(long pid) {
        return "/proc/" + pid + "/ns/net";
    }

    private Veth veth(CheckpointedNetwork network, NetworkInfo info, String namespace, boolean defaultRoute)
            throws LinuxException, RefusedException {
        Network joined = NetworkRequest.network(info, configuration);
        Bandwidth bandwidth = RequestedBandwidth.of(info, joined);
        return new Veth(
                namespace, network.hostInterface(), network.containerInterface(), network.mac(), mtu(network, joined),
                network.addresses().stream().map(InetAddresses::forString).toList(), defaultRoute, joined.txQueueLength(),
                bandwidth.ingress().map(Wiring::bucket), bandwidth.egress().map(Wiring::bucket));
    }

    private int mtu(CheckpointedNetwork network, Network joined) throws LinuxException, RefusedException {
        OptionalInt set = configuration.mtuOf(joined);
        if (set.isPresent()) {
            return set.getAsInt();
        }
        int ofHost = Math.min(DefaultRoute.mtu().orElse(MTU_WITHOUT_DEFAULT_ROUTE), Configuration.MAX_MTU);
        if (ofHost < Configuration.MIN_MTU_V6 && network.ipVersions().contains(6)) {
            throw new RefusedException("an IPv6 address needs an MTU of at least " + Configuration.MIN_MTU_V6 + ", and that of the host's "
                    + "default route is " + ofHost + ": set the parameter mtu, or networks.<name>.mtu");
        }
        return ofHost;
    }

    private static TokenBucket bucket(RateLimit limit) {
        return new TokenBucket(limit.rate() / Byte.SIZE, limit.burst() / Byte.SIZE);
    }

    private static void writeSysctls(Network network, String namespace) throws RefusedException {
        for (Map.Entry<String, String> each : network.sysctls().entrySet()) {
            try {
                Sysctl.writeIn(namespace, each.getKey(), each.getValue());
            } catch (LinuxException e) {
                throw new RefusedException("networks." + network.name() + ".sysctls: " + e.getMessage());
            }
        }
    }

    private Member memberOf(CheckpointedNetwork network) {
        return new Member(
                network.endpointKey(), node.value(), network.hostInterface(), network.profiles(), Set.copyOf(network.addresses()));
    }

    private static <T> CompletableFuture<Void> ofAll(List<T> all, Function<T, CompletableFuture<Void>> step) {
        return CompletableFuture.allOf(all.stream().map(step).toArray(CompletableFuture[]::new));
    }
}
