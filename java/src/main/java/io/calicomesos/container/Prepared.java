package io.calicomesos.container;

import java.util.List;

/** What prepare decided for a container. */
public sealed interface Prepared {
    /** It did not ask for a network of ours: left alone. */
    record NotOurs() implements Prepared {}

    /** It enters the network namespace of the container that it is nested in. */
    record ParentsNetwork() implements Prepared {}

    /**
     * It gets a network namespace of its own.
     *
     * @param addresses its addresses, at least one
     * @param mounts its network files, where it is to see them
     */
    record OwnNetwork(List<String> addresses, List<Mount> mounts) implements Prepared {}
}
