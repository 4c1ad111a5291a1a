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
 * @param addresses those asked for by value
 * @param automatic how many more, of our choice
 * @param documents what else the transaction writes, once the addresses are known: these first, those asked for in their
 *     order, then the automatic ones. Called once for each attempt.
 * @param timeout how long to try before the launch fails
 */
public record Launch(
        HandleId handle, List<InetAddress> addresses, int automatic, Function<List<InetAddress>, List<Document>> documents,
        Duration timeout) {

    /**
     * A key that is written with the addresses.
     *
     * @param key where in etcd
     * @param value the document
     * @param exclusive whether the key must not exist yet, else the launch fails; if not exclusive, an existing value is kept
     */
    public record Document(String key, byte[] value, boolean exclusive) {}
}
