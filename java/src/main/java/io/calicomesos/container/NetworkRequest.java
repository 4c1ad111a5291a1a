package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.config.Network;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What one NetworkInfo asks for, checked.
 *
 * @param netgroups the netgroups to join, each once; none: only the host reaches the container
 * @param addresses the addresses asked for by value
 * @param automatic how many further addresses are wanted, of our choice
 */
public record NetworkRequest(Set<String> netgroups, List<InetAddress> addresses, int automatic) {

    private static final int MAX_ADDRESSES = 16;
    private static final int MAX_GROUPS = 64;
    private static final int MAX_GROUP_LENGTH = 1_024;

    /**
     * Reads a NetworkInfo.
     *
     * @param info as the framework sent it
     * @param networks those that {@code NetworkInfo.name} can name, by name
     * @return the request
     * @throws RefusedException with the first thing that is wrong
     */
    public static NetworkRequest of(NetworkInfo info, Map<String, Network> networks) throws RefusedException {
        Set<String> netgroups = netgroups(info.getGroupsList());
        if (info.hasName()) {
            Network network = networks.get(info.getName());
            if (network == null) {
                throw new RefusedException("NetworkInfo.name is " + quoted(info.getName()) + ": known networks are "
                        + (networks.isEmpty() ? "none (parameter networks)" : String.join(", ", networks.keySet())));
            }
            if (netgroups.isEmpty()) {
                netgroups = new LinkedHashSet<>(network.netgroups());
            }
        }

        if (info.getIpAddressesCount() > MAX_ADDRESSES) {
            throw new RefusedException("NetworkInfo.ip_addresses holds " + info.getIpAddressesCount() + " entries: at most "
                    + MAX_ADDRESSES + " are allowed");
        }
        List<InetAddress> addresses = new ArrayList<>();
        int automatic = info.getIpAddressesCount() == 0 ? 1 : 0;
        for (NetworkInfo.IPAddress each : info.getIpAddressesList()) {
            if (!each.hasIpAddress()) {
                refuseIpv6(each);
                automatic++;
                continue;
            }
            InetAddress address = explicit(each);
            if (addresses.contains(address)) {
                throw new RefusedException(
                        "NetworkInfo.ip_addresses names " + each.getIpAddress() + " twice: name each address once");
            }
            addresses.add(address);
        }
        return new NetworkRequest(netgroups, List.copyOf(addresses), automatic);
    }

    private static void refuseIpv6(NetworkInfo.IPAddress wanted) throws RefusedException {
        if (wanted.hasProtocol() && wanted.getProtocol() == NetworkInfo.Protocol.IPv6) {
            throw new RefusedException("NetworkInfo.ip_addresses[].protocol is IPv6: only IPv4 is supported by this version");
        }
    }

    private static InetAddress explicit(NetworkInfo.IPAddress wanted) throws RefusedException {
        if (wanted.hasProtocol()) {
            throw new RefusedException("NetworkInfo.ip_addresses has both protocol (" + wanted.getProtocol() + ") and ip_address ("
                    + wanted.getIpAddress() + "): give one of them, ip_address for that very address, protocol for any");
        }
        if (!InetAddresses.isInetAddress(wanted.getIpAddress())) {
            throw new RefusedException("NetworkInfo.ip_addresses[].ip_address is " + quoted(wanted.getIpAddress())
                    + ": an IPv4 address is expected, as in 192.168.1.7");
        }
        InetAddress address = InetAddresses.forString(wanted.getIpAddress());
        if (!(address instanceof Inet4Address)) {
            throw new RefusedException("NetworkInfo.ip_addresses[].ip_address is " + wanted.getIpAddress()
                    + ": only IPv4 is supported by this version");
        }
        return address;
    }

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
                        + quoted(group.substring(0, 32)) + "…: at most " + MAX_GROUP_LENGTH + " are allowed");
            }
        }
        return new LinkedHashSet<>(groups);
    }

    private static String quoted(String text) {
        return "'" + text + "'";
    }
}
