package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A container of this host, as an enforcer is told of it.
 *
 * @param key its key in etcd
 * @param node the host it lives on, Calico's {@code spec.node}
 * @param interfaceName the host end of its veth
 * @param profiles its profiles, in order; a netgroup is one
 * @param addresses its addresses, IPv4 and IPv6, without prefix length; in any spelling, kept in the shortest
 */
public record Member(String key, String node, String interfaceName, List<String> profiles, Set<String> addresses) {
    /**
     * Copies. An address has one text from here on: two spellings would be counted as two, and be one in the kernel.
     *
     * @throws IllegalArgumentException if an address is none
     */
    public Member {
        profiles = List.copyOf(profiles);
        addresses = addresses.stream().map(Cidr::parseAddress).map(InetAddresses::toAddrString)
                .collect(Collectors.toUnmodifiableSet());
    }
}
