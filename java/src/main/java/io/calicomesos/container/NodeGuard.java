package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.Mirror;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this host may go by its node name: what stands in etcd under the name of another would be taken for left over here, and
 * its containers' addresses given to others. The Node of that name says by what address the host is reached; a host that has no
 * such address is another.
 */
public final class NodeGuard implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeGuard.class);

    private final Etcd etcd;
    private final NodeName node;
    private final String key;
    private final Mirror mirror;
    private final CompletableFuture<Void> told = new CompletableFuture<>();
    /** Those that the Node has, and that were not yet found on this host. */
    private List<InetAddress> missing = List.of();

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd where the Node is
     * @param node this host's name in Calico
     * @param executor runs one task at a time
     * @param timer for what is tried later
     */
    public NodeGuard(Etcd etcd, NodeName node, Executor executor, ScheduledExecutorService timer) {
        this.etcd = etcd;
        this.node = node;
        this.key = Keys.node(node);
        this.mirror = new Mirror(etcd, key, new Mirror.Follower() {
            @Override
            public void snapshot(List<Mirror.Entry> entries) {
                tell(entries.stream().filter(each -> each.key().equals(key)).flatMap(each -> addressesIn(each).stream()).toList());
            }

            @Override
            public void put(Mirror.Entry entry) {
                if (entry.key().equals(key)) { // Not host10 for host1.
                    tell(addressesIn(entry));
                }
            }

            @Override
            public void deleted(String deleted) {
                if (deleted.equals(key)) {
                    tell(List.of());
                }
            }
        }, executor, timer);
    }

    private void tell(List<InetAddress> addresses) {
        synchronized (this) {
            missing = addresses;
            objection().ifPresent(LOG::error);
        }
        told.complete(null);
    }

    /** Begins to follow the Node, for ever, and tells of a wrong one. */
    public void start() {
        mirror.start();
    }

    @Override
    public void close() {
        mirror.close();
    }

    /**
     * Whether the Node was read, and nothing is to be said against this host's going by its name.
     *
     * @return false also while nothing is known
     */
    public synchronized boolean isSure() {
        return told.isDone() && objection().isEmpty();
    }

    /**
     * When the Node is read, or it is known that there is none.
     *
     * @return completed then, by the executor
     */
    public CompletableFuture<Void> told() {
        return told.copy();
    }

    /**
     * When a launch may go by its name.
     *
     * @param atMost how long to wait for etcd
     * @return completed when the Node was read and there is nothing to be said; fails with {@link NodeNameException} if there is, with
     *     {@link EtcdException} if etcd has not told in time
     */
    CompletableFuture<Void> sure(Duration atMost) {
        if (isSure()) {
            return CompletableFuture.completedFuture(null);
        }
        return told.copy().completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS).thenRun(() -> {
            objection().ifPresent(reason -> {
                throw new CompletionException(new NodeNameException(reason));
            });
            if (!told.isDone()) {
                throw new CompletionException(new EtcdException("no network within " + atMost.toMillis() + " ms, since etcd at "
                        + etcd.endpoints() + " does not answer: whether this host is the one that node_name says is not known yet", true, null));
            }
        });
    }

    /**
     * What is to be said against it.
     *
     * @return nothing if all is well or nothing is known
     */
    synchronized Optional<String> objection() {
        if (missing.isEmpty() || missing.stream().anyMatch(NodeGuard::isOfThisHost)) {
            missing = List.of(); // It need not be looked for again before the Node changes.
            return Optional.empty();
        }
        return Optional.of("node_name is '" + node + "', and the Node of that name in Calico has the address "
                + String.join(" and ", missing.stream().map(InetAddresses::toAddrString).toList())
                + ", which no interface of this host has: if another host has that name, set node_name to this one's own; if not, "
                + "correct the Node with calicoctl");
    }

    private static boolean isOfThisHost(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            LOG.warn("whether {} is an address of this host: {}", address, e.getMessage());
            return true;
        }
    }

    private static List<InetAddress> addressesIn(Mirror.Entry entry) {
        try {
            Node.Bgp bgp = Json.read(Node.class, entry.key(), entry.value()).spec().bgp();
            return bgp == null ? List.of() : Stream.of(bgp.ipv4Address(), bgp.ipv6Address()).filter(Objects::nonNull)
                    .map(each -> each.replaceFirst("/.*", "")).filter(Cidr::isAddress).map(InetAddresses::forString)
                    .toList();
        } catch (MalformedValueException | IllegalArgumentException e) {
            LOG.error("not used: {}", e.getMessage());
            return List.of();
        }
    }
}
