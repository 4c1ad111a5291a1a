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
    static final int MAX_TX_QUEUE_LENGTH = 100_000;

    private NetworkSettings() {}

    /**
     * The networks, by name.
     *
     * @param settings what was written
     * @param mtu the parameter {@code mtu}, that of the networks which have none of their own
     */
    static Map<String, Network> read(Settings settings, OptionalInt mtu) throws ConfigurationException {
        Map<String, Network> networks = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : settings.objects(Parameter.NETWORKS, Field.Of.NETWORK).entrySet()) {
            String where = Parameter.NETWORKS.key() + "." + each.getKey();
            JsonNode object = each.getValue();
            Network network = new Network(
                    each.getKey(), Settings.names(where, object, Field.NETWORK_NETGROUPS), Settings.names(where, object, Field.NETWORK_POOLS),
                    ipVersions(where, object), DnsSettings.read(path(where, Field.NETWORK_DNS), object.get(Field.NETWORK_DNS.key())),
                    number(where, object, Field.NETWORK_MTU, Configuration.MIN_MTU, Configuration.MAX_MTU),
                    number(where, object, Field.NETWORK_TX_QUEUE_LEN, 1, MAX_TX_QUEUE_LENGTH),
                    SysctlSettings.read(path(where, Field.NETWORK_SYSCTLS), object.get(Field.NETWORK_SYSCTLS.key())),
                    BandwidthSettings.read(path(where, Field.NETWORK_BANDWIDTH), object.get(Field.NETWORK_BANDWIDTH.key())));
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
            throw new ConfigurationException((own ? path(where, Field.NETWORK_MTU) : Parameter.MTU.key()) + " is " + its + ": at least " + Configuration.MIN_MTU_V6
                    + " is expected for IPv6 (" + path(where, Field.NETWORK_IP_VERSIONS) + ")");
        }
    }

    private static OptionalInt number(String where, JsonNode object, Field field, int least, int most) throws ConfigurationException {
        OptionalLong number = Settings.number(path(where, field), object.get(field.key()), least, most, "");
        return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
    }

    private static String path(String where, Field field) {
        return where + "." + field.key();
    }

    private static List<Integer> ipVersions(String where, JsonNode object) throws ConfigurationException {
        JsonNode list = object.path(Field.NETWORK_IP_VERSIONS.key());
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
            throw new ConfigurationException(path(where, Field.NETWORK_IP_VERSIONS) + " is " + list + ": [4], [6], [4, 6] or [6, 4] is expected");
        }
        return List.copyOf(versions);
    }
}
