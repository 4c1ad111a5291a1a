package io.calicomesos.calico;

import java.util.regex.Pattern;

/**
 * A host's name as Calico holds it: in {@code Node.metadata.name}, in endpoints, block affinities and their keys.
 *
 * @param value a lower-case DNS subdomain, short enough that the names of the node's endpoints fit into Calico's 253
 */
public record NodeName(String value) {
    /** What Calico allows as a resource's name. */
    static final Pattern SUBDOMAIN = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    /** The longest name of a resource. */
    static final int MAX_RESOURCE_NAME = 253;
    /** The longest node name, dashes counted twice: what the longest workload and endpoint leave of an endpoint's name. */
    static final int MAX_ESCAPED = MAX_RESOURCE_NAME - "-mesos-".length() - WorkloadName.MAX_ESCAPED
        - 1 - EndpointName.MAX_ENDPOINT_ESCAPED;

    /** Refuses what Calico cannot hold. */
    public NodeName {
        if (!SUBDOMAIN.matcher(value).matches()) {
            throw new IllegalArgumentException("node name '" + value + "': Calico allows lower-case letters, digits, '-' and '.',"
                + " each part between dots beginning and ending with a letter or digit");
        }
        final int escaped = EndpointName.escaped(value).length();
        if (escaped > MAX_ESCAPED) {
            throw new IllegalArgumentException("node name '" + value + "': is " + escaped + " characters long, dashes counted twice;"
                + " at most " + MAX_ESCAPED + " are allowed, so that the names of its endpoints fit into Calico's " + MAX_RESOURCE_NAME);
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
