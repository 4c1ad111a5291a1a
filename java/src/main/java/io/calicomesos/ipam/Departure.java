package io.calicomesos.ipam;

import io.calicomesos.calico.HandleId;
import java.net.InetAddress;
import java.util.List;

/**
 * A container that has gone: its addresses, handle and endpoint are given back.
 *
 * @param handle under which the addresses are held
 * @param endpointKey its WorkloadEndpoint
 * @param endpointRevision the revision at which that key was created: a later endpoint under the same key is not ours; 0 if it
 *     is not known, then what etcd holds is read first
 * @param addresses what it held; not used if the revision is 0
 */
public record Departure(HandleId handle, String endpointKey, long endpointRevision, List<InetAddress> addresses) {

    /**
     * Of a container of which nothing is known but its names: a launch whose outcome was never heard of, or a life before.
     *
     * @param handle under which its addresses would be held
     * @param endpointKey its WorkloadEndpoint's key
     * @return what etcd holds of it is read, and given back
     */
    public static Departure ofUnknown(HandleId handle, String endpointKey) {
        return new Departure(handle, endpointKey, 0, List.of());
    }
}
