package io.calicomesos.calico;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A container's name in Calico: {@code spec.workload} of its endpoints. A Mesos container id that is safe stands for
 * itself, any other gets a {@link MappedName}; two ids never meet in one name, and an id has the same name for ever.
 *
 * @param value lower-case letters, digits and inner dashes
 */
public record WorkloadName(String value) {
    /** The longest name, dashes counted twice. */
    static final int MAX_ESCAPED = 80;

    private static final Pattern SAFE = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");

    /** Refuses what {@link #of} would not give. */
    public WorkloadName {
        if (!fits(value)) {
            throw new IllegalArgumentException("workload name '" + value + "': must be lower-case letters, digits and inner dashes,"
                + " at most " + MAX_ESCAPED + " characters with dashes counted twice");
        }
    }

    /**
     * The name of a container.
     *
     * @param containerId the id values from the root container to this one, any characters
     */
    public static WorkloadName of(final List<String> containerId) {
        if (containerId.isEmpty()) {
            throw new IllegalArgumentException("container id: is empty, must be at least one id from the root container to this one");
        }
        final String id = containerId.get(0);
        return new WorkloadName(containerId.size() == 1 && fits(id) && !MappedName.looksMapped(id)
            ? id : MappedName.of("container", containerId));
    }

    private static boolean fits(final String name) {
        return name.length() <= MAX_ESCAPED && SAFE.matcher(name).matches() && EndpointName.escaped(name).length() <= MAX_ESCAPED;
    }

    @Override
    public String toString() {
        return value;
    }
}
