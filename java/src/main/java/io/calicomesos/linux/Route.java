package io.calicomesos.linux;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/**
 * A route of the host, in its main table, with one next hop or none.
 *
 * @param destination the network's first address: its bits beyond the prefix are 0
 * @param prefix      the network's prefix length in bits, 0 to 32, or to 128 for IPv6
 * @param type        whether packets go on or are dropped
 * @param gateway     the next hop, of the destination's family; none if the destination is on the device's link
 * @param device      the interface, 1 to 15 characters; none for the one that leads to the gateway. A listed unicast
 *                    route always has one
 * @param onlink      whether to believe that the gateway is on the device's link, whatever the other routes say
 * @param protocol    who made the route, 1 to 255: rtnetlink's number, {@link #PROTOCOL} for us
 */
public record Route(
        InetAddress destination,
        int prefix,
        Type type,
        Optional<InetAddress> gateway,
        Optional<String> device,
        boolean onlink,
        int protocol) {
    /**
     * Our number as a maker of routes: 77, which neither the kernel nor iproute2 (rt_protos), FRR or Calico (80) has
     * taken; {@code ip route show proto 77} shows our routes.
     */
    public static final int PROTOCOL = 77;

    /** What becomes of a packet. */
    public enum Type {
        /** It goes on, to the gateway or the device. */
        UNICAST,
        /** It is dropped, without a word to its sender. */
        BLACKHOLE
    }

    /** @throws IllegalArgumentException if a field is not as said above; the message names it and its value */
    public Route {
        int bits = destination.getAddress().length * Byte.SIZE;
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException("prefix " + prefix + " is not between 0 and " + bits);
        }
        if (!isNetwork(destination.getAddress(), prefix)) {
            throw new IllegalArgumentException("destination " + destination.getHostAddress()
                    + " has bits beyond its prefix of " + prefix);
        }
        if (type == Type.BLACKHOLE && (gateway.isPresent() || device.isPresent() || onlink)) {
            throw new IllegalArgumentException("a blackhole has neither gateway nor device");
        }
        if (type == Type.UNICAST && gateway.isEmpty() && device.isEmpty()) {
            throw new IllegalArgumentException("neither gateway nor device is given");
        }
        if (gateway.isPresent() && gateway.get().getAddress().length != destination.getAddress().length) {
            throw new IllegalArgumentException("gateway " + gateway.get().getHostAddress()
                    + " is not of the family of " + destination.getHostAddress());
        }
        device.ifPresent(name -> InterfaceName.check(name, "device"));
        if (onlink && (gateway.isEmpty() || device.isEmpty())) {
            throw new IllegalArgumentException("onlink needs both gateway and device");
        }
        if (protocol < 1 || protocol > 255) {
            throw new IllegalArgumentException("protocol " + protocol + " is not between 1 and 255");
        }
    }

    /**
     * Our route to a network behind another host.
     *
     * @param destination the network's first address
     * @param prefix      its prefix length in bits
     * @param gateway     the other host, which another route already leads to
     * @return the route, not yet made
     */
    public static Route via(InetAddress destination, int prefix, InetAddress gateway) {
        return new Route(destination, prefix, Type.UNICAST, Optional.of(gateway), Optional.empty(), false, PROTOCOL);
    }

    /**
     * Our route that drops what no more specific route takes.
     *
     * @param destination the network's first address
     * @param prefix      its prefix length in bits
     * @return the route, not yet made
     */
    public static Route blackhole(InetAddress destination, int prefix) {
        return new Route(
                destination, prefix, Type.BLACKHOLE, Optional.empty(), Optional.empty(), false, PROTOCOL);
    }

    /**
     * Makes the route, in place of the one that is there for this destination, whoever made that.
     *
     * @throws LinuxException if the kernel refuses. ENODEV: there is no such interface. ENETUNREACH, EHOSTUNREACH or
     *                        EINVAL: no other route leads to the gateway
     */
    public void replace() throws LinuxException {
        NativeLibrary.loaded()
                .replaceRoute(
                        destination.getAddress(),
                        prefix,
                        type == Type.BLACKHOLE,
                        gatewayOctets(),
                        device.orElse(null),
                        onlink,
                        protocol);
    }

    /**
     * Takes the route away if it is there, with this type, gateway, device (if given) and protocol; never another.
     *
     * @return whether it was there
     * @throws LinuxException if it is there and the kernel refuses
     */
    public boolean delete() throws LinuxException {
        return NativeLibrary.loaded()
                .deleteRoute(
                        destination.getAddress(),
                        prefix,
                        type == Type.BLACKHOLE,
                        gatewayOctets(),
                        device.orElse(null),
                        onlink,
                        protocol);
    }

    /**
     * The routes of this host's main table that one protocol made. Those to containers, which {@link Veth#attach}
     * makes, are not among those of {@link #PROTOCOL}: they come and go with their interface.
     *
     * @param protocol who made them, 1 to 255
     * @return the routes, IPv4 before IPv6
     * @throws LinuxException if the kernel does not tell
     */
    public static List<Route> list(int protocol) throws LinuxException {
        if (protocol < 1 || protocol > 255) {
            throw new IllegalArgumentException("protocol " + protocol + " is not between 1 and 255");
        }
        return List.of(NativeLibrary.loaded().listRoutes(protocol));
    }

    private static boolean isNetwork(byte[] octets, int prefix) {
        for (int bit = prefix; bit < octets.length * Byte.SIZE; bit++) {
            if ((octets[bit / Byte.SIZE] & 0x80 >> bit % Byte.SIZE) != 0) {
                return false;
            }
        }
        return true;
    }

    private byte[] gatewayOctets() {
        return gateway.map(InetAddress::getAddress).orElse(null);
    }

    // Called by NativeLibrary.listRoutes; gateway and device may be null.
    private static Route of(
            byte[] destination,
            int prefix,
            boolean blackhole,
            byte[] gateway,
            String device,
            boolean onlink,
            int protocol)
            throws UnknownHostException {
        return new Route(
                InetAddress.getByAddress(destination),
                prefix,
                blackhole ? Type.BLACKHOLE : Type.UNICAST,
                gateway == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(gateway)),
                Optional.ofNullable(device),
                onlink,
                protocol);
    }
}
