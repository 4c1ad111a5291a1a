package io.calicomesos.container;

import com.google.common.collect.ImmutableRangeSet;
import io.calicomesos.calico.EndpointLabels;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Whose a container is, as Mesos says. Mesos answers for the framework's id and the role, which its master checks; the names of
 * executor and task are what the framework likes.
 *
 * @param frameworkId none for a standalone container
 * @param executorId likewise
 * @param taskName of a command task; none for the container of an executor of the framework's own, whatever its tasks are
 * @param roles those that its resources are allocated to: of a framework's container one, since Mesos's master takes no other
 * @param ports those of the host that its resources hold, in closed ranges
 */
public record Owner(Optional<String> frameworkId, Optional<String> executorId, Optional<String> taskName, Set<String> roles,
                    ImmutableRangeSet<Integer> ports) {
    /**
     * Before the names of the labels that tell it. No label of a NetworkInfo keeps a slash ({@link EndpointLabels}): nobody puts
     * them on by himself.
     */
    static final String LABEL_PREFIX = "mesos.calico-mesos.io/";

    /** Of a container of which Mesos says no more than its id. */
    public static final Owner UNKNOWN = new Owner(Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), ImmutableRangeSet.of());

    /** Copies. */
    public Owner {
        roles = Set.copyOf(roles);
    }

    /**
     * The role that counts for what the container may join.
     *
     * @return none for a standalone container
     * @throws RefusedException if there are several
     */
    Optional<String> role() throws RefusedException {
        if (roles.size() > 1) {
            throw new RefusedException("the container's resources are allocated to the roles "
                    + String.join(", ", roles.stream().sorted().toList()) + ": those of one role are expected");
        }
        return roles.stream().findFirst();
    }

    /**
     * The same of a nested container: what its own resources do not say, those of the root of its tree do.
     *
     * @param root whose the root is
     */
    Owner under(Owner root) {
        return new Owner(
                frameworkId.or(root::frameworkId), executorId.or(root::executorId), taskName.or(root::taskName),
                roles.isEmpty() ? root.roles() : roles, ports.isEmpty() ? root.ports() : ports);
    }

    /** The labels that tell it, for policies to select. */
    Map<String, String> labels() {
        Map<String, String> labels = new TreeMap<>();
        frameworkId.ifPresent(each -> put("framework-id", each, labels));
        executorId.ifPresent(each -> put("executor-id", each, labels));
        taskName.ifPresent(each -> put("task-name", each, labels));
        roles.forEach(each -> put("role", each, labels));
        return labels;
    }

    private static void put(String name, String value, Map<String, String> labels) {
        labels.put(LABEL_PREFIX + name, EndpointLabels.valueOf(value));
    }
}
