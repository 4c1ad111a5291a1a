package io.calicomesos.ipam;

import java.net.InetAddress;
import java.util.List;

/**
 * What {@link Block#assign(int, Attribute, java.util.function.Predicate)} gave.
 *
 * @param block     the block to write; the same as before if nothing was given
 * @param addresses the addresses, in the order in which they were given
 */
public record Assignment(Block block, List<InetAddress> addresses) {
    /** Copies. */
    public Assignment {
        addresses = List.copyOf(addresses);
    }
}
