package io.calicomesos.doctor;

import java.util.List;
import java.util.Optional;

/** Whether the kernel can follow more connections: when its table is full, new ones are dropped. */
public final class ConnectionsCheck implements Check {
    private static final int FULL_PERCENT = 90;

    private final ProcSys settings;

    /**
     * Prepares.
     *
     * @param settings the kernel's
     */
    public ConnectionsCheck(ProcSys settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "connections";
    }

    @Override
    public List<String> troubles() {
        Optional<Long> count = settings.read("net/netfilter/nf_conntrack_count").map(Long::parseLong);
        Optional<Long> most = settings.read("net/netfilter/nf_conntrack_max").map(Long::parseLong);
        if (count.isEmpty() || most.isEmpty() || most.get() == 0 || count.get() * 100 < most.get() * FULL_PERCENT) {
            return List.of();
        }
        return List.of("the kernel follows " + count.get() + " connections of at most " + most.get() + " (net.netfilter.nf_conntrack_max): "
                + "when it is full, new ones are dropped. Raise it with sysctl");
    }
}
