package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One network of a container, as its checkpoint has it.
 *
 * @param endpointKey its WorkloadEndpoint's key in etcd
 * @param hostInterface the host end of its veth
 * @param containerInterface the container end
 * @param mac the container end's address
 * @param addresses its addresses
 * @param profiles its Calico profiles
 * @param netgroups the netgroups that these are of, by their own names
 * @param networkInfo the NetworkInfo it was launched with, serialized; what status builds on
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record CheckpointedNetwork(
        String endpointKey,
        String hostInterface,
        String containerInterface,
        String mac,
        List<String> addresses,
        List<String> profiles,
        List<String> netgroups,
        byte[] networkInfo) {

    /** Copies the lists. */
    CheckpointedNetwork {
        addresses = List.copyOf(addresses);
        profiles = List.copyOf(profiles);
        netgroups = List.copyOf(netgroups);
    }

    /** The families of its addresses, 4 and 6. */
    Set<Integer> ipVersions() {
        return addresses.stream().map(each -> each.indexOf(':') < 0 ? 4 : 6).collect(Collectors.toSet());
    }
}
