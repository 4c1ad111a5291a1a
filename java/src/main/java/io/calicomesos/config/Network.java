package io.calicomesos.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A network that a NetworkInfo can name.
 *
 * @param name as in {@code NetworkInfo.name}
 * @param netgroups the netgroups of a container that joins it without naming groups of its own
 * @param pools the IPPools that its addresses come from, by name or by network; none: any that selects the host
 * @param ipVersions of a container that asks for no addresses: for each, 4 or 6, it gets one; at least one
 * @param dns of the containers that join it; none: that of the parameter {@code dns}
 * @param mtu of the containers' interfaces, in bytes; none: that of the parameter {@code mtu}
 * @param txQueueLength of the containers' interfaces, packets; none: the kernel's own
 * @param sysctls of the containers' network namespaces: values by name, which begins with {@code net.} or {@code net/}
 * @param bandwidth what each container may receive and send at most
 */
public record Network(
        String name, List<String> netgroups, List<String> pools, List<Integer> ipVersions, Optional<Dns> dns, OptionalInt mtu,
        OptionalInt txQueueLength, Map<String, String> sysctls, Bandwidth bandwidth) {
    /** That of a NetworkInfo which names none. */
    public static final Network UNNAMED = new Network("", List.of(), List.of(), List.of(4), Optional.empty());

    /** Copies. */
    public Network {
        netgroups = List.copyOf(netgroups);
        pools = List.copyOf(pools);
        ipVersions = List.copyOf(ipVersions);
        sysctls = Map.copyOf(sysctls);
    }

    /** One of whose interfaces nothing is said; the parameters are the record's. */
    public Network(String name, List<String> netgroups, List<String> pools, List<Integer> ipVersions, Optional<Dns> dns) {
        this(name, netgroups, pools, ipVersions, dns, OptionalInt.empty(), OptionalInt.empty(), Map.of(), Bandwidth.UNLIMITED);
    }
}
