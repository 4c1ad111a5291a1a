package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.net.InetAddresses;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code dns}: the parameter, and the field of a network. */
final class DnsSettings {
    /** What stands in a resolv.conf must not end its line, nor begin another word. */
    private static final Pattern WORD = Pattern.compile("[!-~&&[^#;]]+");

    private DnsSettings() {}

    /** What an object says; where is its path, for messages. None without an object. */
    static Optional<Dns> read(String where, JsonNode object) throws ConfigurationException {
        if (object == null) {
            return Optional.empty();
        }
        if (!object.isObject()) {
            throw new ConfigurationException(where + " is " + object + ": " + Shape.DNS.allowed());
        }
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            Settings.refuseUnknown(field.getKey(), Field.keys(Field.Of.DNS), where);
        }
        List<String> nameservers = Settings.names(where, object, Field.DNS_NAMESERVERS);
        if (nameservers.isEmpty()) {
            throw new ConfigurationException(where + ".nameservers is empty: the address of at least one name server is expected");
        }
        for (String each : nameservers) {
            if (!InetAddresses.isInetAddress(each)) {
                throw new ConfigurationException(where + ".nameservers holds " + new TextNode(each) + ": IP addresses are expected");
            }
        }
        JsonNode domain = object.get(Field.DNS_DOMAIN.key());
        if (domain != null && !(domain.isTextual() && WORD.matcher(domain.asText()).matches())) {
            throw new ConfigurationException(where + ".domain is " + domain + ": a word of printable ASCII is expected");
        }
        return Optional.of(new Dns(
                nameservers, Optional.ofNullable(domain).map(JsonNode::asText), words(where, object, Field.DNS_SEARCH),
                words(where, object, Field.DNS_OPTIONS)));
    }

    private static List<String> words(String where, JsonNode object, Field field) throws ConfigurationException {
        List<String> words = Settings.names(where, object, field);
        for (String each : words) {
            if (!WORD.matcher(each).matches()) {
                throw new ConfigurationException(
                        where + "." + field.key() + " holds " + new TextNode(each) + ": words of printable ASCII are expected");
            }
        }
        return words;
    }
}
