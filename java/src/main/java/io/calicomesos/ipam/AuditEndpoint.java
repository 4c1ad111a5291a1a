package io.calicomesos.ipam;

import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.WorkloadEndpoint;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What an audit keeps of a WorkloadEndpoint.
 *
 * @param name its parts, as its key says
 * @param addresses all that it has
 */
record AuditEndpoint(EndpointName name, Set<InetAddress> addresses) {
    /**
     * Of a value.
     *
     * @param name as its key says
     * @param endpoint the value
     * @throws IllegalArgumentException if it has what is no single address
     */
    static AuditEndpoint of(EndpointName name, WorkloadEndpoint endpoint) {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        endpoint.spec().networks().forEach(each -> {
            if (each.prefixLength() != each.addressBits()) {
                throw new IllegalArgumentException(
                        "ipNetworks: " + each + " is not a single address, must be /" + each.addressBits());
            }
            addresses.add(each.network());
        });
        return new AuditEndpoint(name, addresses);
    }

    /**
     * What in a value contradicts its key: Felix then ignores it, and calicoctl refuses it.
     *
     * @param key the key
     * @param name the key's parts
     * @param endpoint the value
     */
    static Optional<String> contradiction(Key.Endpoint key, EndpointName name, WorkloadEndpoint endpoint) {
        WorkloadEndpoint.Spec spec = endpoint.spec();
        if (!Objects.equals(key.name(), endpoint.metadata().name())) {
            return Optional.of("metadata.name is " + endpoint.metadata().name());
        } else if (!Objects.equals(key.namespace(), endpoint.metadata().namespace())) {
            return Optional.of("metadata.namespace is " + endpoint.metadata().namespace());
        } else if (!name.node().equals(spec.node())) {
            return Optional.of("spec.node is " + spec.node());
        } else if (!name.orchestrator().equals(spec.orchestrator())) {
            return Optional.of("spec.orchestrator is " + spec.orchestrator());
        } else if (isOurs(name) && !name.workload().equals(spec.workload())) {
            return Optional.of("spec.workload is " + spec.workload()); // Others' have it elsewhere: pod, containerID.
        }
        return Optional.empty();
    }

    /** The handle that must hold the addresses; empty for other orchestrators', which have their own ways. */
    static Optional<String> handleOf(EndpointName name) {
        return isOurs(name) ? Optional.of(EndpointName.MESOS + "." + name.node() + "." + name.workload()) : Optional.empty();
    }

    private static boolean isOurs(EndpointName name) {
        return name.orchestrator().equals(EndpointName.MESOS);
    }
}
