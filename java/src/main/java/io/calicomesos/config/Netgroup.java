package io.calicomesos.config;

import java.util.List;

/**
 * What the operator says of a netgroup.
 *
 * @param name the netgroup's
 * @param pools the IPPools that its members' addresses come from, by name or by network; none: any
 */
public record Netgroup(String name, List<String> pools) {
    /** Copies. */
    public Netgroup {
        pools = List.copyOf(pools);
    }
}
