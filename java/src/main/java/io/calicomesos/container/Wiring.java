package io.calicomesos.container;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.NodeName;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Veth;
import io.calicomesos.netgroup.Enforcer;
import io.calicomesos.netgroup.Member;
import io.calicomesos.ports.PortMapping;
import io.calicomesos.ports.PortMappings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the kernel has of a container's networks: behind its rules, an interface for each, and the ports of the host that lead there. */
final class Wiring {
    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    private final NodeName node;
    private final int mtu;
    private final Enforcer enforcer;
    private final PortMappings ports;
    private final Executor kernel;

    /**
     * Puts the parts together.
     *
     * @param node this host's name in Calico
     * @param mtu of the interfaces, in bytes
     * @param enforcer lets traffic through
     * @param ports those of the host that lead to containers
     * @param kernel runs what waits for the kernel
     */
    Wiring(NodeName node, int mtu, Enforcer enforcer, PortMappings ports, Executor kernel) {
        this.node = node;
        this.mtu = mtu;
        this.enforcer = enforcer;
        this.ports = ports;
        this.kernel = kernel;
    }

    /** Lets in what a former agent has attached. */
    void restore(Checkpoint checkpoint) {
        checkpoint.networks().forEach(each -> enforcer.admit(memberOf(each)));
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
        Checkpoint checkpoint = networked.checkpoint();
        List<Member> members = checkpoint.networks().stream().map(this::memberOf).toList();
        return ofAll(members, enforcer::admit).thenRunAsync(() -> {
            Failpoint.ISOLATE_ADMITTED.reach();
            try {
                Set<Integer> routed = new HashSet<>(); // The families that have a default route.
                for (CheckpointedNetwork each : checkpoint.networks()) {
                    veth(each, pid, Collections.disjoint(routed, each.ipVersions())).attach();
                    routed.addAll(each.ipVersions());
                }
                Failpoint.ISOLATE_ATTACHED.reach();
                ports.open(checkpoint.container().toString(), mapped(networked));
                Failpoint.ISOLATE_OPENED.reach();
            } catch (LinuxException | RefusedException e) {
                throw new CompletionException(e);
            }
        }, kernel).thenCompose(attached -> ofAll(members, enforcer::attached));
    }

    /**
     * Takes a container's networks away. On a thread that may wait for the kernel.
     *
     * @param checkpoint what it has
     * @return completed when its rules are gone, too
     * @throws LinuxException if the kernel refuses
     */
    CompletableFuture<Void> detach(Checkpoint checkpoint) throws LinuxException {
        closePorts(checkpoint.container());
        Failpoint.CLEANUP_CLOSED.reach();
        for (CheckpointedNetwork each : checkpoint.networks()) {
            Veth.detach(each.hostInterface());
        }
        Failpoint.CLEANUP_DETACHED.reach();
        return ofAll(checkpoint.networks(), each -> enforcer.dismiss(each.endpointKey()));
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

    private Veth veth(CheckpointedNetwork network, long pid, boolean defaultRoute) {
        return new Veth(
                "/proc/" + pid + "/ns/net", network.hostInterface(), network.containerInterface(), network.mac(), mtu,
                network.addresses().stream().map(InetAddresses::forString).toList(), defaultRoute);
    }

    private Member memberOf(CheckpointedNetwork network) {
        return new Member(
                network.endpointKey(), node.value(), network.hostInterface(), network.profiles(), Set.copyOf(network.addresses()));
    }

    private static <T> CompletableFuture<Void> ofAll(List<T> all, Function<T, CompletableFuture<Void>> step) {
        return CompletableFuture.allOf(all.stream().map(step).toArray(CompletableFuture[]::new));
    }
}
