package io.calicomesos.ipam;

import io.calicomesos.calico.HandleId;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * A container's wish for addresses, and what is written together with them.
 *
 * @param handle under which the addresses are held
 * @param wishes the addresses wanted, at least one
 * @param pools the IPPools that they may come from, by name or by network, in the order in which they are tried; none: those
 *     that select the host. As in Calico, a pool that is named need not select it
 * @param documents what else the transaction writes, once the addresses are known, which are in the order of the wishes. Called
 *     once for each attempt.
 * @param timeout how long to try before the launch fails
 */
public record Launch(
        HandleId handle, List<Wish> wishes, List<String> pools, Function<List<InetAddress>, List<Document>> documents,
        Duration timeout) {

    /** Copies the lists. */
    public Launch {
        wishes = List.copyOf(wishes);
        pools = List.copyOf(pools);
    }

    /**
     * A key that is written with the addresses.
     *
     * @param key where in etcd
     * @param value the document
     * @param exclusive whether the key must not exist yet, else the launch fails; if not exclusive, an existing value is kept
     */
    public record Document(String key, byte[] value, boolean exclusive) {}
}
