package io.calicomesos.ipam;

import java.net.InetAddress;

/** One address that a container wants. */
public sealed interface Wish {
    /**
     * That very one.
     *
     * @param address inside a pool
     */
    record This(InetAddress address) implements Wish {}

    /**
     * One of our choice.
     *
     * @param ipVersion 4 or 6
     */
    record Any(int ipVersion) implements Wish {}
}
