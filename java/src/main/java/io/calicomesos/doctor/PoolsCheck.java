package io.calicomesos.doctor;

import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Node;
import io.calicomesos.ipam.Pools;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether there is a pool that gives addresses to containers of this host. */
public final class PoolsCheck implements Check {
    private final Collection<IpPool> pools;
    private final Optional<Node> node;

    /**
     * Prepares.
     *
     * @param pools all that there are
     * @param node this host's
     */
    public PoolsCheck(Collection<IpPool> pools, Optional<Node> node) {
        this.pools = pools;
        this.node = node;
    }

    @Override
    public String name() {
        return "pools";
    }

    @Override
    public List<String> troubles() {
        if (pools.isEmpty()) {
            return List.of("there is no IPPool: no container can get an address. `calico-mesos init --pool CIDR` makes one");
        }
        Pools sorted = Pools.of(pools, node.map(each -> each.metadata().labels()).orElse(Map.of()));
        List<String> troubles = new ArrayList<>(sorted.problems());
        if (sorted.usable().isEmpty()) {
            troubles.add("no IPPool is in use: " + pools.stream().map(PoolsCheck::text).collect(Collectors.joining(", "))
                    + ". Enable one with calicoctl");
        } else if (sorted.selected().isEmpty()) {
            troubles.add("no IPPool selects this host: " + sorted.usable().stream()
                    .map(each -> each.metadata().name() + " has nodeSelector " + each.spec().nodeSelector())
                    .collect(Collectors.joining(", ")) + ". Label the Node, or change the selector, with calicoctl");
        }
        return troubles;
    }

    private static String text(IpPool pool) {
        return pool.metadata().name() + " is " + (pool.spec().disabled() ? "disabled" : "not for workloads, or unusable");
    }
}
