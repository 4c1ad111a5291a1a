package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * A checkpoint as it was while a container had one network, {@code eth0}.
 *
 * @param container its id
 * @param endpointKey its WorkloadEndpoint's key in etcd
 * @param endpointRevision the revision at which that key was created
 * @param handle the IPAM handle that holds its addresses
 * @param interfaceName the host end of its veth
 * @param mac the container end's address
 * @param addresses its addresses
 * @param profiles its Calico profiles
 * @param netgroups the netgroups that these are of; null in the oldest files
 * @param networkInfo the NetworkInfo it was launched with, serialized
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record CheckpointV1(
        ContainerPath container,
        String endpointKey,
        long endpointRevision,
        String handle,
        String interfaceName,
        String mac,
        List<String> addresses,
        List<String> profiles,
        List<String> netgroups,
        byte[] networkInfo) {

    static final int VERSION = 1;

    /** Copies the lists. */
    CheckpointV1 {
        addresses = List.copyOf(addresses);
        profiles = List.copyOf(profiles);
        netgroups = netgroups == null ? List.of() : List.copyOf(netgroups);
    }

    Checkpoint asCurrent() {
        CheckpointedNetwork network = new CheckpointedNetwork(
                endpointKey, interfaceName, "eth0", mac, addresses, profiles, netgroups, networkInfo);
        return new Checkpoint(Checkpoint.VERSION, container, null, null, handle, endpointRevision, List.of(network));
    }
}
