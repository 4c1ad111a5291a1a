package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An endpoint as an enforcer sees it.
 *
 * @param key its key in etcd
 * @param node the host it lives on, Calico's {@code spec.node}
 * @param interfaceName the host end of its veth
 * @param profiles its profiles; a netgroup is one
 * @param addresses its addresses, IPv4 and IPv6, without prefix length; in any spelling, kept in the shortest
 */
public record Member(String key, String node, String interfaceName, Set<String> profiles, Set<String> addresses) {
    /**
     * Copies the sets. An address has one text from here on: two spellings would be counted as two, and be one in the kernel.
     *
     * @throws IllegalArgumentException if an address is none
     */
    public Member {
        profiles = Set.copyOf(profiles);
        addresses = addresses.stream().map(Cidr::parseAddress).map(InetAddresses::toAddrString)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Whether it has an IPv6 address.
     *
     * @return then its host must forward IPv6
     */
    boolean hasIpv6() {
        return addresses.stream().anyMatch(each -> each.indexOf(':') >= 0);
    }
}
