package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An address of an endpoint, in a third of the memory of an {@link InetAddress}.
 *
 * @param ipv6 whether it is of IPv6
 * @param high the first 64 bits; 0 for IPv4
 * @param low the last 64 bits, or the 32 of IPv4
 */
record Address(boolean ipv6, long high, long low) {
    static Address of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.capacity() == Integer.BYTES
                ? new Address(false, 0, Integer.toUnsignedLong(bytes.getInt()))
                : new Address(true, bytes.getLong(), bytes.getLong());
    }

    InetAddress inet() {
        ByteBuffer bytes = ipv6
                ? ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low)
                : ByteBuffer.allocate(Integer.BYTES).putInt((int) low);
        try {
            return InetAddress.getByAddress(bytes.array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.capacity() + " bytes", e);
        }
    }

    /** As a network of its own. */
    Cidr cidr() {
        return Cidr.of(inet());
    }

    /** As nft reads and prints it: in the shortest spelling. */
    @Override
    public String toString() {
        return InetAddresses.toAddrString(inet());
    }
}
