package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Mirror;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints of the whole cluster, from etcd, and those of this host that it has not told of yet, or no longer. */
final class Membership implements Mirror.Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9._-]{1,15}");

    private final String node;
    private final Ruleset ruleset;
    private final RemoteRoutes routes;
    private final Consumer<String> changed;
    private final Set<EndpointId> admitted = new HashSet<>(); // Ours: they go when we dismiss them, whatever etcd says meanwhile.
    private boolean ipv6Here;

    /**
     * Nobody.
     *
     * @param node this host's name
     * @param ruleset told of each change, as are the routes
     * @param routes likewise
     * @param changed takes the ruleset's commands
     */
    Membership(String node, Ruleset ruleset, RemoteRoutes routes, Consumer<String> changed) {
        this.node = node;
        this.ruleset = ruleset;
        this.routes = routes;
        this.changed = changed;
    }

    /** A container of this host is to be let in, whether etcd has told of it yet or not. */
    void admit(Member member) {
        Endpoint endpoint = Endpoint.of(
                member.key(), member.node(), member.interfaceName(), member.profiles(), member.addresses());
        admitted.add(endpoint.id());
        if (ruleset.members().get(endpoint.id()) == null) { // Else etcd told of it already, perhaps edited by an operator since.
            put(endpoint);
        }
    }

    /** A container of this host has gone. */
    void dismiss(EndpointId id) {
        admitted.remove(id);
        remove(id);
    }

    /** Whether a container of this host has, or had, an IPv6 address. */
    boolean ipv6Here() {
        return ipv6Here;
    }

    @Override
    public void snapshot(List<Mirror.Entry> entries) {
        Set<EndpointId> gone = ruleset.members().ids();
        entries.forEach(entry -> {
            gone.remove(EndpointId.of(entry.key()));
            put(entry);
        });
        gone.forEach(this::deleted);
    }

    @Override
    public void put(Mirror.Entry entry) {
        try {
            Endpoint member = memberOf(entry.key(), Json.read(WorkloadEndpoint.class, entry.key(), entry.value()).spec());
            if (member.node().equals(node) && !INTERFACE.matcher(member.interfaceName()).matches()) {
                LOG.warn("{} has the interface name '{}': ignored", entry.key(), member.interfaceName());
                remove(member.id());
            } else {
                put(member);
            }
        } catch (MalformedValueException | IllegalArgumentException e) {
            LOG.warn("ignored: {}", e.getMessage()); // What it said before still holds.
        }
    }

    @Override
    public void deleted(String key) {
        deleted(EndpointId.of(key));
    }

    private void deleted(EndpointId id) {
        if (!admitted.contains(id)) {
            remove(id);
        }
    }

    private void put(Endpoint member) {
        Endpoint old = ruleset.members().get(member.id());
        if (member.equals(old)) {
            return;
        }
        String commands = ruleset.put(member);
        if (old != null) {
            routes.remove(old);
        }
        if (ruleset.members().get(member.id()) != null) {
            routes.add(member);
        }
        ipv6Here |= member.node().equals(node) && member.hasIpv6();
        changed.accept(commands);
    }

    private void remove(EndpointId id) {
        Endpoint old = ruleset.members().get(id);
        if (old != null) {
            String commands = ruleset.remove(id);
            routes.remove(old);
            changed.accept(commands);
        }
    }

    private Endpoint memberOf(String key, WorkloadEndpoint.Spec spec) {
        List<String> addresses = new ArrayList<>();
        for (Cidr network : spec.networks()) {
            if (network.prefixLength() == network.addressBits()) { // Calico takes no others.
                addresses.add(InetAddresses.toAddrString(network.network()));
            }
        }
        // What interfaces other hosts have is their own matter.
        boolean here = node.equals(spec.node());
        return Endpoint.of(
                key, spec.node() == null ? "" : spec.node(), here && spec.interfaceName() != null ? spec.interfaceName() : "",
                spec.profiles(), addresses);
    }
}
