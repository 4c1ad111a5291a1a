package io.calicomesos.config;

import java.util.List;

/**
 * A network that a NetworkInfo can name.
 *
 * @param name as in {@code NetworkInfo.name}
 * @param netgroups the netgroups of a container that joins it without naming groups of its own
 * @param pools the IPPools that its addresses come from, by name or by network; none: any that selects the host
 */
public record Network(String name, List<String> netgroups, List<String> pools) {
    /** That of a NetworkInfo which names none. */
    public static final Network UNNAMED = new Network("", List.of(), List.of());

    /** Copies. */
    public Network {
        netgroups = List.copyOf(netgroups);
        pools = List.copyOf(pools);
    }
}
