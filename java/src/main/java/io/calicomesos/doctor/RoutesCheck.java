package io.calicomesos.doctor;

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
import java.util.regex.Pattern;

/** Whether a network that this host is connected to overlaps a pool: who is there is cut off, and containers get addresses that are taken. */
public final class RoutesCheck implements Check {
    /** Of containers and tunnels, and of routes that lead nowhere. */
    private static final Pattern OURS = Pattern.compile("cali.*|tunl\\d+|vxlan.*|wireguard.*|lo|\\*");

    private final Collection<IpPool> pools;
    private final Path routes;

    /**
     * Prepares.
     *
     * @param pools all that there are
     * @param routes the kernel's table for IPv4: {@code /proc/net/route}
     */
    public RoutesCheck(Collection<IpPool> pools, Path routes) {
        this.pools = pools;
        this.routes = routes;
    }

    @Override
    public String name() {
        return "routes";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (Connected each : connected()) {
            pools.stream().filter(pool -> pool.spec().cidr().overlaps(each.network())).forEach(pool -> troubles.add(
                    "IPPool " + pool.metadata().name() + " (" + pool.spec().cidr() + ") overlaps " + each.network() + ", which is on "
                            + each.device() + " of this host: give the pool another network"));
        }
        return troubles;
    }

    /**
     * A network that is reached without a gateway.
     *
     * @param network its addresses
     * @param device by which
     */
    private record Connected(Cidr network, String device) {}

    private List<Connected> connected() {
        List<Connected> connected = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(routes).stream().skip(1).toList()) { // Behind the heading.
                String[] fields = line.split("\\s+");
                String device = fields[0];
                int mask = number(fields[7]);
                if (mask != 0 && number(fields[2]) == 0 && !OURS.matcher(device).matches()) {
                    connected.add(new Connected(Cidr.containing(address(number(fields[1])), Integer.bitCount(mask)), device));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return connected;
    }

    /** As the kernel prints it: the bytes of the address in the order of this machine. */
    private static int number(String hexadecimal) {
        return (int) Long.parseLong(hexadecimal, 16);
    }

    private static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(Ints.toByteArray(
                    ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Integer.reverseBytes(number)));
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
