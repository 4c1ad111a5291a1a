package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Nftables;
import io.calicomesos.linux.Route;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces netgroups on a host without calico-node: an nftables table of our own, and routes to other hosts' containers. It
 * follows all endpoints, profiles, nodes and block affinities in etcd; each change is one small nftables transaction. The hosts
 * must share a subnet, for IPv6 too, with the addresses of their Nodes' {@code spec.bgp}.
 *
 * <p>It switches {@code net.ipv4.ip_forward} on when it starts, and {@code net.ipv6.conf.all.forwarding} only when a container of
 * this host has an IPv6 address, since that changes how the host itself comes by its routes ({@link Forwarding#ipv6}).
 *
 * <p>All state belongs to one thread, the executor's; no method takes a lock. Nothing is touched in the kernel before all four
 * were read once: until then what a former agent left goes on protecting its containers.
 *
 * <p>Costs that grow with the cluster: one set element in the kernel and one {@link Member} on the heap for each endpoint.
 */
public final class BuiltinEnforcer implements Enforcer {
    private static final Logger LOG = LoggerFactory.getLogger(BuiltinEnforcer.class);

    private final String node;
    private final ScheduledExecutorService executor;
    private final List<Mirror> mirrors;
    private final Ruleset ruleset;
    private final RemoteRoutes routes;
    private final Map<Cidr, Route> installed = new HashMap<>();
    private final Set<String> admitted = new HashSet<>(); // Ours: they go when we dismiss them, whatever etcd says meanwhile.
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private boolean running;
    private boolean ipv6Here; // A container of this host has, or had, an IPv6 address.
    private boolean ipv6Forwarded;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param node this host's name
     * @param executor one thread of its own
     */
    public BuiltinEnforcer(Etcd etcd, NodeName node, ScheduledExecutorService executor) {
        this.executor = executor;
        this.node = node.value();
        this.ruleset = new Ruleset(node.value());
        this.routes = new RemoteRoutes(node.value());
        this.mirrors = List.of(
                new Mirror(etcd, Keys.NODES, each(this::nodePut, this::nodeGone), executor, executor),
                new Mirror(etcd, Keys.AFFINITIES, each(this::affinityPut, this::affinityGone), executor, executor),
                new Mirror(etcd, Keys.PROFILES, each(this::profilePut, this::profileGone), executor, executor),
                new Mirror(etcd, Keys.ENDPOINTS, new Endpoints(), executor, executor));
    }

    @Override
    public void start() {
        CompletableFuture.allOf(mirrors.stream().map(Mirror::start).toArray(CompletableFuture[]::new))
                .thenRunAsync(this::begin, executor);
    }

    private void begin() {
        try {
            Forwarding.ipv4();
            Nftables.run(ruleset.full());
            for (Route left : Route.list(Route.PROTOCOL)) {
                installed.put(new Cidr(left.destination(), left.prefix()), withoutDevice(left));
            }
            running = true;
            updateRoutes();
            forwardIpv6();
            for (Cidr destination : Set.copyOf(installed.keySet())) {
                if (routes.routeTo(destination).isEmpty()) {
                    uninstall(destination);
                }
            }
            LOG.info("the builtin enforcer is in place: {} endpoints", ruleset.keys().size());
            started.complete(null);
        } catch (LinuxException e) {
            LOG.error("the builtin enforcer cannot start", e);
            started.completeExceptionally(e);
        }
    }

    @Override
    public CompletableFuture<Void> admit(Member member) {
        CompletableFuture<Void> known = onThread(() -> {
            admitted.add(member.key());
            if (ruleset.member(member.key()) == null) { // Else etcd told of it already, perhaps edited by an operator since.
                put(member);
            }
            return null;
        });
        return CompletableFuture.allOf(known, started);
    }

    @Override
    public CompletableFuture<Void> dismiss(String key) {
        return onThread(() -> {
            admitted.remove(key);
            remove(key);
            return null;
        });
    }

    @Override
    public void close() {
        mirrors.forEach(Mirror::close);
        onThread(() -> {
            if (running && !ruleset.hasLocal()) {
                Nftables.run(Ruleset.remove());
                for (Cidr destination : Set.copyOf(installed.keySet())) {
                    uninstall(destination);
                }
            }
            running = false;
            return null;
        }).exceptionally(thrown -> {
            LOG.warn("the builtin enforcer's table could not be taken away", thrown);
            return null;
        }).join();
    }

    private CompletableFuture<Void> onThread(Callable<Void> action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        executor.execute(() -> {
            try {
                done.complete(action.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private void put(Member member) throws LinuxException {
        Member old = ruleset.member(member.key());
        apply(ruleset.put(member));
        if (!member.equals(old)) {
            if (old != null) {
                routes.remove(old);
            }
            routes.add(member);
            updateRoutes();
        }
        if (member.node().equals(node) && member.hasIpv6()) {
            ipv6Here = true;
            forwardIpv6();
        }
    }

    private void forwardIpv6() throws LinuxException {
        if (running && ipv6Here && !ipv6Forwarded) {
            Forwarding.ipv6();
            ipv6Forwarded = true;
        }
    }

    private void remove(String key) throws LinuxException {
        Member old = ruleset.member(key);
        if (old != null) {
            apply(ruleset.remove(key));
            routes.remove(old);
            updateRoutes();
        }
    }

    /** Runs a change; if the kernel does not have what the change builds on, puts the whole table there anew. */
    private void apply(String commands) throws LinuxException {
        if (!running || commands.isEmpty()) {
            return;
        }
        try {
            Nftables.run(commands);
        } catch (LinuxException e) {
            LOG.warn("a change of the table {} was refused, somebody else changed it; writing it anew: {}", Ruleset.TABLE,
                    e.getMessage());
            Nftables.run(ruleset.full());
        }
    }

    private void updateRoutes() {
        if (!running) {
            return;
        }
        for (Cidr destination : routes.takeChanged()) {
            Optional<Route> route = routes.routeTo(destination);
            if (route.isEmpty()) {
                uninstall(destination);
            } else if (!route.get().equals(installed.get(destination))) {
                install(destination, route.get());
            }
        }
    }

    private void install(Cidr destination, Route route) {
        try {
            route.replace();
            installed.put(destination, route);
        } catch (LinuxException e) {
            LOG.warn("no route to {}: {}. The hosts must share a subnet, or use calico-node", destination, e.getMessage());
        }
    }

    private void uninstall(Cidr destination) {
        Route route = installed.get(destination);
        if (route == null) {
            return;
        }
        try {
            route.delete();
            installed.remove(destination);
        } catch (LinuxException e) {
            LOG.warn("the route to {} stays: {}", destination, e.getMessage());
        }
    }

    /** A route that a former agent left, as it was when it was asked for: the device was the kernel's to find. */
    private static Route withoutDevice(Route left) {
        return left.gateway().map(gateway -> Route.via(left.destination(), left.prefix(), gateway)).orElse(left);
    }

    private static Member memberOf(String key, WorkloadEndpoint endpoint) {
        WorkloadEndpoint.Spec spec = endpoint.spec();
        Set<String> addresses = new HashSet<>();
        for (Cidr network : spec.networks()) {
            if (network.prefixLength() == network.addressBits()) { // Calico takes no others.
                addresses.add(InetAddresses.toAddrString(network.network()));
            }
        }
        String node = spec.node() == null ? "" : spec.node();
        String interfaceName = spec.interfaceName() == null ? "" : spec.interfaceName();
        return new Member(key, node, interfaceName, Set.copyOf(spec.profiles()), addresses);
    }

    private final class Endpoints implements Mirror.Follower {
        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            Set<String> gone = new HashSet<>(ruleset.keys());
            entries.forEach(entry -> {
                gone.remove(entry.key());
                put(entry);
            });
            gone.forEach(this::deleted);
        }

        @Override
        public void put(Mirror.Entry entry) {
            understand(entry, WorkloadEndpoint.class).ifPresent(endpoint -> {
                try {
                    Member member = memberOf(entry.key(), endpoint);
                    if (member.interfaceName().isEmpty() || !member.interfaceName().matches("[A-Za-z0-9._-]{1,15}")) {
                        BuiltinEnforcer.this.remove(entry.key());
                        LOG.warn("{} has the interface name '{}': ignored", entry.key(), member.interfaceName());
                    } else {
                        BuiltinEnforcer.this.put(member);
                    }
                } catch (LinuxException | IllegalArgumentException e) {
                    LOG.error("{} is not enforced: {}", entry.key(), e.getMessage());
                }
            });
        }

        @Override
        public void deleted(String key) {
            if (admitted.contains(key)) {
                return;
            }
            try {
                BuiltinEnforcer.this.remove(key);
            } catch (LinuxException e) {
                LOG.error("{} has gone, but its rules stay: {}", key, e.getMessage());
            }
        }
    }

    /** A profile that lets everyone in is open; any other is taken for a netgroup's: its members only. */
    private void profilePut(Key key, Mirror.Entry entry) {
        if (key instanceof Key.ProfileKey profile) {
            understand(entry, Profile.class).ifPresent(read -> profile(profile.name(), read.letsEveryoneIn()));
        }
    }

    private void profileGone(Key key) {
        if (key instanceof Key.ProfileKey profile) {
            profile(profile.name(), false);
        }
    }

    private void profile(String name, boolean letsEveryoneIn) {
        try {
            apply(ruleset.profile(name, letsEveryoneIn));
        } catch (LinuxException e) {
            LOG.error("the change of profile {} is not enforced: {}", name, e.getMessage());
        }
    }

    private void nodePut(Key key, Mirror.Entry entry) {
        if (key instanceof Key.NodeKey of) {
            understand(entry, Node.class).ifPresent(read -> {
                routes.gateways(of.name(), addressesOf(entry.key(), read));
                updateRoutes();
            });
        }
    }

    private static List<InetAddress> addressesOf(String key, Node node) {
        List<InetAddress> addresses = new ArrayList<>();
        if (node.spec().bgp() != null) {
            for (String text : Arrays.asList(node.spec().bgp().ipv4Address(), node.spec().bgp().ipv6Address())) {
                try {
                    if (text != null && !text.isEmpty()) {
                        addresses.add(Cidr.parseAddress(text.replaceFirst("/.*", "")));
                    }
                } catch (IllegalArgumentException e) {
                    LOG.warn("{}: no routes lead by way of this node: {}", key, e.getMessage());
                }
            }
        }
        return addresses;
    }

    private void nodeGone(Key key) {
        if (key instanceof Key.NodeKey of) {
            routes.gateways(of.name(), List.of());
            updateRoutes();
        }
    }

    private void affinityPut(Key key, Mirror.Entry entry) {
        if (key instanceof Key.Affinity affinity) {
            understand(entry, BlockAffinity.class).filter(BlockAffinity::isConfirmed).ifPresent(read -> {
                routes.block(affinity.host(), affinity.cidr());
                updateRoutes();
            });
        }
    }

    private void affinityGone(Key key) {
        if (key instanceof Key.Affinity affinity) {
            routes.blockGone(affinity.host(), affinity.cidr());
            updateRoutes();
        }
    }

    /** A value that somebody else wrote may be anything: what cannot be read is reported and passed over. */
    private static <T> Optional<T> understand(Mirror.Entry entry, Class<T> type) {
        try {
            return Optional.of(Json.read(type, entry.key(), entry.value()));
        } catch (MalformedValueException | IllegalArgumentException e) {
            LOG.warn("ignored: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Follows keys one by one; on a snapshot, what is no longer there is told as gone. */
    private static Mirror.Follower each(BiConsumer<Key, Mirror.Entry> put, Consumer<Key> gone) {
        Map<String, Key> known = new HashMap<>();
        return new Mirror.Follower() {
            @Override
            public void snapshot(List<Mirror.Entry> entries) {
                Set<String> missing = new HashSet<>(known.keySet());
                entries.forEach(entry -> {
                    missing.remove(entry.key());
                    put(entry);
                });
                missing.forEach(this::deleted);
            }

            @Override
            public void put(Mirror.Entry entry) {
                Keys.parse(entry.key()).ifPresent(key -> {
                    known.put(entry.key(), key);
                    put.accept(key, entry);
                });
            }

            @Override
            public void deleted(String key) {
                Key parsed = known.remove(key);
                if (parsed != null) {
                    gone.accept(parsed);
                }
            }
        };
    }
}
