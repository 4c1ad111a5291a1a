package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Checks that each address that an endpoint has is its own. */
final class AuditEndpoints {
    private final AuditBooks books;
    private final AuditNetworks blocks;
    private final AuditNetworks pools;
    private final Map<InetAddress, Key.Endpoint> users = new HashMap<>();

    /**
     * Prepares.
     *
     * @param books all that was read
     * @param blocks the networks of all blocks
     * @param pools the networks of all pools
     */
    AuditEndpoints(AuditBooks books, AuditNetworks blocks, AuditNetworks pools) {
        this.books = books;
        this.blocks = blocks;
        this.pools = pools;
    }

    void check() {
        books.endpoints().read().forEach((key, endpoint) -> endpoint.addresses().forEach(address -> {
            Key.Endpoint first = users.putIfAbsent(address, key);
            if (first != null) {
                books.report(Finding.Kind.ENDPOINTS_SHARE_ADDRESS, text(key), InetAddresses.toAddrString(address) + ": "
                        + text(first) + " has it too");
            }
            check(text(key), AuditEndpoint.handleOf(endpoint.name()), address);
        }));
    }

    private void check(String key, Optional<String> handle, InetAddress address) {
        List<Cidr> around = blocks.containing(address);
        if (around.stream().anyMatch(books.blocks().unread()::contains)) {
            return; // It may be allocated there.
        }
        if (around.isEmpty()) {
            if (!pools.containing(address).isEmpty()) {
                books.report(Finding.Kind.ENDPOINT_NOT_ALLOCATED, key,
                        InetAddresses.toAddrString(address) + ": lies in an IPPool, but in no block");
            }
            return;
        }
        List<Attribute> holders = around.stream().map(books.blocks().read()::get).map(block -> block.holderOf(address))
                .flatMap(Optional::stream).toList();
        if (holders.isEmpty()) {
            books.report(Finding.Kind.ENDPOINT_NOT_ALLOCATED, key, InetAddresses.toAddrString(address) + ": is free in block "
                    + around.get(0));
        } else if (handle.isPresent() && holders.stream().noneMatch(each -> each.holder().equals(handle))) {
            books.report(Finding.Kind.ENDPOINT_OF_OTHER_HANDLE, key, InetAddresses.toAddrString(address) + ": is held by "
                    + Objects.requireNonNullElse(holders.get(0).handleId(), "nobody's handle") + ", not by " + handle.get());
        }
    }

    private static String text(Key.Endpoint key) {
        return Keys.endpoints(key.namespace()) + key.name();
    }
}
