package io.calicomesos.doctor;

import com.google.common.io.BaseEncoding;
import com.google.common.primitives.Ints;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whether a network that this host has a route to overlaps a pool: who is there is cut off, and containers get addresses that are taken.
 * Routes to other hosts' containers lie in pools and are none.
 */
public final class RoutesCheck implements Check {
    /** Of containers and tunnels, and of routes that lead nowhere. */
    private static final Pattern OURS = Pattern.compile("cali.*|tunl\\d+|vxlan.*|wireguard.*|lo|\\*");

    private static final long REJECT = 0x200; // RTF_REJECT

    private final Collection<IpPool> pools;
    private final Path tables;
    private final Optional<Set<InetAddress>> gateways;

    /**
     * Prepares.
     *
     * @param pools all that there are
     * @param tables where the kernel's are: {@code /proc/net}
     * @param gateways the addresses of the hosts, by which other hosts' containers are reached; none: they may be reached by any router,
     *     and only networks that this host is connected to are looked at
     */
    public RoutesCheck(Collection<IpPool> pools, Path tables, Optional<Set<InetAddress>> gateways) {
        this.pools = pools;
        this.tables = tables;
        this.gateways = gateways;
    }

    @Override
    public String name() {
        return "routes";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (Route each : routes()) {
            boolean connected = each.gateway().isAnyLocalAddress();
            if (OURS.matcher(each.device()).matches() || each.network().prefixLength() == 0
                    || !connected && (gateways.isEmpty() || gateways.get().contains(each.gateway()))) {
                continue;
            }
            pools.stream().filter(pool -> pool.spec().cidr().overlaps(each.network())).forEach(pool -> troubles.add(
                    "IPPool " + pool.metadata().name() + " (" + pool.spec().cidr() + ") overlaps " + each.network() + ", which "
                            + (connected ? "is on " + each.device() + " of this host" : "this host reaches by " + each.gateway().getHostAddress()
                                    + " on " + each.device()) + ": give the pool another network"));
        }
        return troubles;
    }

    /**
     * A route.
     *
     * @param network where it leads
     * @param gateway by whom; all zeros if it is reached at once
     * @param device by which
     */
    private record Route(Cidr network, InetAddress gateway, String device) {}

    private List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(tables.resolve("route")).stream().skip(1).toList()) { // Behind the heading.
                String[] fields = line.split("\\s+");
                routes.add(new Route(
                        Cidr.containing(address4(fields[1]), Integer.bitCount((int) Long.parseLong(fields[7], 16))), address4(fields[2]),
                        fields[0]));
            }
            Path v6 = tables.resolve("ipv6_route"); // A kernel without IPv6 has none.
            for (String line : Files.exists(v6) ? Files.readAllLines(v6) : List.<String>of()) {
                String[] fields = line.split("\\s+");
                if ((Long.parseLong(fields[8], 16) & REJECT) == 0) {
                    routes.add(new Route(
                            Cidr.containing(address6(fields[0]), Integer.parseInt(fields[1], 16)), address6(fields[4]), fields[9]));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return routes;
    }

    /** As the kernel prints it: the bytes of the address in the order of this machine. */
    private static InetAddress address4(String hexadecimal) {
        int number = (int) Long.parseLong(hexadecimal, 16);
        return address(Ints.toByteArray(ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Integer.reverseBytes(number)));
    }

    private static InetAddress address6(String hexadecimal) {
        return address(BaseEncoding.base16().lowerCase().decode(hexadecimal));
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
