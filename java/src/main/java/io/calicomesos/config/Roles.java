package io.calicomesos.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The Mesos roles that are allowed something.
 *
 * @param patterns each a role; {@code eng/%} for those below {@code eng}, but not itself, as in Mesos's own ACLs; or {@code %} for
 *     all, and for a container without a role. {@code *} is just Mesos's default role
 */
public record Roles(List<String> patterns) {
    private static final String ALL = "%";
    private static final String BELOW = "/%";

    /** What Mesos takes as a role, with {@link #BELOW} behind it or not. */
    private static final Pattern ROLE = Pattern.compile("\\*|%|[^-/%*\\s][^/%*\\s]*(/[^-/%*\\s][^/%*\\s]*)*(/%)?");

    /**
     * Checks.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public Roles {
        patterns = List.copyOf(patterns);
        if (patterns.isEmpty()) {
            throw new IllegalArgumentException("is empty: roles are expected, as in [\"eng\", \"eng/%\"], or [\"%\"] for all");
        }
        for (String each : patterns) {
            if (!ROLE.matcher(each).matches()) {
                throw new IllegalArgumentException("holds \"" + each + "\": a Mesos role is expected, as in eng/web, or eng/% for "
                        + "those below eng, or % for all");
            }
        }
    }

    /**
     * Whether a role is among them.
     *
     * @param role a container's; none for one that Mesos gives no resources of a role
     */
    public boolean allow(Optional<String> role) {
        return patterns.contains(ALL) || role.isPresent() && patterns.stream().anyMatch(each -> each.endsWith(BELOW)
                ? role.get().startsWith(each.substring(0, each.length() - 1)) : each.equals(role.get()));
    }

    /** As an operator wrote them. */
    @Override
    public String toString() {
        return String.join(", ", patterns);
    }
}
