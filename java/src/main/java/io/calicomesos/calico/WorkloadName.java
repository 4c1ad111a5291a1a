package io.calicomesos.calico;

import com.google.common.base.CharMatcher;
import java.util.List;
import java.util.Optional;

/**
 * A container's name in Calico: {@code spec.workload} of its endpoints. A Mesos container id that is safe stands for
 * itself, any other gets a {@link MappedName}; two ids never meet in one name, and an id has the same name for ever.
 *
 * @param value lower-case letters, digits and inner dashes
 */
public record WorkloadName(String value) {
    /** The longest name, dashes counted twice. */
    static final int MAX_ESCAPED = 80;

    private static final CharMatcher DASH = CharMatcher.is('-');
    private static final CharMatcher SAFE = CharMatcher.inRange('a', 'z').or(CharMatcher.inRange('0', '9')).or(DASH).precomputed();

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

    /**
     * Reads one.
     *
     * @param text what may be one
     * @return empty if it is none: whoever wrote it was not Mesos
     */
    public static Optional<WorkloadName> parse(final String text) {
        return fits(text) ? Optional.of(new WorkloadName(text)) : Optional.empty();
    }

    private static boolean fits(final String name) {
        return !name.isEmpty() && name.length() + DASH.countIn(name) <= MAX_ESCAPED && SAFE.matchesAllOf(name)
            && !name.startsWith("-") && !name.endsWith("-");
    }

    @Override
    public String toString() {
        return value;
    }
}
