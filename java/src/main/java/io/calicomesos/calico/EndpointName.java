package io.calicomesos.calico;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A WorkloadEndpoint's {@code metadata.name}, {@code <node>-<orchestrator>-<workload>-<endpoint>}: dashes inside a part
 * are doubled, so that the parts can be told apart. calicoctl refuses an endpoint whose name does not follow from its
 * spec, and Felix ignores it.
 *
 * @param node         the host
 * @param orchestrator {@code mesos}; others' are {@code cni} …
 * @param workload     the container
 * @param endpoint     the interface inside, {@code eth0}
 */
public record EndpointName(String node, String orchestrator, String workload, String endpoint) {
    /** Our orchestrator. */
    public static final String MESOS = "mesos";
    /** The longest endpoint part, dashes counted twice: twice an interface name of the kernel. */
    static final int MAX_ENDPOINT_ESCAPED = 30;

    private static final Pattern ENDPOINT = Pattern.compile("[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?");

    /** Refuses parts that cannot be told apart again: empty ones, and those that begin or end with a dash. */
    public EndpointName {
        checked("node", node);
        checked("orchestrator", orchestrator);
        checked("workload", workload);
        checked("endpoint", endpoint);
    }

    /**
     * The name of a Mesos container's endpoint; always one that calicoctl accepts.
     *
     * @param node     the host
     * @param workload the container
     * @param endpoint the interface inside: lower-case letters, digits and inner dashes, at most 15
     */
    public static EndpointName of(final NodeName node, final WorkloadName workload, final String endpoint) {
        if (!ENDPOINT.matcher(endpoint).matches()) {
            throw new IllegalArgumentException("endpoint '" + endpoint
                + "': must be 1..15 lower-case letters, digits and inner dashes, as in eth0");
        }
        return new EndpointName(node.value(), MESOS, workload.value(), endpoint);
    }

    /**
     * Reads a name.
     *
     * @param name a WorkloadEndpoint's {@code metadata.name}
     * @return its parts; empty if it does not have four
     */
    public static Optional<EndpointName> parse(final String name) {
        final List<String> parts = new ArrayList<>(4);
        final StringBuilder part = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            final char c = name.charAt(i);
            if (c != '-') {
                part.append(c);
            } else if (i + 1 < name.length() && name.charAt(i + 1) == '-') {
                part.append(c);
                i++;
            } else {
                parts.add(part.toString());
                part.setLength(0);
            }
        }
        parts.add(part.toString());
        if (parts.size() != 4 || parts.stream().anyMatch(p -> !separable(p))) {
            return Optional.empty();
        }
        return Optional.of(new EndpointName(parts.get(0), parts.get(1), parts.get(2), parts.get(3)));
    }

    /** How all names of a node's Mesos endpoints begin, for a range read; that of no other node. */
    public static String prefixOf(final NodeName node) {
        return escaped(node.value()) + "-" + MESOS + "-";
    }

    @Override
    public String toString() {
        return escaped(node) + "-" + escaped(orchestrator) + "-" + escaped(workload) + "-" + escaped(endpoint);
    }

    /** A part as it stands in a name. */
    public static String escaped(final String part) {
        return part.replace("-", "--");
    }

    private static void checked(final String field, final String value) {
        if (!separable(value)) {
            throw new IllegalArgumentException("endpoint name's " + field + " '" + value + "': must not be empty, nor begin or end with '-'");
        }
    }

    private static boolean separable(final String part) {
        return !part.isEmpty() && part.charAt(0) != '-' && part.charAt(part.length() - 1) != '-';
    }
}
