package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.Network;
import io.calicomesos.ipam.Wish;
import io.calicomesos.ports.PortMapping;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What a container asks for, checked.
 *
 * @param networks what each of its NetworkInfos asks for, in their order; at least one
 */
record ContainerRequest(List<NetworkRequest> networks) {
    private static final int MAX_NETWORKS = 8;

    /**
     * Reads the NetworkInfos of a container.
     *
     * @param infos as the framework sent them, at least one
     * @param owner whose container it is
     * @param configuration what is said of networks, netgroups and namespaces
     * @throws RefusedException with the first thing that is wrong
     */
    static ContainerRequest of(List<NetworkInfo> infos, Owner owner, Configuration configuration) throws RefusedException {
        if (infos.size() > MAX_NETWORKS) {
            throw new RefusedException("ContainerInfo.network_infos holds " + infos.size() + " networks: at most " + MAX_NETWORKS
                    + " are allowed");
        }
        Set<String> names = new HashSet<>();
        Set<InetAddress> addresses = new HashSet<>();
        List<NetworkRequest> networks = new ArrayList<>();
        for (NetworkInfo each : infos) {
            if (!names.add(each.getName())) {
                throw new RefusedException("ContainerInfo.network_infos holds two "
                        + (each.hasName() ? "of the name '" + each.getName() + "'" : "without a name")
                        + ": a container joins each network once");
            }
            NetworkRequest network = NetworkRequest.of(each, owner, configuration);
            for (Wish wish : network.wishes()) {
                if (wish instanceof Wish.This that && !addresses.add(that.address())) {
                    throw new RefusedException("ContainerInfo.network_infos names the address "
                            + InetAddresses.toAddrString(that.address()) + " in two networks: name each address once");
                }
            }
            networks.add(network);
        }
        checkSysctls(infos, configuration);
        return new ContainerRequest(networks);
    }

    /**
     * What a container that runs asks for again, since etcd has lost it: what it holds.
     *
     * @param networked the container
     * @param configuration as above
     * @throws RefusedException if it would not be let in today
     */
    static ContainerRequest again(ContainerNetwork.Networked networked, Configuration configuration) throws RefusedException {
        Owner owner = networked.checkpoint().knownOwner().orElse(Owner.UNKNOWN);
        List<NetworkRequest> asked = of(networked.infos(), owner, configuration).networks();
        List<NetworkRequest> networks = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            networks.add(asked.get(i).holding(networked.checkpoint().networks().get(i)));
        }
        return new ContainerRequest(networks);
    }

    /** All its networks are in one network namespace. */
    private static void checkSysctls(List<NetworkInfo> infos, Configuration configuration) throws RefusedException {
        Map<String, Network> setBy = new HashMap<>();
        for (NetworkInfo each : infos) {
            Network network = NetworkRequest.network(each, configuration);
            for (Map.Entry<String, String> sysctl : network.sysctls().entrySet()) {
                Network other = setBy.putIfAbsent(sysctl.getKey(), network);
                if (other != null && !other.sysctls().get(sysctl.getKey()).equals(sysctl.getValue())) {
                    throw new RefusedException("ContainerInfo.network_infos names the networks '" + other.name() + "' and '"
                            + network.name() + "', which cannot be had together: one sets " + sysctl.getKey() + " to "
                            + other.sysctls().get(sysctl.getKey()) + ", the other to " + sysctl.getValue() + " (parameter networks)");
                }
            }
        }
    }

    /** The addresses that it asks for by value. */
    List<InetAddress> addresses() {
        List<InetAddress> addresses = new ArrayList<>();
        for (NetworkRequest network : networks) {
            for (Wish wish : network.wishes()) {
                if (wish instanceof Wish.This that) {
                    addresses.add(that.address());
                }
            }
        }
        return addresses;
    }

    /** The ports of the host that lead to it. */
    List<PortMapping> ports() {
        return networks.stream().flatMap(each -> each.ports().stream()).toList();
    }

    /** The labels of all its endpoints; of a key that stands on several, one value. */
    Map<String, String> labels() {
        Map<String, String> labels = new TreeMap<>();
        networks.forEach(each -> labels.putAll(each.labels()));
        return labels;
    }
}
