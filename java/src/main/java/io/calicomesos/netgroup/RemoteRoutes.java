package io.calicomesos.netgroup;

import io.calicomesos.calico.Cidr;
import io.calicomesos.linux.Route;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The routes to addresses that no container of this host has: to other hosts' containers, one for each block of theirs in which
 * a container lives, and one for each container whose address is borrowed from another block; and to the rest of this host's own
 * blocks, where nobody is: packets to there are dropped, rather than sent out by the default route. Pure: it touches no kernel.
 */
final class RemoteRoutes {
    private final String node;
    private final Map<String, List<InetAddress>> gateways = new HashMap<>(); // Node → its addresses on the link.
    private final Map<String, Set<Cidr>> blocks = new HashMap<>(); // Node → the blocks affine to it.
    private final Map<Cidr, Integer> here = new HashMap<>(); // Address → this host's endpoints that have it.
    private final Map<String, Map<String, Integer>> addresses = new HashMap<>(); // Other node → address → endpoints that have it.
    private final Map<Cidr, Map<String, Integer>> destinations = new HashMap<>(); // Destination → other node → addresses in it.
    private final Set<Cidr> changed = new HashSet<>();

    /**
     * No routes.
     *
     * @param node this host's name: its own containers have their routes by their interfaces
     */
    RemoteRoutes(String node) {
        this.node = node;
    }

    void add(Member member) {
        for (String address : member.addresses()) {
            if (member.node().equals(node)) {
                countHere(address, 1);
                continue;
            }
            Map<String, Integer> of = addresses.computeIfAbsent(member.node(), each -> new HashMap<>());
            if (of.merge(address, 1, Integer::sum) == 1) {
                count(member.node(), address, 1);
            }
        }
    }

    void remove(Member member) {
        for (String address : member.addresses()) {
            if (member.node().equals(node)) {
                countHere(address, -1);
                continue;
            }
            Map<String, Integer> of = addresses.get(member.node());
            if (of.merge(address, -1, (a, b) -> a + b == 0 ? null : a + b) == null) {
                count(member.node(), address, -1);
            }
            if (of.isEmpty()) {
                addresses.remove(member.node());
            }
        }
    }

    /**
     * A node's addresses on the link came, changed or went.
     *
     * @param ofNode the node's name
     * @param its the addresses, of each family one at most; none if the node has gone
     */
    void gateways(String ofNode, List<InetAddress> its) {
        gateways.put(ofNode, List.copyOf(its));
        addresses.getOrDefault(ofNode, Map.of()).keySet().forEach(each -> changed.add(destination(ofNode, each)));
    }

    void block(String ofNode, Cidr block) {
        recount(ofNode, () -> blocks.computeIfAbsent(ofNode, each -> new HashSet<>()).add(block));
        changed.add(block);
    }

    void blockGone(String ofNode, Cidr block) {
        recount(ofNode, () -> blocks.getOrDefault(ofNode, new HashSet<>()).remove(block));
        changed.add(block);
    }

    /**
     * The destinations whose route may have changed since the last call.
     *
     * @return which; they count as unchanged from now on
     */
    Set<Cidr> takeChanged() {
        Set<Cidr> taken = Set.copyOf(changed);
        changed.clear();
        return taken;
    }

    /**
     * The route to a destination, as it should be.
     *
     * @param destination a block, or one address
     * @return none if there should be no route of ours
     */
    Optional<Route> routeTo(Cidr destination) {
        if (here.containsKey(destination)) {
            return Optional.empty(); // The kernel has one route to a destination; this one is that of the container's interface.
        }
        Optional<InetAddress> gateway = destinations.getOrDefault(destination, Map.of()).keySet().stream().sorted()
                .flatMap(each -> gateways.getOrDefault(each, List.of()).stream())
                .filter(each -> Cidr.of(each).ipVersion() == destination.ipVersion()).findFirst();
        if (gateway.isPresent()) {
            return Optional.of(Route.via(destination.network(), destination.prefixLength(), gateway.get()));
        }
        if (blocks.getOrDefault(node, Set.of()).contains(destination)) {
            return Optional.of(Route.blackhole(destination.network(), destination.prefixLength()));
        }
        return Optional.empty();
    }

    /** Counts a node's addresses by other destinations after its blocks changed. */
    private void recount(String ofNode, Runnable change) {
        Set<String> of = addresses.getOrDefault(ofNode, Map.of()).keySet();
        of.forEach(address -> count(ofNode, address, -1));
        change.run();
        of.forEach(address -> count(ofNode, address, 1));
    }

    private void count(String ofNode, String address, int by) {
        Cidr destination = destination(ofNode, address);
        Map<String, Integer> of = destinations.computeIfAbsent(destination, each -> new HashMap<>());
        of.merge(ofNode, by, (a, b) -> a + b == 0 ? null : a + b);
        if (of.isEmpty()) {
            destinations.remove(destination);
        }
        changed.add(destination);
    }

    private void countHere(String address, int by) {
        Cidr destination = Cidr.of(Cidr.parseAddress(address));
        here.merge(destination, by, (a, b) -> a + b == 0 ? null : a + b);
        changed.add(destination);
    }

    private Cidr destination(String ofNode, String text) {
        InetAddress address = Cidr.parseAddress(text);
        Optional<Cidr> block = blocks.getOrDefault(ofNode, Set.of()).stream().filter(each -> each.contains(address)).findAny();
        return block.orElseGet(() -> Cidr.of(address));
    }
}
