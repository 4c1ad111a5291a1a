package io.calicomesos.doctor;

import java.util.List;
import java.util.Optional;

/** Whether this host forwards: the builtin enforcer switches it on, but somebody may switch it off. */
public final class ForwardingCheck implements Check {
    private final ProcSys settings;

    /**
     * Prepares.
     *
     * @param settings the kernel's
     */
    public ForwardingCheck(ProcSys settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "forwarding";
    }

    @Override
    public List<String> troubles() {
        return settings.read("net/ipv4/ip_forward").equals(Optional.of("0"))
                ? List.of("net.ipv4.ip_forward is 0: containers reach nobody but this host. Set it to 1 with sysctl, and look in /etc/sysctl.d "
                        + "for who switches it off")
                : List.of();
    }
}
