package io.calicomesos.calico;

/** What an etcd key of Calico's names, see {@link Keys#parse}. */
public sealed interface Key {
    /** @param cidr of the block */
    record Block(Cidr cidr) implements Key {
    }

    /** @param id of the handle */
    record Handle(HandleId id) implements Key {
    }

    /**
     * A block's affinity to a host.
     *
     * @param host the owner
     * @param cidr of the block
     */
    record Affinity(String host, Cidr cidr) implements Key {
    }

    /** IPAM's settings. */
    record Config() implements Key {
    }

    /** @param name of the pool */
    record Pool(String name) implements Key {
    }

    /** @param name of the reservation */
    record Reservation(String name) implements Key {
    }

    /** @param name of the profile */
    record ProfileKey(String name) implements Key {
    }

    /** @param name of the host */
    record NodeKey(String name) implements Key {
    }

    /**
     * An endpoint.
     *
     * @param namespace of the endpoint
     * @param name      see {@link EndpointName#parse}
     */
    record Endpoint(String namespace, String name) implements Key {
    }

    /** @param name of the tier */
    record TierKey(String name) implements Key {
    }

    /** @param name {@code default}, or {@code node.<host>} */
    record FelixKey(String name) implements Key {
    }

    /** @param name {@code default} */
    record Cluster(String name) implements Key {
    }
}
