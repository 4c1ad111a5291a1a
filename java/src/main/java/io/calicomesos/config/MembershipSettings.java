package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reads {@code netgroups} and {@code namespaces}: who may join what, and where the members' addresses come from. */
final class MembershipSettings {
    private MembershipSettings() {}

    static ByName<List<String>> netgroupPools(Settings settings) throws ConfigurationException {
        Map<String, List<String>> pools = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : netgroups(settings).entrySet()) {
            if (each.getValue().has(Field.NETGROUP_POOLS.key())) {
                String where = Parameter.NETGROUPS.key() + "." + each.getKey();
                pools.put(each.getKey(), Settings.names(where, each.getValue(), Field.NETGROUP_POOLS));
            }
        }
        return new ByName<>(pools);
    }

    static ByName<Roles> netgroupRoles(Settings settings) throws ConfigurationException {
        return roles(Parameter.NETGROUPS, netgroups(settings), Field.NETGROUP_ROLES);
    }

    static ByName<Roles> namespaceRoles(Settings settings) throws ConfigurationException {
        return roles(Parameter.NAMESPACES, settings.objects(Parameter.NAMESPACES, Field.Of.NAMESPACE), Field.NAMESPACE_ROLES);
    }

    private static Map<String, JsonNode> netgroups(Settings settings) throws ConfigurationException {
        return settings.objects(Parameter.NETGROUPS, Field.Of.NETGROUP);
    }

    private static ByName<Roles> roles(Parameter parameter, Map<String, JsonNode> objects, Field field)
            throws ConfigurationException {
        Map<String, Roles> roles = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : objects.entrySet()) {
            if (each.getValue().has(field.key())) {
                String where = parameter.key() + "." + each.getKey();
                List<String> names = Settings.names(where, each.getValue(), field);
                try {
                    roles.put(each.getKey(), new Roles(names));
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(where + "." + field.key() + " " + e.getMessage());
                }
            }
        }
        return new ByName<>(roles);
    }
}
