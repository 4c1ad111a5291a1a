package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * What is written down of a container that has a network, so that it survives the agent. One file each, named after the
 * workload, in {@code runtime_dir}/containers.
 *
 * @param version of this format
 * @param container its id
 * @param endpointKey its WorkloadEndpoint's key in etcd
 * @param endpointRevision the revision at which that key was created; a delete compares it
 * @param handle the IPAM handle that holds its addresses
 * @param interfaceName the host end of its veth
 * @param mac the container end's address
 * @param addresses its addresses
 * @param profiles its Calico profiles
 * @param netgroups the netgroups that these are of, by their own names; none in a file of an older version
 * @param networkInfo the NetworkInfo it was launched with, serialized; what status builds on
 * @param releasing whether it has gone, and only its release in etcd is still to be committed
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Checkpoint(
        int version,
        ContainerPath container,
        String endpointKey,
        long endpointRevision,
        String handle,
        String interfaceName,
        String mac,
        List<String> addresses,
        List<String> profiles,
        List<String> netgroups,
        byte[] networkInfo,
        boolean releasing) {

    static final int VERSION = 1;

    /** Copies the lists. */
    public Checkpoint {
        addresses = List.copyOf(addresses);
        profiles = List.copyOf(profiles);
        netgroups = netgroups == null ? List.of() : List.copyOf(netgroups);
    }

    Checkpoint asReleasing() {
        return new Checkpoint(
                version, container, endpointKey, endpointRevision, handle, interfaceName, mac, addresses, profiles, netgroups,
                networkInfo, true);
    }
}
