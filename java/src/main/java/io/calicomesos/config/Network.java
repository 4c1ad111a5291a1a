package io.calicomesos.config;

import java.util.List;
import java.util.Optional;

/**
 * A network that a NetworkInfo can name.
 *
 * @param name as in {@code NetworkInfo.name}
 * @param netgroups the netgroups of a container that joins it without naming groups of its own
 * @param pools the IPPools that its addresses come from, by name or by network; none: any that selects the host
 * @param dns of the containers that join it; none: that of the parameter {@code dns}
 */
public record Network(String name, List<String> netgroups, List<String> pools, Optional<Dns> dns) {
    /** That of a NetworkInfo which names none. */
    public static final Network UNNAMED = new Network("", List.of(), List.of(), Optional.empty());

    /** Copies. */
    public Network {
        netgroups = List.copyOf(netgroups);
        pools = List.copyOf(pools);
    }
}
