package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Networks by what they contain. A look-up takes a step for each prefix length that occurs, however many networks there are. */
final class AuditNetworks {
    private final Set<Cidr> networks;
    private final Map<Integer, Set<Integer>> lengths = new TreeMap<>();

    /** Of these, of both families. */
    AuditNetworks(Collection<Cidr> networks) {
        this.networks = new HashSet<>(networks);
        for (Cidr each : networks) {
            lengths.computeIfAbsent(each.addressBits(), bits -> new TreeSet<>(Comparator.reverseOrder()))
                    .add(each.prefixLength());
        }
    }

    /** Those that contain an address, the smallest first. */
    List<Cidr> containing(InetAddress address) {
        return containing(Cidr.of(address)).toList();
    }

    /** Those that contain a network, without itself, the smallest first. */
    List<Cidr> around(Cidr network) {
        return containing(network).filter(each -> !each.equals(network)).toList();
    }

    private Stream<Cidr> containing(Cidr network) {
        return lengths.getOrDefault(network.addressBits(), Set.of()).stream().filter(length -> length <= network.prefixLength())
                .map(length -> Cidr.containing(network.network(), length)).filter(networks::contains);
    }
}
