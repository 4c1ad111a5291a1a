package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EntityRule;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.Rule;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.linux.Connections;
import io.calicomesos.linux.LinuxException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces netgroups on a host without calico-node: an nftables table of our own, routes to other hosts' containers, and
 * masquerading where a pool asks for it. It follows all endpoints, profiles, nodes, block affinities and pools in etcd; a change
 * is one small nftables transaction. The hosts must share a subnet, for IPv6 too, with the addresses of their Nodes'
 * {@code spec.bgp}.
 *
 * <p>It switches {@code net.ipv4.ip_forward} on when it starts, and {@code net.ipv6.conf.all.forwarding} only when a container of
 * this host has an IPv6 address, since that changes how the host itself comes by its routes ({@link Forwarding#ipv6}).
 *
 * <p>All state belongs to one thread, the executor's; no method takes a lock. Nothing is touched in the kernel before all five
 * were read once: until then what a former agent left goes on protecting its containers.
 *
 * <p>Costs that grow with the cluster: docs/netgroups.md.
 */
public final class BuiltinEnforcer implements Enforcer {
    private static final Logger LOG = LoggerFactory.getLogger(BuiltinEnforcer.class);

    private static final long REPAIR_MS = 10_000;

    private final ScheduledExecutorService executor;
    private final Executor kernel;
    private final AtomicBoolean toldOfOldKernel = new AtomicBoolean();
    private final List<Mirror> mirrors;
    private final Ruleset ruleset;
    private final RemoteRoutes routes;
    private final OutgoingNat nat = new OutgoingNat();
    private final KernelTable table;
    private final Membership membership;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private boolean running;
    private boolean ipv6Forwarded;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param node this host's name
     * @param executor one thread of its own
     * @param kernel runs what takes the kernel some milliseconds, beside it
     */
    public BuiltinEnforcer(Etcd etcd, NodeName node, ScheduledExecutorService executor, Executor kernel) {
        this.executor = executor;
        this.kernel = kernel;
        this.ruleset = new Ruleset(node.value());
        this.routes = new RemoteRoutes(node.value(), () -> ruleset.members().all());
        this.table = new KernelTable(ruleset, new KernelRoutes(routes), nat, executor);
        this.membership = new Membership(node.value(), ruleset, routes, this::memberChanged);
        this.mirrors = List.of(
                mirror(etcd, Keys.NODES, new Followed<>(Node.class, this::node, this::nodeGone)),
                mirror(etcd, Keys.AFFINITIES, new Followed<>(BlockAffinity.class, this::affinity, this::affinityGone)),
                mirror(etcd, Keys.PROFILES, new Followed<>(Profile.class, this::profile, this::profileGone)),
                mirror(etcd, Keys.POOLS, new Followed<>(IpPool.class, this::pool, this::poolGone)),
                mirror(etcd, Keys.ENDPOINTS, membership));
    }

    private Mirror mirror(Etcd etcd, String prefix, Mirror.Follower follower) {
        return new Mirror(etcd, prefix, follower, executor, executor);
    }

    @Override
    public void start() {
        CompletableFuture.allOf(mirrors.stream().map(Mirror::start).toArray(CompletableFuture[]::new))
                .thenRunAsync(this::begin, executor);
        executor.scheduleWithFixedDelay(table::repair, REPAIR_MS, REPAIR_MS, TimeUnit.MILLISECONDS);
    }

    private void begin() {
        try {
            Forwarding.ipv4();
            table.begin();
            running = true;
            nat.program();
            forwardIpv6();
            LOG.info("the builtin enforcer is in place: {} endpoints", ruleset.members().all().size());
            started.complete(null);
        } catch (LinuxException | RuntimeException | Error e) { // Of memory, perhaps: whoever is to be let in hears of it.
            LOG.error("the builtin enforcer cannot start", e);
            started.completeExceptionally(e);
        }
    }

    @Override
    public CompletableFuture<Void> admit(Member member) {
        CompletableFuture<Void> inKernel = onThread(() -> {
            membership.admit(member);
            forwardIpv6();
            return table.change("");
        });
        return CompletableFuture.allOf(inKernel, started);
    }

    @Override
    public CompletableFuture<Void> attached(Member member) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> dismiss(Member member) {
        return onThread(() -> {
            membership.dismiss(EndpointId.of(member.key()));
            return table.change("");
        });
    }

    @Override
    public CompletableFuture<Void> disconnect(Member member) {
        return CompletableFuture.runAsync(() -> {
            Failpoint.CLEANUP_DISCONNECTING.reach();
            member.addresses().forEach(this::forgetConnections);
        }, kernel);
    }

    @Override
    public CompletableFuture<Optional<Progress>> progress() {
        CompletableFuture<Optional<Progress>> progress = new CompletableFuture<>();
        onThread(() -> table.change("").thenRunAsync(() -> progress.complete(Optional.of(new Progress(table.isInPlace(), silentMs()))), executor))
                .exceptionally(thrown -> {
                    progress.complete(Optional.of(new Progress(false, OptionalLong.empty())));
                    return null;
                });
        return progress;
    }

    private OptionalLong silentMs() {
        List<OptionalLong> each = mirrors.stream().map(Mirror::silentMs).toList();
        return each.stream().allMatch(OptionalLong::isPresent) ? each.stream().mapToLong(OptionalLong::getAsLong).max()
                : OptionalLong.empty();
    }

    /** Established connections pass: those of one container must not be there for the next that gets its address. */
    private void forgetConnections(String address) {
        try {
            Connections.forget(InetAddresses.forString(address));
        } catch (LinuxException e) {
            if (e.errno() != LinuxException.EINVAL || !toldOfOldKernel.getAndSet(true)) {
                LOG.warn("connections of {} that were let in are still, should another container get the address soon: {}", address,
                        e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        mirrors.forEach(Mirror::close);
        onThread(() -> {
            table.end();
            running = false;
            return CompletableFuture.completedFuture(null);
        }).exceptionally(thrown -> {
            LOG.warn("the builtin enforcer's table could not be taken away", thrown);
            return null;
        }).join();
    }

    private CompletableFuture<Void> onThread(Callable<CompletableFuture<Void>> action) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return action.call();
            } catch (Exception e) {
                return CompletableFuture.<Void>failedFuture(e);
            }
        }, executor).thenCompose(done -> done);
    }

    private void memberChanged(String commands) {
        try {
            forwardIpv6();
        } catch (LinuxException e) {
            LOG.error("IPv6 is not forwarded: {}", e.getMessage());
        }
        table.change(commands);
    }

    private void forwardIpv6() throws LinuxException {
        if (running && membership.ipv6Here() && !ipv6Forwarded) {
            Forwarding.ipv6();
            ipv6Forwarded = true;
        }
    }

    private void profile(Key key, Profile profile) {
        if (key instanceof Key.ProfileKey of) {
            Optional<Rule> firstEgress = profile.spec().egress().stream().findFirst();
            if (!firstEgress.equals(Optional.of(Rule.allowFrom(EntityRule.ANY)))) {
                LOG.warn("profile {}: the builtin enforcer does not enforce egress rules; its members may send anywhere", of.name());
            }
            table.change(ruleset.profile(of.name(), profile.spec().labelsToApply().keySet(), IngressRule.of(profile, LOG::warn)));
        }
    }

    private void profileGone(Key key) {
        if (key instanceof Key.ProfileKey of) {
            table.change(ruleset.profileGone(of.name()));
        }
    }

    private void pool(Key key, IpPool pool) {
        if (key instanceof Key.Pool of) {
            nat.put(of.name(), pool.spec());
            programNat();
        }
    }

    private void poolGone(Key key) {
        if (key instanceof Key.Pool of) {
            nat.gone(of.name());
            programNat();
        }
    }

    private void programNat() {
        if (running) {
            nat.program();
        }
    }

    private void node(Key key, Node node) {
        if (key instanceof Key.NodeKey of) {
            routes.gateways(of.name(), addressesOf(of.name(), node));
            table.change("");
        }
    }

    private static List<InetAddress> addressesOf(String name, Node node) {
        List<InetAddress> addresses = new ArrayList<>();
        if (node.spec().bgp() != null) {
            for (String text : Arrays.asList(node.spec().bgp().ipv4Address(), node.spec().bgp().ipv6Address())) {
                try {
                    if (text != null && !text.isEmpty()) {
                        addresses.add(Cidr.parseAddress(text.replaceFirst("/.*", "")));
                    }
                } catch (IllegalArgumentException e) {
                    LOG.warn("node {}: no routes lead by way of it: {}", name, e.getMessage());
                }
            }
        }
        return addresses;
    }

    private void nodeGone(Key key) {
        if (key instanceof Key.NodeKey of) {
            routes.gateways(of.name(), List.of());
            table.change("");
        }
    }

    private void affinity(Key key, BlockAffinity affinity) {
        if (key instanceof Key.Affinity of && affinity.isConfirmed()) {
            routes.block(of.host(), of.cidr());
            table.change("");
        }
    }

    private void affinityGone(Key key) {
        if (key instanceof Key.Affinity of) {
            routes.blockGone(of.host(), of.cidr());
            table.change("");
        }
    }
}
