package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whose a container is, as its checkpoint has it: an {@link Owner}. Mesos says less after a restart of the agent.
 *
 * @param frameworkId as there; null for none
 * @param executorId likewise
 * @param taskName likewise
 * @param roles as there
 * @param ports as there, the first and the last of each range
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record CheckpointedOwner(String frameworkId, String executorId, String taskName, Set<String> roles, List<List<Integer>> ports) {

    static CheckpointedOwner of(Owner owner) {
        return new CheckpointedOwner(
                owner.frameworkId().orElse(null), owner.executorId().orElse(null), owner.taskName().orElse(null), owner.roles(),
                owner.ports().asRanges().stream().map(each -> List.of(each.lowerEndpoint(), each.upperEndpoint())).toList());
    }

    Owner owner() {
        return new Owner(
                Optional.ofNullable(frameworkId), Optional.ofNullable(executorId), Optional.ofNullable(taskName), roles,
                ImmutableRangeSet.copyOf(ports.stream().map(each -> Range.closed(each.get(0), each.get(1))).toList()));
    }
}
