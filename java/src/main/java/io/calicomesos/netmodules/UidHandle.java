package io.calicomesos.netmodules;

import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The IPAM handles that hold what was allocated or reserved under a uid, until a container has it: one for each call, since
 * net-modules makes two for a container that wants some addresses by value and others not. They are named after this host and the uid
 * alone, so that whatever died, what a uid holds is found again.
 */
final class UidHandle {
    private static final String KIND = "net-modules";
    private static final int CALL_LENGTH = 8;

    private static final Pattern WORKLOAD = Pattern.compile(KIND + "-(.*-)?[0-9a-v]{31}-[0-9a-f]{" + CALL_LENGTH + "}");

    private UidHandle() {}

    /** A new one. */
    static HandleId next(NodeName node, String uid) {
        return new HandleId(prefix(node, uid) + UUID.randomUUID().toString().substring(0, CALL_LENGTH));
    }

    /** How all handles of a uid begin, and no others'. */
    static String prefix(NodeName node, String uid) {
        return HandleId.of(node, WorkloadName.of(List.of(KIND, uid))) + "-";
    }

    /** Whether a handle holds what no container has yet, under whatever uid, on this host. */
    static boolean isOne(NodeName node, HandleId handle) {
        Optional<WorkloadName> workload = handle.workloadOn(node);
        return workload.isPresent() && WORKLOAD.matcher(workload.get().value()).matches();
    }
}
