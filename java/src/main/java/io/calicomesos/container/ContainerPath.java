package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Optional;

/**
 * A Mesos ContainerID with its parents.
 *
 * @param values {@code ContainerID.value} of each, the root of the tree first; at least one
 */
public record ContainerPath(@JsonValue List<String> values) {

    /** Copies the list. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public ContainerPath {
        values = List.copyOf(values);
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a container id without a value");
        }
    }

    /**
     * The container that this one is nested in.
     *
     * @return none for the root of a tree
     */
    public Optional<ContainerPath> parent() {
        return values.size() == 1 ? Optional.empty() : Optional.of(new ContainerPath(values.subList(0, values.size() - 1)));
    }

    /** The container at the top of its tree; itself, if it is not nested. */
    ContainerPath root() {
        return new ContainerPath(values.subList(0, 1));
    }

    /** As Mesos writes it in its log. */
    @Override
    public String toString() {
        return String.join(".", values);
    }
}
