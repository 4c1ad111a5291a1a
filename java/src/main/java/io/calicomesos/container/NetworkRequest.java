package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.config.Bandwidth;
import io.calicomesos.config.ByName;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.Network;
import io.calicomesos.config.Roles;
import io.calicomesos.ipam.Wish;
import io.calicomesos.ports.PortMapping;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What one NetworkInfo asks for, checked.
 *
 * @param netgroups the netgroups to join, each once; none: only the host reaches the container
 * @param wishes the addresses wanted, at least one
 * @param pools the pools that they may come from, by name or by network; none: any that selects the host
 * @param namespace the Calico namespace of the endpoint
 * @param labels of the endpoint
 * @param ports of the host that lead to the container
 * @param bandwidth what it may receive and send at most
 */
public record NetworkRequest(
        Set<String> netgroups, List<Wish> wishes, List<String> pools, String namespace, Map<String, String> labels,
        List<PortMapping> ports, Bandwidth bandwidth) {

    private static final int MAX_ADDRESSES = 16;
    private static final int MAX_GROUPS = 64;
    private static final int MAX_GROUP_LENGTH = 1_024;
    private static final int MAX_SHOWN = 100;

    /**
     * Reads a NetworkInfo.
     *
     * @param info as the framework sent it
     * @param owner whose container it is
     * @param configuration the networks that {@code NetworkInfo.name} can name, and what is said of netgroups and namespaces
     * @return the request
     * @throws RefusedException with the first thing that is wrong
     */
    public static NetworkRequest of(NetworkInfo info, Owner owner, Configuration configuration)
            throws RefusedException {
        Set<String> netgroups = netgroups(info.getGroupsList());
        Network network = network(info, configuration);
        if (netgroups.isEmpty()) {
            netgroups = new LinkedHashSet<>(network.netgroups());
        }
        Optional<String> role = owner.role();
        NetworkLabels labels = NetworkLabels.of(info.getLabels().getLabelsList());
        for (String netgroup : netgroups) {
            mayJoin("netgroup", netgroup, configuration.netgroupRoles(), role);
        }
        mayJoin("namespace", labels.namespace(), configuration.namespaceRoles(), role);
        List<Wish> wishes = wishes(info.getIpAddressesList(), labels.addresses(), network);
        checkIpv6(wishes, network, configuration);
        return new NetworkRequest(
                netgroups, wishes, pools(netgroups, network, labels, configuration), labels.namespace(), labels.endpoint(),
                RequestedPorts.of(info, owner.ports()), RequestedBandwidth.of(info, network));
    }

    /**
     * The same for what is already given: its very addresses, and the netgroups it was let into, whatever is said of them today.
     *
     * @param network as it is checkpointed
     */
    NetworkRequest holding(CheckpointedNetwork network) {
        List<Wish> held = network.addresses().stream().<Wish>map(each -> new Wish.This(InetAddresses.forString(each))).toList();
        return new NetworkRequest(new LinkedHashSet<>(network.netgroups()), held, List.of(), namespace, labels, ports, bandwidth);
    }

    /** The network that a NetworkInfo names; {@link Network#UNNAMED} if it names none. */
    static Network network(NetworkInfo info, Configuration configuration) throws RefusedException {
        Map<String, Network> networks = configuration.networks();
        if (!info.hasName()) {
            return Network.UNNAMED;
        }
        Network network = networks.get(info.getName());
        if (network == null) {
            throw new RefusedException("NetworkInfo.name is " + quoted(info.getName()) + ": known networks are "
                    + (networks.isEmpty() ? "none (parameter networks)" : String.join(", ", networks.keySet())));
        }
        return network;
    }

    // ---- who may join ----

    /** Whether the container names a netgroup, or gets it from a network, is all the same. */
    private static void mayJoin(String kind, String name, ByName<Roles> roles, Optional<String> role) throws RefusedException {
        for (Map.Entry<String, Roles> each : roles.of(name).entrySet()) {
            if (!each.getValue().allow(role)) {
                throw new RefusedException("the " + kind + " " + shown(name) + " is closed to this container, "
                        + role.map(its -> "whose role is " + shown(its)).orElse("which has no role") + ": allowed are the roles "
                        + each.getValue() + " (parameter " + kind + "s, entry " + quoted(each.getKey()) + ")");
            }
        }
    }

    // ---- addresses ----

    /** Those of the labels take the place of the entries that say no more than a protocol, which some frameworks always send. */
    private static List<Wish> wishes(List<NetworkInfo.IPAddress> entries, List<InetAddress> ofLabels, Network network)
            throws RefusedException {
        checkCount(entries.size()); // Before a million of them is looked at.
        List<Wish> wishes = new ArrayList<>();
        List<Wish> left = new ArrayList<>();
        for (InetAddress each : ofLabels) {
            left.add(new Wish.This(each));
        }
        for (NetworkInfo.IPAddress entry : entries) {
            if (entry.hasIpAddress()) {
                wishes.add(new Wish.This(explicit(entry)));
            } else {
                int ipVersion = entry.hasProtocol() && entry.getProtocol() == NetworkInfo.Protocol.IPv6 ? 6 : 4;
                wishes.add(left.stream().filter(each -> each.ipVersion() == ipVersion).findFirst().orElse(new Wish.Any(ipVersion)));
                left.remove(wishes.get(wishes.size() - 1));
            }
        }
        wishes.addAll(left);
        if (wishes.isEmpty()) {
            network.ipVersions().forEach(each -> wishes.add(new Wish.Any(each)));
        }
        checkCount(wishes.size());
        Set<InetAddress> named = new LinkedHashSet<>();
        for (Wish each : wishes) {
            if (each instanceof Wish.This that && !named.add(that.address())) {
                throw new RefusedException("NetworkInfo names the address " + InetAddresses.toAddrString(that.address())
                        + " twice: name each address once");
            }
        }
        return wishes;
    }

    private static void checkCount(int addresses) throws RefusedException {
        if (addresses > MAX_ADDRESSES) {
            throw new RefusedException("NetworkInfo asks for " + addresses + " addresses: at most " + MAX_ADDRESSES + " are allowed");
        }
    }

    /** Whether the MTU is large enough, as far as it is set; that of the default route may be another when the container starts. */
    private static void checkIpv6(List<Wish> wishes, Network network, Configuration configuration) throws RefusedException {
        int mtu = configuration.mtuOf(network).orElse(Configuration.MIN_MTU_V6);
        if (mtu < Configuration.MIN_MTU_V6 && wishes.stream().anyMatch(each -> each.ipVersion() == 6)) {
            throw new RefusedException("NetworkInfo asks for an IPv6 address, which needs an MTU of at least " + Configuration.MIN_MTU_V6
                    + ": that of the interface is " + mtu + " (parameter " + (network.mtu().isPresent() ? "networks." + network.name() + "."
                    : "") + "mtu)");
        }
    }

    private static InetAddress explicit(NetworkInfo.IPAddress wanted) throws RefusedException {
        if (wanted.hasProtocol()) {
            throw new RefusedException("NetworkInfo.ip_addresses has both protocol (" + wanted.getProtocol() + ") and ip_address ("
                    + wanted.getIpAddress() + "): give one of them, ip_address for that very address, protocol for any");
        }
        if (!Cidr.isAddress(wanted.getIpAddress())) {
            throw new RefusedException("NetworkInfo.ip_addresses[].ip_address is " + quoted(wanted.getIpAddress())
                    + ": an IPv4 or IPv6 address is expected, as in 192.168.1.7");
        }
        return InetAddresses.forString(wanted.getIpAddress());
    }

    // ---- pools ----

    /** A network and each netgroup may be bound to pools by the operator; a label chooses among what that leaves. */
    private static List<String> pools(Set<String> netgroups, Network network, NetworkLabels labels, Configuration configuration)
            throws RefusedException {
        List<String> allowed = network.pools();
        List<String> because = new ArrayList<>(allowed.isEmpty() ? List.of() : List.of("network " + network.name()));
        for (String netgroup : netgroups) {
            for (List<String> ofGroup : configuration.netgroupPools().of(netgroup).values()) {
                if (ofGroup.isEmpty()) {
                    continue;
                }
                allowed = allowed.isEmpty() ? ofGroup : allowed.stream().filter(ofGroup::contains).toList();
                because.add("netgroup " + netgroup);
                if (allowed.isEmpty()) {
                    throw new RefusedException("no pool is left by the configuration for a container of "
                            + String.join(", ", because) + " together: they are bound to different pools");
                }
            }
        }
        for (String each : labels.pools()) {
            if (!allowed.isEmpty() && !allowed.contains(each)) {
                throw new RefusedException("the labels of NetworkInfo name the pool " + quoted(each) + ": " + String.join(", ", because)
                        + " may use " + String.join(", ", allowed));
            }
        }
        return labels.pools().isEmpty() ? allowed : labels.pools();
    }

    // ---- netgroups ----

    private static Set<String> netgroups(List<String> groups) throws RefusedException {
        if (groups.size() > MAX_GROUPS) {
            throw new RefusedException(
                    "NetworkInfo.groups holds " + groups.size() + " entries: at most " + MAX_GROUPS + " are allowed");
        }
        for (String group : groups) {
            if (group.isBlank()) {
                throw new RefusedException(
                        "NetworkInfo.groups holds " + quoted(group) + ": the name of a netgroup is expected, or no entry");
            }
            if (group.length() > MAX_GROUP_LENGTH) {
                throw new RefusedException("NetworkInfo.groups holds a name of " + group.length() + " characters, "
                        + shown(group) + ": at most " + MAX_GROUP_LENGTH + " are allowed");
            }
        }
        return new LinkedHashSet<>(groups);
    }

    private static String shown(String text) {
        return text.length() <= MAX_SHOWN ? quoted(text) : quoted(text.substring(0, MAX_SHOWN)) + "…";
    }

    private static String quoted(String text) {
        return "'" + text + "'";
    }
}
