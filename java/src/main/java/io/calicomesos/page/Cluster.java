package io.calicomesos.page;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.Policy;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.Resource;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import io.calicomesos.ipam.Block;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;

/** The cluster as it stands in etcd, followed. Used by one thread, but for its start and end. */
final class Cluster implements AutoCloseable {
    private static final String HOST_PREFIX = "host:";
    private static final String NO_POOL = "";

    private final Kept<WorkloadEndpoint> endpoints;
    private final Kept<Profile> profiles;
    private final Kept<Node> nodes;
    private final Kept<IpPool> pools;
    private final Kept<Block> blocks;
    private final List<Kept<Policy>> policies = new ArrayList<>();
    private final List<Mirror> mirrors = new ArrayList<>();

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param withPolicies whether policies are of any meaning
     * @param thread the one thread
     * @param changed told after each change
     */
    Cluster(Etcd etcd, boolean withPolicies, ScheduledExecutorService thread, Runnable changed) {
        endpoints = new Kept<>(WorkloadEndpoint.class, each -> each.spec().networks(), changed);
        profiles = new Kept<>(Profile.class, each -> { }, changed);
        nodes = new Kept<>(Node.class, each -> addressesOf(each).forEach(Cidr::parseAddress), changed);
        pools = new Kept<>(IpPool.class, each -> Objects.requireNonNull(each.spec().cidr()), changed);
        blocks = new Kept<>(Block.class, each -> { }, changed);
        follow(etcd, Keys.ENDPOINTS, endpoints, thread);
        follow(etcd, Keys.PROFILES, profiles, thread);
        follow(etcd, Keys.NODES, nodes, thread);
        follow(etcd, Keys.POOLS, pools, thread);
        follow(etcd, Keys.BLOCKS, blocks, thread);
        if (withPolicies) {
            for (String prefix : List.of(Keys.NETWORK_POLICIES, Keys.GLOBAL_NETWORK_POLICIES)) {
                Kept<Policy> kept = new Kept<>(Policy.class, each -> { }, changed);
                policies.add(kept);
                follow(etcd, prefix, kept, thread);
            }
        }
    }

    private void follow(Etcd etcd, String prefix, Mirror.Follower follower, ScheduledExecutorService thread) {
        mirrors.add(new Mirror(etcd, prefix, follower, thread, thread));
    }

    /**
     * Begins.
     *
     * @return completed when all of it was read once
     */
    CompletableFuture<Void> start() {
        return CompletableFuture.allOf(mirrors.stream().map(Mirror::start).toArray(CompletableFuture[]::new));
    }

    @Override
    public void close() {
        mirrors.forEach(Mirror::close);
    }

    /** Whether all of it is followed now. */
    boolean isFollowed() {
        return mirrors.stream().allMatch(each -> each.silentMs().isPresent());
    }

    // ---- hosts and containers ----

    /** All hosts that are a Node or have a container, by name. */
    List<View.Host> hosts() {
        Map<String, List<String>> addresses = new TreeMap<>();
        nodes.values().values().forEach(each -> addresses.put(String.valueOf(each.metadata().name()), addressesOf(each)));
        Map<String, List<View.Container>> containers = new HashMap<>();
        byContainer().forEach((id, its) -> containers.computeIfAbsent(hostOf(its.get(0)), host -> new ArrayList<>()).add(container(id, its)));
        containers.keySet().forEach(each -> addresses.putIfAbsent(each, List.of()));
        return addresses.entrySet().stream().map(each -> new View.Host(
                each.getKey(), each.getValue(), containers.getOrDefault(each.getKey(), List.of()).stream()
                        .sorted(Comparator.comparing(View.Container::name)).toList())).toList();
    }

    /** The endpoints of each container, in the order of its interfaces. */
    Map<String, List<WorkloadEndpoint>> byContainer() {
        Map<String, List<WorkloadEndpoint>> all = new TreeMap<>();
        endpoints.values().values().forEach(each -> all.computeIfAbsent(hostOf(each) + "/" + nameOf(each), id -> new ArrayList<>()).add(each));
        return all;
    }

    private static View.Container container(String id, List<WorkloadEndpoint> its) {
        Set<String> netgroups = new LinkedHashSet<>();
        its.forEach(each -> netgroups.addAll(each.spec().profiles()));
        return new View.Container(
                id, nameOf(its.get(0)),
                its.stream().flatMap(each -> each.spec().ipNetworks().stream()).map(each -> each.replaceFirst("/.*", "")).toList(),
                List.copyOf(netgroups));
    }

    private static String hostOf(WorkloadEndpoint endpoint) {
        return Objects.toString(endpoint.spec().node(), "");
    }

    private static String nameOf(WorkloadEndpoint endpoint) {
        return Objects.toString(endpoint.spec().workload(), Objects.toString(endpoint.metadata().name(), ""));
    }

    private static List<String> addressesOf(Node node) {
        return node.spec().bgp() == null ? List.of() : Stream.of(
                Objects.toString(node.spec().bgp().ipv4Address(), ""), Objects.toString(node.spec().bgp().ipv6Address(), ""))
                .map(each -> each.replaceFirst("/.*", "")).filter(each -> !each.isEmpty()).toList();
    }

    // ---- netgroups ----

    /** Those that there are, or that somebody is in, by name. */
    List<View.Netgroup> netgroups() {
        Map<String, Integer> members = new TreeMap<>();
        profiles().keySet().forEach(each -> members.put(each, 0));
        byContainer().values().forEach(its -> its.stream().flatMap(each -> each.spec().profiles().stream()).distinct()
                .forEach(each -> members.merge(each, 1, Integer::sum)));
        Map<String, Profile> known = profiles();
        return members.entrySet().stream().map(each -> new View.Netgroup(each.getKey(), known.containsKey(each.getKey())
                        ? known.get(each.getKey()).metadata().annotations().getOrDefault(Profile.NETGROUP_ANNOTATION, each.getKey())
                        : each.getKey(), each.getValue()))
                .sorted(Comparator.comparing(View.Netgroup::name)).toList();
    }

    /** By name. */
    Map<String, Profile> profiles() {
        return byName(profiles.values().values());
    }

    private static <T extends Resource> Map<String, T> byName(Collection<T> all) {
        Map<String, T> byName = new HashMap<>();
        all.forEach(each -> byName.put(String.valueOf(each.metadata().name()), each));
        return byName;
    }

    Collection<Node> nodes() {
        return nodes.values().values();
    }

    /** Of all namespaces and of none. */
    List<Policy> policies() {
        return policies.stream().flatMap(each -> each.values().values().stream()).toList();
    }

    // ---- addresses ----

    /** By name, and last the blocks that are in none, if there are any. */
    List<View.Pool> pools() {
        Map<String, List<View.Block>> byPool = new HashMap<>();
        blocks.values().values().forEach(each -> byPool.computeIfAbsent(poolOf(each.cidr()), pool -> new ArrayList<>()).add(block(each)));
        List<View.Pool> all = new ArrayList<>();
        pools.values().forEach((key, each) -> all.add(new View.Pool(
                each.metadata().name(), each.spec().cidr().toString(), each.spec().disabled(), byPool.getOrDefault(key, List.of()))));
        if (byPool.containsKey(NO_POOL)) {
            all.add(new View.Pool(null, null, false, byPool.get(NO_POOL)));
        }
        return all;
    }

    private String poolOf(Cidr block) {
        return pools.values().entrySet().stream().filter(each -> each.getValue().spec().cidr().contains(block)).map(Map.Entry::getKey)
                .findFirst().orElse(NO_POOL);
    }

    private static View.Block block(Block block) {
        String host = block.affinity().filter(each -> each.startsWith(HOST_PREFIX)).map(each -> each.substring(HOST_PREFIX.length()))
                .orElse(null);
        List<InetAddress> held = block.held();
        List<View.Used> used = held.stream().map(each -> new View.Used(
                block.cidr().ordinalOf(each), InetAddresses.toAddrString(each),
                block.holderOf(each).flatMap(holder -> holder.node()).filter(node -> !node.equals(host)).isPresent())).toList();
        return new View.Block(block.cidr().toString(), host, held.size() + block.freeCount(), used);
    }
}
