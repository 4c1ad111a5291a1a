package io.calicomesos.container;

/** What prepare decided for a container. */
public enum Prepared {
    /** It did not ask for a network of ours: left alone. */
    NOT_OURS,
    /** It gets a network namespace of its own. */
    OWN_NETWORK,
    /** It enters the network namespace of the container that it is nested in. */
    PARENTS_NETWORK
}
