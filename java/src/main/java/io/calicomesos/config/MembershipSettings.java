package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads {@code netgroups} and {@code namespaces}: who may join what, and where the members' addresses come from. */
final class MembershipSettings {
    private static final String POOLS = "pools";
    private static final String ROLES = "roles";

    private MembershipSettings() {}

    static ByName<List<String>> netgroupPools(Settings settings) throws ConfigurationException {
        Map<String, List<String>> pools = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : netgroups(settings).entrySet()) {
            if (each.getValue().has(POOLS)) {
                pools.put(each.getKey(), Settings.names("netgroups." + each.getKey(), each.getValue(), POOLS));
            }
        }
        return new ByName<>(pools);
    }

    static ByName<Roles> netgroupRoles(Settings settings) throws ConfigurationException {
        return roles("netgroups", netgroups(settings));
    }

    static ByName<Roles> namespaceRoles(Settings settings) throws ConfigurationException {
        return roles("namespaces", settings.objects("namespaces", Set.of(ROLES), ROLES));
    }

    private static Map<String, JsonNode> netgroups(Settings settings) throws ConfigurationException {
        return settings.objects("netgroups", Set.of(POOLS, ROLES), POOLS);
    }

    private static ByName<Roles> roles(String key, Map<String, JsonNode> objects) throws ConfigurationException {
        Map<String, Roles> roles = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : objects.entrySet()) {
            if (each.getValue().has(ROLES)) {
                String where = key + "." + each.getKey();
                List<String> names = Settings.names(where, each.getValue(), ROLES);
                try {
                    roles.put(each.getKey(), new Roles(names));
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(where + ".roles " + e.getMessage());
                }
            }
        }
        return new ByName<>(roles);
    }
}
