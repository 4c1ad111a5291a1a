package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * The addresses that are not to be given, from all IPReservations together.
 *
 * @param networks of both families, in any order, possibly overlapping
 */
public record Reservations(List<Cidr> networks) implements Predicate<InetAddress> {
    /** No reservation. */
    public static final Reservations NONE = new Reservations(List.of());

    /** Copies. */
    public Reservations {
        networks = List.copyOf(networks);
    }

    /** Whether an address is reserved. */
    @Override
    public boolean test(final InetAddress address) {
        return networks.stream().anyMatch(network -> network.contains(address));
    }

    /** Whether all addresses of a network are reserved, by one reservation or by several together. */
    public boolean coversAll(final Cidr network) {
        return covers(networks.stream().filter(network::overlaps).toList(), network);
    }

    private static boolean covers(final Collection<Cidr> reserved, final Cidr network) {
        if (reserved.stream().anyMatch(other -> other.contains(network))) {
            return true;
        }
        final List<Cidr> inside = reserved.stream().filter(network::contains).toList();
        final int half = network.prefixLength() + 1;
        return inside.size() > 1 && covers(inside, network.block(half, BigInteger.ZERO))
            && covers(inside, network.block(half, BigInteger.ONE));
    }
}
