package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.Locale;

/**
 * The first packet of a connection.
 *
 * @param from the sender's address
 * @param to the receiver's address
 * @param protocol what it speaks
 * @param port the receiver's; of no meaning for ICMP
 */
public record Flow(InetAddress from, InetAddress to, Protocol protocol, int port) {
    /** What containers speak; ICMP is that of the addresses' family. */
    public enum Protocol {
        TCP, UDP, ICMP
    }

    /** 4 or 6, by the receiver. */
    int ipVersion() {
        return to.getAddress().length == 4 ? 4 : 6;
    }

    /** The protocol's name in Calico. */
    String protocolName() {
        return protocol == Protocol.ICMP && ipVersion() == 6 ? "ICMPv6" : protocol.name();
    }

    /** The protocol's number in IP. */
    int protocolNumber() {
        return switch (protocol) {
            case TCP -> 6;
            case UDP -> 17;
            case ICMP -> ipVersion() == 4 ? 1 : 58;
        };
    }

    @Override
    public String toString() {
        String end = protocol == Protocol.ICMP ? "" : " port " + port;
        return InetAddresses.toAddrString(from) + " to " + InetAddresses.toAddrString(to) + " by "
                + protocol.name().toLowerCase(Locale.ROOT) + end;
    }
}
