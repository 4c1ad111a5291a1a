package io.calicomesos.ipam;

import java.net.InetAddress;
import java.util.List;

/**
 * Addresses that a handle of a Mesos container holds and that no endpoint of this container has. A launch makes all three in one
 * transaction, so this is never one that is under way.
 *
 * @param handle which
 * @param node the host in its name
 * @param addresses in one block
 */
public record Leak(String handle, String node, List<InetAddress> addresses) {
    /** Copies. */
    public Leak {
        addresses = List.copyOf(addresses);
    }
}
