package io.calicomesos.container;

import org.apache.mesos.Protos.NetworkInfo;

/** Where a container stands between prepare and the end of its cleanup. */
sealed interface ContainerNetwork {

    /** Addresses were asked for; what came of it is not known, or it failed. */
    record Attempted() implements ContainerNetwork {}

    /**
     * Addresses, endpoint and checkpoint are there.
     *
     * @param checkpoint as on disk
     * @param info the NetworkInfo it was launched with
     */
    record Networked(Checkpoint checkpoint, NetworkInfo info) implements ContainerNetwork {}

    /** It uses the network of the root of its tree. */
    record Shared() implements ContainerNetwork {}
}
