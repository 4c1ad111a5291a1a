package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.IpReservation;
import io.calicomesos.calico.IpamConfig;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which addresses may be given on this host: pools, reservations, IPAM's settings and this node's labels, followed in etcd.
 * Belongs to the executor.
 */
final class AddressSpace implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AddressSpace.class);

    private static final int DEFAULT_BLOCK_PREFIX_LENGTH = 26;

    private final Map<String, IpPool> all = new TreeMap<>();
    private final Map<String, List<Cidr>> reservations = new TreeMap<>();
    private Pools pools = Pools.of(List.of(), Map.of());
    private Reservations reserved = Reservations.NONE;
    private IpamConfig config = IpamConfig.DEFAULT;
    private Map<String, String> nodeLabels = Map.of();
    private long version;
    private final List<Mirror> mirrors;

    AddressSpace(Etcd etcd, NodeName node, Executor executor, ScheduledExecutorService timer) {
        this.mirrors = List.of(
                new Mirror(etcd, Keys.POOLS, new Follower<>(IpPool.class) {
                    @Override
                    void set(String key, IpPool pool) {
                        all.put(key, pool);
                        poolsChanged();
                    }

                    @Override
                    void unset(String key) {
                        all.remove(key);
                        poolsChanged();
                    }
                }, executor, timer),
                new Mirror(etcd, Keys.RESERVATIONS, new Follower<>(IpReservation.class) {
                    @Override
                    void set(String key, IpReservation reservation) {
                        reservations.put(key, networksOf(key, reservation));
                        reservationsChanged();
                    }

                    @Override
                    void unset(String key) {
                        reservations.remove(key);
                        reservationsChanged();
                    }
                }, executor, timer),
                new Mirror(etcd, Keys.IPAM_CONFIG, new Follower<>(IpamConfig.class) {
                    @Override
                    void set(String key, IpamConfig read) {
                        config = read;
                    }

                    @Override
                    void unset(String key) {
                        config = IpamConfig.DEFAULT;
                    }
                }, executor, timer),
                new Mirror(etcd, Keys.node(node), new Follower<>(Node.class) {
                    @Override
                    void set(String key, Node read) {
                        if (key.equals(Keys.node(node))) { // Not host10 for host1.
                            nodeLabels = read.metadata().labels();
                            poolsChanged();
                        }
                    }

                    @Override
                    void unset(String key) {
                        if (key.equals(Keys.node(node))) {
                            nodeLabels = Map.of();
                            poolsChanged();
                        }
                    }
                }, executor, timer));
    }

    CompletableFuture<Void> start() {
        return CompletableFuture.allOf(mirrors.stream().map(Mirror::start).toArray(CompletableFuture[]::new));
    }

    @Override
    public void close() {
        mirrors.forEach(Mirror::close);
    }

    IpamConfig config() {
        return config;
    }

    Reservations reserved() {
        return reserved;
    }

    /** Grows when pools, reservations or this node's labels change. */
    long version() {
        return version;
    }

    /**
     * The pools from which any address may be given on this host, in the order in which they are to be tried.
     *
     * @param ipVersion 4 or 6
     * @param named by name or by network; none: those that select the host
     * @throws AddressException if one that is named does not exist, or may not be used
     */
    List<IpPool> automatic(int ipVersion, List<String> named) throws AddressException {
        try {
            return named.isEmpty() ? pools.automatic(ipVersion) : pools.named(named, ipVersion);
        } catch (IllegalArgumentException e) {
            throw new AddressException(e.getMessage());
        }
    }

    /** Whether a network is in a pool that selects this host. */
    boolean selects(Cidr network) {
        return pools.select(network);
    }

    /**
     * The pool that an address asked for by value comes from.
     *
     * @param named the pools that it must be in, by name or by network; none: any
     * @throws AddressException if it is in none that may be used, or reserved
     */
    IpPool poolOf(InetAddress address, List<String> named) throws AddressException {
        String text = InetAddresses.toAddrString(address);
        Optional<IpPool> pool = named.isEmpty() ? pools.containing(address)
                : automatic(address instanceof Inet4Address ? 4 : 6, named).stream()
                        .filter(each -> each.spec().cidr().contains(address)).findFirst();
        if (pool.isEmpty()) {
            throw new AddressException("address " + text + " is in no IPPool that " + (named.isEmpty()
                    ? "gives addresses to workloads" : "this container may use (" + String.join(", ", named) + ")") + ": " + describe());
        }
        if (reserved.test(address)) {
            throw new AddressException("address " + text + " is reserved by an IPReservation");
        }
        return pool.get();
    }

    /** The length of the blocks in which an address lies, also if its pool is no longer used. */
    int blockPrefixLength(InetAddress address) {
        return all.values().stream().filter(pool -> Pools.hasBlocks(pool) && pool.spec().cidr().contains(address)).findFirst()
                .map(IpPool::blockPrefixLength).orElse(DEFAULT_BLOCK_PREFIX_LENGTH);
    }

    /** The name of the pool that a block is in, or its network, if there is none any more. */
    String poolNameOf(Cidr block) {
        return all.values().stream().filter(pool -> pool.spec().cidr().contains(block.network())).findFirst()
                .map(pool -> pool.metadata().name()).orElse(block.toString());
    }

    /** The pools there are, for messages. */
    String describe() {
        return all.isEmpty() ? "there is none; make one with calicoctl or `calico-mesos init`"
                : "there are " + all.values().stream()
                        .map(pool -> pool.metadata().name() + " (" + pool.spec().cidr() + (pool.spec().disabled() ? ", disabled)" : ")"))
                        .collect(Collectors.joining(", "));
    }

    private void poolsChanged() {
        version++;
        pools = Pools.of(all.values(), nodeLabels);
        pools.problems().forEach(LOG::error);
    }

    /** An entry that cannot be read must not open the others. */
    private static List<Cidr> networksOf(String key, IpReservation reservation) {
        List<Cidr> networks = new ArrayList<>();
        for (String entry : reservation.spec().reservedCidrs()) {
            try {
                if (!entry.isBlank()) {
                    networks.add(Cidr.parseNetworkOrAddress(entry.strip()));
                }
            } catch (IllegalArgumentException e) {
                LOG.error("{} does not reserve '{}': {}", key, entry, e.getMessage());
            }
        }
        return networks;
    }

    private void reservationsChanged() {
        version++;
        reserved = new Reservations(reservations.values().stream().flatMap(List::stream).toList());
    }

    /** Keeps what can be read; what cannot is reported, and the key treated as absent: never given from what is not understood. */
    private abstract static class Follower<T> implements Mirror.Follower {
        private final Class<T> type;
        private final Set<String> known = new HashSet<>();

        Follower(Class<T> type) {
            this.type = type;
        }

        abstract void set(String key, T value);

        abstract void unset(String key);

        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            List.copyOf(known).forEach(this::deleted);
            entries.forEach(this::put);
        }

        @Override
        public void put(Mirror.Entry entry) {
            try {
                T value = Json.read(type, entry.key(), entry.value());
                known.add(entry.key());
                set(entry.key(), value);
            } catch (MalformedValueException | IllegalArgumentException e) {
                LOG.error("not used: {}", e.getMessage());
                deleted(entry.key());
            }
        }

        @Override
        public void deleted(String key) {
            known.remove(key);
            unset(key);
        }
    }
}
