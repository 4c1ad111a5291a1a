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
 * @param wishes the addresses wanted, of one network after the other
 * @param documents what else the transaction writes, once the addresses are known, which are in the order of the wishes. Called
 *     once for each attempt.
 * @param timeout how long to try before the launch fails
 */
public record Launch(
        HandleId handle, List<Wishes> wishes, Function<List<InetAddress>, List<Document>> documents, Duration timeout) {

    /** Copies the list. */
    public Launch {
        wishes = List.copyOf(wishes);
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
