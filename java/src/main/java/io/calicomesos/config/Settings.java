package io.calicomesos.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys and values of the parameters and of the file, not yet understood: their texts and types are checked here. */
final class Settings {
    /** Read by the C++ side before there is Java. */
    private static final Set<String> OF_THE_JVM =
            Set.of("java_home", "java_classpath", "java_library_path", "java_heap", "java_options");

    private static final Set<String> KEYS = Set.of(
            "etcd_endpoints", "etcd_request_timeout", "etcd_launch_timeout", "node_name", "enforcer", "felix_status_dir",
            "felix_timeout", "runtime_dir", "state_dir", "mtu", "networks", "dns", "netgroups", "namespaces", "sweep_interval", "sweep_grace",
            "verbose");

    private static final String IP_VERSIONS = "ip_versions";

    /** The keys whose value is a JSON object of objects, in a file as well as in a parameter's text, and the fields of those. */
    private static final Map<String, Set<String>> FIELDS = Map.of(
            "networks", Set.of("netgroups", "pools", IP_VERSIONS, "dns"), "netgroups", Set.of("pools", "roles"),
            "namespaces", Set.of("roles"));

    private static final String DNS = "dns";
    private static final Set<String> DNS_FIELDS = Set.of("nameservers", "domain", "search", "options");
    /** What stands in a resolv.conf must not end its line, nor begin another word. */
    private static final Pattern DNS_WORD = Pattern.compile("[!-~&&[^#;]]+");

    /** Mesos's notation: a number and a unit. */
    private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|secs|mins|hrs)");

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Map<String, JsonNode> values;

    private Settings(Map<String, JsonNode> values) {
        this.values = values;
    }

    /** Collects the parameters and, if they name one, the file's keys; refuses what it does not know. */
    static Settings of(Map<String, String> parameters) throws ConfigurationException {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        String file = parameters.get("config");
        if (file != null) {
            for (Map.Entry<String, JsonNode> each : parse(file).properties()) {
                refuseUnknown(each.getKey(), KEYS, "file " + file);
                values.put(each.getKey(), each.getValue());
            }
        }
        for (Map.Entry<String, String> each : parameters.entrySet()) {
            String key = each.getKey();
            if (key.equals("config") || OF_THE_JVM.contains(key)) {
                continue;
            }
            Set<String> known = new TreeSet<>(KEYS);
            known.addAll(OF_THE_JVM);
            known.add("config");
            refuseUnknown(key, known, "modules.json");
            values.put(key, FIELDS.containsKey(key) || key.equals(DNS) ? parseText(key, each.getValue()) : new TextNode(each.getValue()));
        }
        return new Settings(values);
    }

    private static void refuseUnknown(String key, Set<String> known, String where) throws ConfigurationException {
        if (!known.contains(key)) {
            throw new ConfigurationException(
                    "unknown parameter '" + key + "' in " + where + ": known are " + String.join(", ", new TreeSet<>(known)));
        }
    }

    private static JsonNode parse(String file) throws ConfigurationException {
        try {
            JsonNode root = JSON.readTree(Files.readString(Path.of(file)));
            if (!root.isObject()) {
                throw new ConfigurationException("config file " + file + ": a JSON object is expected");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new ConfigurationException("config file " + file + " is not valid JSON: " + e.getOriginalMessage()
                    + (e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")"));
        } catch (IOException e) {
            throw new ConfigurationException("config file " + file + " cannot be read: " + e);
        }
    }

    private static JsonNode parseText(String key, String text) throws ConfigurationException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(key + " is not valid JSON: " + e.getOriginalMessage());
        }
    }

    String text(String key, String otherwise) throws ConfigurationException {
        JsonNode node = values.get(key);
        if (node == null) {
            return otherwise;
        }
        if (!node.isValueNode() || node.isNull()) {
            throw new ConfigurationException(key + " is " + node + ": a single value is expected");
        }
        return node.asText();
    }

    boolean flag(String key, boolean otherwise) throws ConfigurationException {
        String text = text(key, Boolean.toString(otherwise));
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new ConfigurationException(key + " is '" + text + "': true or false is expected");
        };
    }

    int number(String key, int otherwise, int least, int most) throws ConfigurationException {
        String text = text(key, Integer.toString(otherwise));
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ConfigurationException(key + " is '" + text + "': a number from " + least + " to " + most + " is expected");
    }

    Duration duration(String key, Duration otherwise) throws ConfigurationException {
        String text = text(key, null);
        if (text == null) {
            return otherwise;
        }
        Matcher matcher = DURATION.matcher(text);
        double milliseconds = !matcher.matches() ? 0 : Double.parseDouble(matcher.group(1)) * switch (matcher.group(2)) {
            case "ms" -> 1;
            case "secs" -> 1_000;
            case "mins" -> 60_000;
            default -> 3_600_000;
        };
        if (milliseconds < 1 || milliseconds > 86_400_000) {
            throw new ConfigurationException(key + " is '" + text
                    + "': a positive duration up to 24hrs is expected, with a unit of ms, secs, mins or hrs, as in 10secs");
        }
        return Duration.ofMillis(Math.round(milliseconds));
    }

    Map<String, Network> networks() throws ConfigurationException {
        Map<String, Network> networks = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : objects("networks").entrySet()) {
            String where = "networks." + each.getKey();
            networks.put(each.getKey(), new Network(
                    each.getKey(), names(where, each.getValue(), "netgroups"), names(where, each.getValue(), "pools"),
                    ipVersions(where, each.getValue()), dns(where + "." + DNS, each.getValue().get(DNS))));
        }
        return networks;
    }

    Optional<Dns> dns() throws ConfigurationException {
        return dns(DNS, values.get(DNS));
    }

    private static Optional<Dns> dns(String where, JsonNode object) throws ConfigurationException {
        if (object == null) {
            return Optional.empty();
        }
        if (!object.isObject()) {
            throw new ConfigurationException(
                    where + " is " + object + ": an object is expected, as in {\"nameservers\": [\"10.0.0.53\"]}");
        }
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            refuseUnknown(field.getKey(), DNS_FIELDS, where);
        }
        List<String> nameservers = names(where, object, "nameservers");
        if (nameservers.isEmpty()) {
            throw new ConfigurationException(where + ".nameservers is empty: the address of at least one name server is expected");
        }
        for (String each : nameservers) {
            if (!InetAddresses.isInetAddress(each)) {
                throw new ConfigurationException(where + ".nameservers holds " + new TextNode(each) + ": IP addresses are expected");
            }
        }
        JsonNode domain = object.get("domain");
        if (domain != null && !(domain.isTextual() && DNS_WORD.matcher(domain.asText()).matches())) {
            throw new ConfigurationException(where + ".domain is " + domain + ": a word of printable ASCII is expected");
        }
        return Optional.of(new Dns(
                nameservers, Optional.ofNullable(domain).map(JsonNode::asText), words(where, object, "search"),
                words(where, object, "options")));
    }

    private static List<String> words(String where, JsonNode object, String field) throws ConfigurationException {
        List<String> words = names(where, object, field);
        for (String each : words) {
            if (!DNS_WORD.matcher(each).matches()) {
                throw new ConfigurationException(
                        where + "." + field + " holds " + new TextNode(each) + ": words of printable ASCII are expected");
            }
        }
        return words;
    }

    ByName<List<String>> netgroupPools() throws ConfigurationException {
        Map<String, List<String>> pools = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : objects("netgroups").entrySet()) {
            if (each.getValue().has("pools")) {
                pools.put(each.getKey(), names("netgroups." + each.getKey(), each.getValue(), "pools"));
            }
        }
        return new ByName<>(pools);
    }

    /** Those of the objects' fields {@code roles}. */
    ByName<Roles> roles(String key) throws ConfigurationException {
        Map<String, Roles> roles = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : objects(key).entrySet()) {
            if (each.getValue().has("roles")) {
                String where = key + "." + each.getKey();
                List<String> names = names(where, each.getValue(), "roles");
                try {
                    roles.put(each.getKey(), new Roles(names));
                } catch (IllegalArgumentException e) {
                    throw new ConfigurationException(where + ".roles " + e.getMessage());
                }
            }
        }
        return new ByName<>(roles);
    }

    /** The objects in an object, by name. */
    private Map<String, JsonNode> objects(String key) throws ConfigurationException {
        Set<String> known = FIELDS.get(key);
        Map<String, JsonNode> objects = new TreeMap<>();
        JsonNode node = values.get(key);
        if (node == null) {
            return objects;
        }
        if (!node.isObject()) {
            throw new ConfigurationException(key + " is " + node + ": an object of objects is expected, as in {\"name\": {\""
                    + known.stream().filter(each -> !each.equals(DNS) && !each.equals(IP_VERSIONS)).sorted().findFirst().orElseThrow()
                    + "\": [\"a\"]}}");
        }
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            String where = key + "." + each.getKey();
            if (!each.getValue().isObject()) {
                throw new ConfigurationException(where + " is " + each.getValue() + ": an object is expected");
            }
            for (Map.Entry<String, JsonNode> field : each.getValue().properties()) {
                refuseUnknown(field.getKey(), known, where);
            }
            objects.put(each.getKey(), each.getValue());
        }
        return objects;
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

    private static List<String> names(String where, JsonNode object, String field) throws ConfigurationException {
        JsonNode list = object.path(field);
        if (!list.isMissingNode() && !list.isArray()) {
            throw new ConfigurationException(where + "." + field + " is " + list + ": a list of names is expected");
        }
        List<String> names = new ArrayList<>();
        for (JsonNode each : list) {
            if (!each.isTextual() || each.asText().isEmpty()) {
                throw new ConfigurationException(where + "." + field + " holds " + each + ": names are expected");
            }
            names.add(each.asText());
        }
        return names;
    }
}
