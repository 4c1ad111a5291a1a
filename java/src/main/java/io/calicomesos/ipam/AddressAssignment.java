package io.calicomesos.ipam;

import java.net.InetAddress;

/** What became of the wish for one address, {@link Block#assign(InetAddress, Attribute)}. */
public sealed interface AddressAssignment {
    /**
     * It was free.
     *
     * @param block the block to write
     */
    record Assigned(Block block) implements AddressAssignment {
    }

    /**
     * It was not.
     *
     * @param address which one
     * @param holder  who has it
     */
    record Held(InetAddress address, Attribute holder) implements AddressAssignment {
    }
}
