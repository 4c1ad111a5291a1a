package io.calicomesos.ipam;

import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Checks that handles and blocks tell the same, and that what our handles hold is used by their containers. */
final class AuditHandles {
    private final AuditBooks books;
    private final Map<Cidr, Map<String, Integer>> held = new HashMap<>();
    private final SetMultimap<String, InetAddress> used = LinkedHashMultimap.create();

    /**
     * Prepares.
     *
     * @param books all that was read
     */
    AuditHandles(AuditBooks books) {
        this.books = books;
        for (AuditEndpoint endpoint : books.endpoints().read().values()) {
            AuditEndpoint.handleOf(endpoint.name()).ifPresent(handle -> used.putAll(handle, endpoint.addresses()));
        }
    }

    private static Optional<NodeName> nodeOf(String handle) {
        try {
            return new HandleId(handle).node();
        } catch (IllegalArgumentException e) { // Somebody's who writes them in another way.
            return Optional.empty();
        }
    }

    void check() {
        books.blocks().read().values().forEach(this::checkBlock);
        books.handles().read().forEach(this::checkCounts);
    }

    private void checkBlock(Block block) {
        String key = Keys.block(block.cidr());
        SetMultimap<String, InetAddress> byHandle = LinkedHashMultimap.create();
        List<InetAddress> nobodys = new ArrayList<>();
        for (InetAddress address : block.held()) {
            Attribute holder = block.holderOf(address).orElseThrow();
            String handle = holder.holder().orElse("");
            if (holder.isWindowsReserved()) {
                continue; // Held by a name that is no handle.
            }
            if (handle.isEmpty()) {
                nobodys.add(address);
            } else {
                byHandle.put(handle, address);
                checkNode(key, handle, address, holder);
            }
        }
        if (!nobodys.isEmpty()) {
            books.report(Finding.Kind.NO_HANDLE, key, AuditBooks.listed(nobodys) + ": held without a handle");
        }
        Map<String, Integer> counts = new HashMap<>();
        byHandle.asMap().forEach((handle, addresses) -> {
            counts.put(handle, addresses.size());
            checkHandle(block.cidr(), handle, (Set<InetAddress>) addresses);
        });
        held.put(block.cidr(), counts);
    }

    private void checkNode(String key, String handle, InetAddress address, Attribute holder) {
        Optional<NodeName> node = nodeOf(handle);
        if (node.isPresent() && holder.node().isPresent() && !node.get().value().equals(holder.node().get())) {
            books.report(Finding.Kind.ATTRIBUTE_OF_OTHER_NODE, key, AuditBooks.listed(Set.of(address)) + ": held on node "
                    + holder.node().get() + " by handle " + handle);
        }
    }

    private void checkHandle(Cidr cidr, String handle, Set<InetAddress> addresses) {
        Map<Cidr, Integer> counts = books.handles().read().get(handle);
        if (!books.handles().exists(handle)) {
            books.report(Finding.Kind.HANDLE_MISSING, Keys.block(cidr), AuditBooks.listed(addresses) + ": held by handle "
                    + handle + ", which does not exist");
        } else if (counts != null && counts.getOrDefault(cidr, 0) < addresses.size()) {
            books.report(Finding.Kind.HANDLE_COUNTS_TOO_FEW, Keys.HANDLES + handle, "counts " + counts.getOrDefault(cidr, 0)
                    + " in block " + cidr + ", holds " + addresses.size() + ": " + AuditBooks.listed(addresses));
        }
        if (nodeOf(handle).isEmpty() || books.unreadContainers().contains(handle)) {
            return;
        }
        List<InetAddress> unused = addresses.stream().filter(each -> !used.containsEntry(handle, each)).toList();
        if (!unused.isEmpty()) {
            String but = used.containsKey(handle) ? "no endpoint of its container has that" : "its container has no endpoint";
            books.leaked(new Leak(handle, nodeOf(handle).orElseThrow().value(), unused));
            books.report(Finding.Kind.ADDRESS_LEAKED, Keys.block(cidr),
                    AuditBooks.listed(unused) + ": held by handle " + handle + ", but " + but);
        }
    }

    private void checkCounts(String handle, Map<Cidr, Integer> counts) {
        String key = Keys.HANDLES + handle;
        if (counts.isEmpty()) {
            books.report(Finding.Kind.HANDLE_EMPTY, key, "names no block");
        }
        counts.forEach((cidr, count) -> {
            int here = held.getOrDefault(cidr, Map.of()).getOrDefault(handle, 0);
            if (!books.blocks().exists(cidr)) {
                books.report(Finding.Kind.HANDLE_WITHOUT_BLOCK, key,
                        "counts " + count + " in block " + cidr + ", which does not exist");
            } else if (books.blocks().read().containsKey(cidr) && here < count) {
                books.report(nodeOf(handle).isPresent() ? Finding.Kind.HANDLE_COUNTS_TOO_MANY : Finding.Kind.HANDLE_AHEAD, key,
                        "counts " + count + " in block " + cidr + ", holds " + here);
            }
        });
    }
}
