package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/** Reads {@code networks}. */
final class NetworkSettings {
    private static final String NETGROUPS = "netgroups";
    private static final String IP_VERSIONS = "ip_versions";
    private static final String MTU = "mtu";
    private static final Set<String> FIELDS =
            Set.of(NETGROUPS, "pools", IP_VERSIONS, "dns", MTU, "tx_queue_len", "sysctls", "bandwidth");
    private static final int MAX_TX_QUEUE_LENGTH = 100_000;

    private NetworkSettings() {}

    /**
     * The networks, by name.
     *
     * @param settings what was written
     * @param mtu the parameter {@code mtu}, that of the networks which have none of their own
     */
    static Map<String, Network> read(Settings settings, OptionalInt mtu) throws ConfigurationException {
        Map<String, Network> networks = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : settings.objects("networks", FIELDS, NETGROUPS).entrySet()) {
            String where = "networks." + each.getKey();
            JsonNode object = each.getValue();
            Network network = new Network(
                    each.getKey(), Settings.names(where, object, NETGROUPS), Settings.names(where, object, "pools"),
                    ipVersions(where, object), DnsSettings.read(where + ".dns", object.get("dns")),
                    number(where, object, MTU, Configuration.MIN_MTU, Configuration.MAX_MTU),
                    number(where, object, "tx_queue_len", 1, MAX_TX_QUEUE_LENGTH),
                    SysctlSettings.read(where + ".sysctls", object.get("sysctls")),
                    BandwidthSettings.read(where + ".bandwidth", object.get("bandwidth")));
            checkIpv6(where, network, mtu);
            networks.put(each.getKey(), network);
        }
        return networks;
    }

    /** The kernel has no IPv6 on an interface with a smaller MTU. */
    private static void checkIpv6(String where, Network network, OptionalInt mtu) throws ConfigurationException {
        boolean own = network.mtu().isPresent();
        int its = own ? network.mtu().getAsInt() : mtu.orElse(Configuration.MIN_MTU_V6);
        if (network.ipVersions().contains(6) && its < Configuration.MIN_MTU_V6) {
            throw new ConfigurationException((own ? where + "." : "") + MTU + " is " + its + ": at least " + Configuration.MIN_MTU_V6
                    + " is expected for IPv6 (" + where + "." + IP_VERSIONS + ")");
        }
    }

    private static OptionalInt number(String where, JsonNode object, String field, int least, int most) throws ConfigurationException {
        OptionalLong number = Settings.number(where + "." + field, object.get(field), least, most, "");
        return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
    }

    private static List<Integer> ipVersions(String where, JsonNode object) throws ConfigurationException {
        JsonNode list = object.path(IP_VERSIONS);
        if (list.isMissingNode()) {
            return List.of(4);
        }
        Set<Integer> versions = new LinkedHashSet<>();
        for (JsonNode each : list) {
            if (each.isInt() && (each.asInt() == 4 || each.asInt() == 6)) {
                versions.add(each.asInt());
            }
        }
        if (!list.isArray() || versions.isEmpty() || versions.size() != list.size()) {
            throw new ConfigurationException(where + "." + IP_VERSIONS + " is " + list + ": [4], [6], [4, 6] or [6, 4] is expected");
        }
        return List.copyOf(versions);
    }
}
