package io.calicomesos.netgroup;

import io.calicomesos.calico.Cidr;
import io.calicomesos.linux.Route;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The routes to addresses that no container of this host has: to other hosts' containers, one for each block of theirs in which
 * a container lives, and one for each container whose address is borrowed from another block; and to the rest of this host's own
 * blocks, where nobody is: packets to there are dropped, rather than sent out by the default route. Pure: it touches no kernel.
 */
final class RemoteRoutes {
    private final String node;
    private final Supplier<? extends Collection<Endpoint>> members;
    private final Map<String, List<InetAddress>> gateways = new HashMap<>(); // Node → its addresses on the link.
    private final Map<String, Set<Cidr>> blocks = new HashMap<>(); // Node → the blocks affine to it.
    private final Map<Cidr, Integer> here = new HashMap<>(); // Address → this host's endpoints that have it.
    private final Map<Cidr, Map<String, Integer>> destinations = new HashMap<>(); // Destination → other node → addresses in it.
    private final Set<String> reordered = new HashSet<>(); // Other nodes whose addresses are to be counted by other blocks.
    private final Set<Cidr> changed = new HashSet<>();

    /**
     * No routes.
     *
     * @param node this host's name: its own containers have their routes by their interfaces
     * @param members all that were added and not removed; looked through when a host's blocks have changed
     */
    RemoteRoutes(String node, Supplier<? extends Collection<Endpoint>> members) {
        this.node = node;
        this.members = members;
    }

    void add(Endpoint member) {
        member.addresses().forEach(address -> count(member.node(), address, 1));
    }

    void remove(Endpoint member) {
        member.addresses().forEach(address -> count(member.node(), address, -1));
    }

    /**
     * A node's addresses on the link came, changed or went.
     *
     * @param ofNode the node's name
     * @param its the addresses, of each family one at most; none if the node has gone
     */
    void gateways(String ofNode, List<InetAddress> its) {
        gateways.put(ofNode, List.copyOf(its));
        destinations.forEach((destination, nodes) -> {
            if (nodes.containsKey(ofNode)) {
                changed.add(destination);
            }
        });
    }

    void block(String ofNode, Cidr block) {
        if (blocks.computeIfAbsent(ofNode, each -> new HashSet<>()).add(block)) {
            reorder(ofNode, block);
        }
    }

    void blockGone(String ofNode, Cidr block) {
        if (blocks.getOrDefault(ofNode, new HashSet<>()).remove(block)) {
            reorder(ofNode, block);
        }
    }

    private void reorder(String ofNode, Cidr block) {
        changed.add(block);
        if (!ofNode.equals(node)) {
            reordered.add(ofNode);
        }
    }

    /**
     * The destinations whose route may have changed since the last call.
     *
     * @return which; they count as unchanged from now on
     */
    Set<Cidr> takeChanged() {
        settle();
        Set<Cidr> taken = Set.copyOf(changed);
        changed.clear();
        return taken;
    }

    /** Counts the addresses of nodes whose blocks have changed, once for however many changes. */
    private void settle() {
        if (reordered.isEmpty()) {
            return;
        }
        destinations.forEach((destination, nodes) -> {
            if (nodes.keySet().removeAll(reordered)) {
                changed.add(destination);
            }
        });
        destinations.values().removeIf(Map::isEmpty);
        List<Endpoint> theirs = members.get().stream().filter(each -> reordered.contains(each.node())).toList();
        reordered.clear();
        theirs.forEach(this::add);
    }

    /**
     * The route to a destination, as it should be.
     *
     * @param destination a block, or one address
     * @return none if there should be no route of ours
     */
    Optional<Route> routeTo(Cidr destination) {
        settle();
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

    private void count(String ofNode, Address address, int by) {
        if (ofNode.equals(node)) {
            Cidr destination = address.cidr();
            here.merge(destination, by, (a, b) -> a + b == 0 ? null : a + b);
            changed.add(destination);
        } else if (!reordered.contains(ofNode)) { // Else all of it is counted later.
            Cidr destination = destination(ofNode, address);
            Map<String, Integer> of = destinations.computeIfAbsent(destination, each -> new HashMap<>());
            of.merge(ofNode, by, (a, b) -> a + b == 0 ? null : a + b);
            if (of.isEmpty()) {
                destinations.remove(destination);
            }
            changed.add(destination);
        }
    }

    private Cidr destination(String ofNode, Address of) {
        InetAddress address = of.inet();
        Optional<Cidr> block = blocks.getOrDefault(ofNode, Set.of()).stream().filter(each -> each.contains(address)).findAny();
        return block.orElseGet(() -> Cidr.of(address));
    }
}
