package io.calicomesos.ipam;

import io.calicomesos.calico.HandleId;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/**
 * A container that has gone: its addresses, handle and endpoints are given back.
 *
 * @param handle under which the addresses are held
 * @param endpoints the keys of its WorkloadEndpoints, and the revision at which each was created: a later endpoint under the
 *     same key is not ours
 * @param addresses what it held
 * @param known whether the rest is known; if not, what etcd holds under the handle's name is read first
 */
public record Departure(HandleId handle, Map<String, Long> endpoints, List<InetAddress> addresses, boolean known) {

    /** Copies. */
    public Departure {
        endpoints = Map.copyOf(endpoints);
        addresses = List.copyOf(addresses);
    }

    /**
     * Of a container of which all is known.
     *
     * @param handle as above
     * @param endpoints as above
     * @param addresses as above
     */
    public Departure(HandleId handle, Map<String, Long> endpoints, List<InetAddress> addresses) {
        this(handle, endpoints, addresses, true);
    }

    /**
     * Of a container of which nothing is known but its name: a launch whose outcome was never heard of, or a life before.
     *
     * @param handle under which its addresses would be held
     * @return what etcd holds of it is read, and given back
     */
    public static Departure ofUnknown(HandleId handle) {
        return new Departure(handle, Map.of(), List.of(), false);
    }
}
