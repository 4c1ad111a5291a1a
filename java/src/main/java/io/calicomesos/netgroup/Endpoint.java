package io.calicomesos.netgroup;

import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import io.calicomesos.calico.Cidr;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * An endpoint as the builtin enforcer remembers it. There is one on the heap for each endpoint of the cluster, so it holds little,
 * and shares what many have in common.
 *
 * @param id which endpoint it is
 * @param node the host it lives on, Calico's {@code spec.node}
 * @param interfaceName the host end of its veth, if it lives here
 * @param profiles its profiles, in order; a netgroup is one
 * @param addresses its addresses, IPv4 and IPv6, sorted
 */
record Endpoint(EndpointId id, String node, String interfaceName, List<String> profiles, List<Address> addresses) {
    private static final Comparator<Address> ORDER =
            Comparator.comparing(Address::ipv6).thenComparing(Address::high).thenComparing(Address::low);
    private static final Interner<String> NAMES = Interners.newWeakInterner();
    private static final Interner<List<String>> PROFILES = Interners.newWeakInterner();

    /**
     * An endpoint.
     *
     * @param key its key in etcd
     * @param node the host it lives on, Calico's {@code spec.node}
     * @param interfaceName the host end of its veth
     * @param profiles its profiles, in order; a netgroup is one
     * @param addresses its addresses, IPv4 and IPv6, without prefix length, in any spelling
     * @throws IllegalArgumentException if an address is none
     */
    static Endpoint of(
            String key, String node, String interfaceName, Collection<String> profiles, Collection<String> addresses) {
        return new Endpoint(
                EndpointId.of(key), NAMES.intern(node), interfaceName,
                PROFILES.intern(profiles.stream().map(NAMES::intern).distinct().toList()),
                List.copyOf(addresses.stream().map(Cidr::parseAddress).map(Address::of).distinct().sorted(ORDER).toList()));
    }

    /**
     * Whether it has an IPv6 address.
     *
     * @return then its host must forward IPv6
     */
    boolean hasIpv6() {
        return addresses.stream().anyMatch(Address::ipv6);
    }
}
