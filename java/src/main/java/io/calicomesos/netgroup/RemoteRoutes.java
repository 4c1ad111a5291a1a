package io.calicomesos.netgroup;

import io.calicomesos.calico.Cidr;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The routes to other hosts' containers: one for each block of theirs in which a container lives, and one for each container
 * whose address is borrowed from another block. Without containers there are no routes. Pure: it touches no kernel.
 */
final class RemoteRoutes {
    private final String node;
    private final Map<String, InetAddress> gateways = new HashMap<>(); // Node → its address on the link.
    private final Map<String, Set<Cidr>> blocks = new HashMap<>(); // Node → the blocks affine to it.
    private final Map<String, Map<String, Integer>> addresses = new HashMap<>(); // Node → address → endpoints that have it.
    private final Map<Cidr, Map<String, Integer>> destinations = new HashMap<>(); // Destination → node → addresses in it.
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
        if (!member.node().equals(node)) {
            for (String address : member.addresses()) {
                Map<String, Integer> of = addresses.computeIfAbsent(member.node(), each -> new HashMap<>());
                if (of.merge(address, 1, Integer::sum) == 1) {
                    count(member.node(), address, 1);
                }
            }
        }
    }

    void remove(Member member) {
        Map<String, Integer> of = addresses.get(member.node());
        if (of == null) {
            return;
        }
        for (String address : member.addresses()) {
            Integer left = of.merge(address, -1, (a, b) -> a + b == 0 ? null : a + b);
            if (left == null) {
                count(member.node(), address, -1);
            }
        }
        if (of.isEmpty()) {
            addresses.remove(member.node());
        }
    }

    /** A node's address on the link came, changed or (null) went. */
    void gateway(String ofNode, InetAddress address) {
        if (address == null) {
            gateways.remove(ofNode);
        } else {
            gateways.put(ofNode, address);
        }
        addresses.getOrDefault(ofNode, Map.of()).keySet().forEach(each -> changed.add(destination(ofNode, each)));
    }

    void block(String ofNode, Cidr block) {
        recount(ofNode, () -> blocks.computeIfAbsent(ofNode, each -> new HashSet<>()).add(block));
    }

    void blockGone(String ofNode, Cidr block) {
        recount(ofNode, () -> blocks.getOrDefault(ofNode, new HashSet<>()).remove(block));
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
     * @return the gateway; none if there should be no route
     */
    Optional<InetAddress> gatewayTo(Cidr destination) {
        return destinations.getOrDefault(destination, Map.of()).keySet().stream().sorted()
                .map(gateways::get).filter(Objects::nonNull).findFirst();
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

    private Cidr destination(String ofNode, String text) {
        InetAddress address = Cidr.parseAddress(text);
        Optional<Cidr> block = blocks.getOrDefault(ofNode, Set.of()).stream().filter(each -> each.contains(address)).findAny();
        return block.orElseGet(() -> Cidr.of(address));
    }
}
