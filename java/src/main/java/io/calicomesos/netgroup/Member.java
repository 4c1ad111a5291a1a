package io.calicomesos.netgroup;

import java.util.Set;

/**
 * An endpoint as an enforcer sees it.
 *
 * @param key its key in etcd
 * @param node the host it lives on, Calico's {@code spec.node}
 * @param interfaceName the host end of its veth
 * @param profiles its profiles; a netgroup is one
 * @param addresses its IPv4 addresses, without prefix length
 */
public record Member(String key, String node, String interfaceName, Set<String> profiles, Set<String> addresses) {
    /** Copies the sets. */
    public Member {
        profiles = Set.copyOf(profiles);
        addresses = Set.copyOf(addresses);
    }
}
