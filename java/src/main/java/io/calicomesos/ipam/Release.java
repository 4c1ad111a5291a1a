package io.calicomesos.ipam;

import java.net.InetAddress;
import java.util.List;

/** What {@link Block#release} took back. */
public sealed interface Release {
    /**
     * All that were held.
     *
     * @param block     the block to write; the same as before if nothing was held
     * @param addresses the ones that were held, and now are free
     * @param notHeld   the ones that were free already
     */
    record Released(Block block, List<InetAddress> addresses, List<InetAddress> notHeld) implements Release {
        /** Copies. */
        public Released {
            addresses = List.copyOf(addresses);
            notHeld = List.copyOf(notHeld);
        }
    }

    /**
     * Nothing: an address is held by somebody else than was expected.
     *
     * @param request        which one, and who was expected
     * @param holder         who has it
     * @param sequenceNumber with which it was given, 0 if that is not written
     */
    record Conflict(ReleaseRequest request, Attribute holder, long sequenceNumber) implements Release {
    }
}
