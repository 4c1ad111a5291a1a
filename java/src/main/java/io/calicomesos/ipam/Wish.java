package io.calicomesos.ipam;

import java.net.Inet4Address;
import java.net.InetAddress;

/** One address that a container wants. */
public sealed interface Wish {
    /** Of which family it is: 4 or 6. */
    int ipVersion();

    /**
     * That very one.
     *
     * @param address inside a pool
     */
    record This(InetAddress address) implements Wish {
        @Override
        public int ipVersion() {
            return address instanceof Inet4Address ? 4 : 6;
        }
    }

    /**
     * One of our choice.
     *
     * @param ipVersion 4 or 6
     */
    record Any(int ipVersion) implements Wish {}
}
