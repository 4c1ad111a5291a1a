package io.calicomesos.calico;

import java.util.Optional;

/**
 * The IPAM handle under which a container's addresses are held: {@code /calico/ipam/v2/handle/<id>}.
 *
 * @param value {@code mesos.<node>.<workload>}; others' have other forms
 */
public record HandleId(String value) {
    private static final String PREFIX = EndpointName.MESOS + ".";

    /** Refuses what cannot stand in a key. */
    public HandleId {
        if (value.isEmpty() || value.indexOf('/') >= 0) {
            throw new IllegalArgumentException("handle '" + value + "': must not be empty nor contain '/'");
        }
    }

    /**
     * The handle of a container. The node is part of it, since two agents may each have a standalone container of one id.
     *
     * @param node     the host on which it runs
     * @param workload the container
     */
    public static HandleId of(final NodeName node, final WorkloadName workload) {
        return new HandleId(prefixOf(node) + workload);
    }

    /**
     * How the handles of all containers of a host begin.
     *
     * @param node the host
     */
    public static String prefixOf(final NodeName node) {
        return PREFIX + node + ".";
    }

    /**
     * The container of a host whose handle this is.
     *
     * @param node the host
     * @return empty for handles of other hosts and orchestrators
     */
    public Optional<WorkloadName> workloadOn(final NodeName node) {
        final String prefix = prefixOf(node);
        return value.startsWith(prefix) ? WorkloadName.parse(value.substring(prefix.length())) : Optional.empty();
    }

    /**
     * The host of the Mesos container whose handle this is. A workload has no dot, a host may have some.
     *
     * @return empty for handles of other orchestrators
     */
    public Optional<NodeName> node() {
        final int end = value.lastIndexOf('.');
        if (!value.startsWith(PREFIX) || end <= PREFIX.length()) {
            return Optional.empty();
        }
        try {
            final NodeName node = new NodeName(value.substring(PREFIX.length(), end));
            return workloadOn(node).map(workload -> node);
        } catch (final IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
