package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads {@code sysctls} of a network. */
final class SysctlSettings {
    /** As sysctl(8) writes it: with dots, or with slashes where a part has a dot itself. No part is "..". */
    private static final Pattern NAME = Pattern.compile("net(\\.[A-Za-z0-9_@-]+)+|net(/[A-Za-z0-9_@-][A-Za-z0-9_.@-]*)+");
    private static final Pattern VALUE = Pattern.compile("\\p{Print}{1,1000}");

    private SysctlSettings() {}

    /** What an object says, by name; where is its path, for messages. None without an object. */
    static Map<String, String> read(String where, JsonNode object) throws ConfigurationException {
        Map<String, String> sysctls = new TreeMap<>();
        if (object == null) {
            return sysctls;
        }
        if (!object.isObject()) {
            throw new ConfigurationException(where + " is " + object + ": an object is expected, as in {\"net.core.somaxconn\": \"1024\"}");
        }
        for (Map.Entry<String, JsonNode> each : object.properties()) {
            if (!NAME.matcher(each.getKey()).matches()) {
                throw new ConfigurationException(where + " has '" + each.getKey() + "': names of a network namespace's settings are "
                        + "expected, which begin with net., as in net.core.somaxconn");
            }
            JsonNode value = each.getValue();
            if (!value.isTextual() && !value.isIntegralNumber() || !VALUE.matcher(value.asText()).matches()) {
                throw new ConfigurationException(
                        where + "." + each.getKey() + " is " + value + ": a text of printable ASCII or a number is expected");
            }
            sysctls.put(each.getKey(), value.asText());
        }
        return sysctls;
    }
}
