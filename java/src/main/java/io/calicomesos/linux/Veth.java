package io.calicomesos.linux;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A pair of interfaces: one end on the host, its peer in a container's network namespace.
 *
 * @param networkNamespace   the container's: {@code /proc/<pid>/ns/net}, or where such a file is bound; absolute
 * @param hostInterface      the host end's name, 1 to 15 characters
 * @param containerInterface the container end's name, 1 to 15 characters
 * @param containerMac       the container end's MAC, six pairs of hex digits with colons between; unicast, and not the
 *                           {@code ee:ee:ee:ee:ee:ee} that every host end has
 * @param mtu                of both ends, in bytes: 68 to 65535, or from 1280 if there is an IPv6 address
 * @param addresses          the container's, at least one, IPv4 and IPv6, each a /32 or /128
 * @param defaultRoute       whether the container's traffic goes through this pair. Through any other pair go just the
 *                           answers to what came to its addresses
 * @param txQueueLength      of both ends, packets; none: the kernel's own, 1000
 * @param ingress            what the container receives at most; none: no limit
 * @param egress             what it sends at most, likewise; where it cannot lift it, whatever capabilities it has
 */
public record Veth(
        String networkNamespace,
        String hostInterface,
        String containerInterface,
        String containerMac,
        int mtu,
        List<InetAddress> addresses,
        boolean defaultRoute,
        OptionalInt txQueueLength,
        Optional<TokenBucket> ingress,
        Optional<TokenBucket> egress) {
    /** The MAC of every host end, as Calico has it. */
    public static final String HOST_MAC = "ee:ee:ee:ee:ee:ee";

    private static final Pattern MAC = Pattern.compile("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}");
    private static final int MIN_MTU = 68;
    private static final int MIN_MTU_V6 = 1280;
    private static final int MAX_MTU = 65535;

    /** @throws IllegalArgumentException if a field is not as said above; the message names it and its value */
    public Veth {
        if (!networkNamespace.startsWith("/") || networkNamespace.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("networkNamespace \"" + networkNamespace + "\" is not an absolute path");
        }
        InterfaceName.check(hostInterface, "hostInterface");
        InterfaceName.check(containerInterface, "containerInterface");
        checkMac(containerMac);
        addresses = List.copyOf(addresses);
        checkAddresses(addresses);
        int least = addresses.stream().anyMatch(Inet6Address.class::isInstance) ? MIN_MTU_V6 : MIN_MTU;
        if (mtu < least || mtu > MAX_MTU) {
            throw new IllegalArgumentException("mtu " + mtu + " is not between " + least + " and " + MAX_MTU);
        }
        if (txQueueLength.isPresent() && txQueueLength.getAsInt() < 1) {
            throw new IllegalArgumentException("txQueueLength " + txQueueLength.getAsInt() + " is less than 1");
        }
    }

    /** A pair without limits, with the kernel's own queue length; the parameters are the record's. */
    public Veth(
            String networkNamespace,
            String hostInterface,
            String containerInterface,
            String containerMac,
            int mtu,
            List<InetAddress> addresses,
            boolean defaultRoute) {
        this(networkNamespace, hostInterface, containerInterface, containerMac, mtu, addresses, defaultRoute,
                OptionalInt.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * Makes the pair in the kernel, with everything that Calico gives a workload, or nothing: what was made before a
     * step failed is taken away again.
     *
     * <p>On the host: the host end, up, with {@link #HOST_MAC}; {@code proxy_arp}, {@code forwarding},
     * {@code route_localnet} 1 and {@code proxy_delay} 0; with IPv6 {@code proxy_ndp}, {@code forwarding} 1 and
     * {@code accept_dad}, {@code disable_ipv6} 0; {@code accept_ra} 0; to each address a route and a permanent
     * neighbour. In the container: {@code lo} and the container end, up; the addresses; the next hop 169.254.1.1, or
     * fe80::ecee:eeff:feee:eeee, as a permanent neighbour, and the default route through it; {@code ip_forward} and
     * {@code net.ipv6.conf.all.forwarding} 0, {@code disable_ipv6} 0 with IPv6. The limits are a tbf on the host end, and one
     * on an {@link EgressDevice}, to which the host end redirects what comes from the container.
     *
     * <p>The host forwards IPv4 from the container at once; IPv6 only if {@code net.ipv6.conf.all.forwarding} is 1.
     * That is not touched, nor is {@code net.ipv4.ip_forward}, which what comes back needs ({@link Sysctl}).
     *
     * <p>Takes about a millisecond; any number of threads may call it. When it returns, IPv4 packets flow both ways;
     * IPv6 some moments later, when the kernel has seen to the address.
     *
     * @throws LinuxException with the step that failed. ENOENT: the container's process has gone. EEXIST: there is an
     *                        interface of that name, or another route to one of the addresses; it is left as it is.
     *                        EINVAL: the namespace is this process's own
     */
    public void attach() throws LinuxException {
        byte[] mac = HexFormat.ofDelimiter(":").parseHex(containerMac);
        NativeLibrary.loaded()
                .attachVeth(
                        networkNamespace,
                        hostInterface,
                        containerInterface,
                        mac,
                        mtu,
                        octets(addresses),
                        defaultRoute,
                        txQueueLength.orElse(-1),
                        ingress.map(TokenBucket::rate).orElse(0L),
                        ingress.map(TokenBucket::burst).orElse(0L),
                        egress.map(TokenBucket::rate).orElse(0L),
                        egress.map(TokenBucket::burst).orElse(0L),
                        EgressDevice.of(hostInterface));
    }

    /**
     * Takes a pair away, with its routes and limits. The kernel takes some 20 milliseconds over it, of several pairs at once.
     *
     * @param hostInterface the host end's name
     * @return whether there was one
     * @throws LinuxException if there is one and it cannot be taken away
     */
    public static boolean detach(String hostInterface) throws LinuxException {
        InterfaceName.check(hostInterface, "hostInterface");
        boolean detached = NativeLibrary.loaded().detachVeth(hostInterface);
        EgressDevice.remove(hostInterface);
        return detached;
    }

    /**
     * Takes of a pair what others may need: the routes to its addresses. The rest is for {@link #deleteDiscarded} to take away, and
     * marked for it in the kernel, so that it is also done should this process end before. Some ten microseconds, where
     * {@link #detach} waits for the kernel's RCU.
     *
     * @param hostInterface the host end's name
     * @param addresses     the container's
     * @return whether there was such a pair
     * @throws LinuxException if there is one and it cannot be discarded
     */
    public static boolean discard(String hostInterface, List<InetAddress> addresses) throws LinuxException {
        InterfaceName.check(hostInterface, "hostInterface");
        return NativeLibrary.loaded().discardVeth(hostInterface, octets(addresses), EgressDevice.of(hostInterface));
    }

    /**
     * Takes all pairs away that were discarded, with their limits, also by another process before this one. Some 20 milliseconds, for
     * however many.
     *
     * @throws LinuxException if they cannot be taken away
     */
    public static void deleteDiscarded() throws LinuxException {
        NativeLibrary.loaded().deleteDiscarded();
    }

    private static byte[][] octets(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getAddress).toArray(byte[][]::new);
    }

    /**
     * The host ends that there are; of all kinds of interfaces, just veth.
     *
     * @param prefix what their names begin with; empty for all
     * @return their names, in no order
     * @throws LinuxException if the kernel does not tell
     */
    public static List<String> list(String prefix) throws LinuxException {
        return List.of(NativeLibrary.loaded().listVeths(prefix));
    }

    /**
     * @param hostInterface a name
     * @return whether this host has an interface of that name, of whatever kind
     * @throws LinuxException if the kernel does not tell
     */
    public static boolean exists(String hostInterface) throws LinuxException {
        InterfaceName.check(hostInterface, "hostInterface");
        return NativeLibrary.loaded().interfaceExists(hostInterface);
    }

    private static void checkMac(String mac) {
        if (!MAC.matcher(mac).matches()) {
            throw new IllegalArgumentException(
                    "containerMac \"" + mac + "\" is not six pairs of hex digits with colons between");
        }
        boolean multicast = (HexFormat.fromHexDigits(mac, 0, 2) & 1) != 0;
        if (multicast || mac.equals("00:00:00:00:00:00") || mac.equalsIgnoreCase(HOST_MAC)) {
            throw new IllegalArgumentException("containerMac " + mac
                    + " is not one of a container: it must be unicast, and neither zero nor " + HOST_MAC);
        }
    }

    private static void checkAddresses(List<InetAddress> addresses) {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("addresses are none");
        }
        var seen = new HashSet<InetAddress>();
        for (InetAddress address : addresses) {
            if (address.isAnyLocalAddress() || address.isLoopbackAddress() || address.isMulticastAddress()
                    || address.isLinkLocalAddress()) {
                throw new IllegalArgumentException(
                        "addresses has " + address.getHostAddress() + ", which no container can have");
            }
            if (!seen.add(address)) {
                throw new IllegalArgumentException("addresses has " + address.getHostAddress() + " twice");
            }
        }
    }
}
