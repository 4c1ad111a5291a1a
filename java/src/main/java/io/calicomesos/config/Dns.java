package io.calicomesos.config;

import java.util.List;
import java.util.Optional;

/**
 * How containers look names up; the fields of CNI's {@code dns}.
 *
 * @param nameservers their addresses, at least one
 * @param domain the containers' own
 * @param search the domains in which short names are looked up
 * @param options as in resolv.conf(5)
 */
public record Dns(List<String> nameservers, Optional<String> domain, List<String> search, List<String> options) {
    /** Copies. */
    public Dns {
        nameservers = List.copyOf(nameservers);
        search = List.copyOf(search);
        options = List.copyOf(options);
    }
}
