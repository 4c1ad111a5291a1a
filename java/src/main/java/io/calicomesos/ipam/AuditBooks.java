package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.IpamConfig;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Mirror;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an audit has read, key by key, and what was found so far. Each key is checked by itself here. Not for several threads. */
final class AuditBooks {
    private static final int MOST_LISTED = 8;

    private final AuditValues<Cidr, Block> blocks = new AuditValues<>();
    private final AuditValues<Key.Affinity, BlockAffinity> affinities = new AuditValues<>();
    private final AuditValues<String, Map<Cidr, Integer>> handles = new AuditValues<>();
    private final AuditValues<Key.Endpoint, AuditEndpoint> endpoints = new AuditValues<>();
    private final AuditValues<String, IpPool> pools = new AuditValues<>();
    private final Set<String> nodes = new HashSet<>();
    private final Set<String> unreadContainers = new HashSet<>();
    private final List<Finding> findings = new ArrayList<>();
    private final List<Leak> leaks = new ArrayList<>();
    private Optional<IpamConfig> config = Optional.of(IpamConfig.DEFAULT);

    /** All blocks. */
    AuditValues<Cidr, Block> blocks() {
        return blocks;
    }

    /** All affinities of blocks to hosts. */
    AuditValues<Key.Affinity, BlockAffinity> affinities() {
        return affinities;
    }

    /** All handles by id: how many addresses they count in which blocks. */
    AuditValues<String, Map<Cidr, Integer>> handles() {
        return handles;
    }

    /** All endpoints of all namespaces. */
    AuditValues<Key.Endpoint, AuditEndpoint> endpoints() {
        return endpoints;
    }

    /** All pools by name. */
    AuditValues<String, IpPool> pools() {
        return pools;
    }

    /** The names of all nodes. */
    Set<String> nodes() {
        return nodes;
    }

    /** Handles of containers of ours that have an endpoint which cannot be read. */
    Set<String> unreadContainers() {
        return unreadContainers;
    }

    /** IPAM's settings; empty if they cannot be read. */
    Optional<IpamConfig> config() {
        return config;
    }

    /** What was found so far. */
    List<Finding> findings() {
        return findings;
    }

    /** Addresses that were found to be lost, each also a finding. */
    List<Leak> leaks() {
        return leaks;
    }

    void leaked(Leak leak) {
        leaks.add(leak);
    }

    void report(Finding.Kind kind, String key, String detail) {
        findings.add(new Finding(kind, key, detail));
    }

    /**
     * Takes a key.
     *
     * @param entry any; what an audit does not look at is left out
     */
    void add(Mirror.Entry entry) {
        Optional<Key> key = Keys.parse(entry.key());
        if (key.isPresent()) {
            add(entry, key.get());
        } else if (Stream.of(Keys.BLOCKS, Keys.AFFINITIES, Keys.HANDLES, Keys.POOLS, Keys.NODES, Keys.ENDPOINTS)
                .anyMatch(entry.key()::startsWith)) {
            report(Finding.Kind.MALFORMED_KEY, entry.key(), "is not of the form that Calico gives to keys there");
        }
    }

    private void add(Mirror.Entry entry, Key key) {
        if (key instanceof Key.Block block) {
            add(entry, block);
        } else if (key instanceof Key.Affinity affinity) {
            add(entry, affinity);
        } else if (key instanceof Key.Handle handle) {
            add(entry, handle);
        } else if (key instanceof Key.Endpoint endpoint) {
            add(entry, endpoint);
        } else if (key instanceof Key.Pool pool) {
            add(entry, pool);
        } else if (key instanceof Key.NodeKey node) {
            nodes.add(node.name());
            read(Node.class, entry).ifPresent(read -> isNamed(entry, node.name(), read.metadata().name()));
        } else if (key instanceof Key.Config) {
            config = read(IpamConfig.class, entry);
        }
    }

    private void add(Mirror.Entry entry, Key.Block key) {
        Optional<Block> read = read(Block.class, entry);
        if (read.isPresent() && !read.get().cidr().equals(key.cidr())) {
            report(Finding.Kind.VALUE_OF_ANOTHER_KEY, entry.key(), "cidr is " + read.get().cidr());
            read = Optional.empty();
        }
        read.ifPresentOrElse(block -> blocks.put(key.cidr(), block), () -> blocks.putUnread(key.cidr()));
    }

    private void add(Mirror.Entry entry, Key.Affinity key) {
        read(BlockAffinity.class, entry).filter(affinity -> {
            boolean known = affinity.isConfirmed() || affinity.state().equals(BlockAffinity.PENDING)
                    || affinity.state().equals(BlockAffinity.PENDING_DELETION);
            if (!known) {
                report(Finding.Kind.MALFORMED_VALUE, entry.key(), "state '" + affinity.state() + "': must be "
                        + BlockAffinity.CONFIRMED + ", " + BlockAffinity.PENDING + " or " + BlockAffinity.PENDING_DELETION);
            }
            return known;
        }).ifPresentOrElse(affinity -> affinities.put(key, affinity), () -> affinities.putUnread(key));
    }

    private void add(Mirror.Entry entry, Key.Handle key) {
        String id = key.id().value();
        read(Handle.class, entry).flatMap(handle -> {
            Map<Cidr, Integer> counts = new HashMap<>();
            try {
                handle.block().forEach((cidr, count) -> counts.put(canonical(cidr), count));
                return Optional.of(counts);
            } catch (IllegalArgumentException e) {
                report(Finding.Kind.MALFORMED_VALUE, entry.key(), "block: " + e.getMessage());
                return Optional.empty();
            }
        }).ifPresentOrElse(counts -> handles.put(id, counts), () -> handles.putUnread(id));
    }

    /** Handles are counted down by the text: another spelling of the block would stay for ever. */
    private static Cidr canonical(String text) {
        Cidr cidr = Cidr.parse(text);
        if (!cidr.toString().equals(text)) {
            throw new IllegalArgumentException("network '" + text + "': must be written " + cidr);
        }
        return cidr;
    }

    private void add(Mirror.Entry entry, Key.Endpoint key) {
        Optional<EndpointName> parts = EndpointName.parse(key.name());
        if (parts.isEmpty()) {
            report(Finding.Kind.MALFORMED_KEY, entry.key(), "is not named <node>-<orchestrator>-<workload>-<endpoint>");
            return;
        }
        EndpointName name = parts.get();
        read(WorkloadEndpoint.class, entry).flatMap(endpoint -> {
            Optional<String> contradiction = AuditEndpoint.contradiction(key, name, endpoint);
            contradiction.ifPresent(each -> report(Finding.Kind.VALUE_OF_ANOTHER_KEY, entry.key(), each));
            try {
                return contradiction.isPresent() ? Optional.empty() : Optional.of(AuditEndpoint.of(name, endpoint));
            } catch (IllegalArgumentException e) {
                report(Finding.Kind.MALFORMED_VALUE, entry.key(), e.getMessage());
                return Optional.<AuditEndpoint>empty();
            }
        }).ifPresentOrElse(endpoint -> endpoints.put(key, endpoint), () -> {
            endpoints.putUnread(key);
            AuditEndpoint.handleOf(name).ifPresent(unreadContainers::add);
        });
    }

    private void add(Mirror.Entry entry, Key.Pool key) {
        read(IpPool.class, entry).filter(pool -> isNamed(entry, key.name(), pool.metadata().name())).ifPresentOrElse(pool -> {
            Pools.of(List.of(pool), Map.of()).problems().forEach(each -> report(Finding.Kind.MALFORMED_VALUE, entry.key(), each));
            pools.put(key.name(), pool);
        }, () -> pools.putUnread(key.name()));
    }

    private boolean isNamed(Mirror.Entry entry, String expected, String name) {
        if (!Objects.equals(expected, name)) {
            report(Finding.Kind.VALUE_OF_ANOTHER_KEY, entry.key(), "metadata.name is " + name);
            return false;
        }
        return true;
    }

    private <T> Optional<T> read(Class<T> type, Mirror.Entry entry) {
        try {
            return Optional.of(Json.read(type, entry.key(), entry.value()));
        } catch (MalformedValueException e) {
            report(Finding.Kind.MALFORMED_VALUE, entry.key(), e.getMessage().substring(entry.key().length() + ": ".length()));
            return Optional.empty();
        }
    }

    /** Addresses for a message; of many, the first. */
    static String listed(Collection<InetAddress> addresses) {
        return addresses.stream().limit(MOST_LISTED).map(InetAddresses::toAddrString).collect(Collectors.joining(", "))
                + (addresses.size() > MOST_LISTED ? " and " + (addresses.size() - MOST_LISTED) + " more" : "");
    }
}
