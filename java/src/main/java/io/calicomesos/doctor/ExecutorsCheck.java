package io.calicomesos.doctor;

import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.netgroup.FelixEnforcer;
import java.util.List;
import java.util.Map;

/** With the enforcer felix: whether Felix lets through what executors in containers send to their agent. */
public final class ExecutorsCheck implements Check {
    private final String node;
    private final Map<String, FelixConfiguration> configurations;

    /**
     * Prepares.
     *
     * @param node {@code node_name}
     * @param configurations Felix's settings, by their names
     */
    public ExecutorsCheck(String node, Map<String, FelixConfiguration> configurations) {
        this.node = node;
        this.configurations = Map.copyOf(configurations);
    }

    @Override
    public String name() {
        return "executors";
    }

    @Override
    public List<String> troubles() {
        return FelixEnforcer.hostActionComplaint(configurations, node).stream().toList();
    }
}
