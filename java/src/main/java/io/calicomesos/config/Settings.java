package io.calicomesos.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys and values of the parameters and of the file, not yet understood: their texts and types are checked here. */
final class Settings {
    /** Read by the C++ side before there is Java. */
    private static final Set<String> OF_THE_JVM =
            Set.of("java_home", "java_classpath", "java_library_path", "java_heap", "java_options");

    private static final Set<String> KEYS = Set.of(
            "etcd_endpoints", "etcd_ca_cert_file", "etcd_cert_file", "etcd_key_file", "etcd_username", "etcd_password_file",
            "etcd_request_timeout", "etcd_launch_timeout", "node_name", "enforcer", "felix_status_dir", "felix_timeout", "runtime_dir",
            "state_dir", "mtu", "networks", "dns", "netgroups", "namespaces", "sweep_interval", "sweep_grace", "call_timeout",
            "metrics_address", "verbose");

    /** The keys whose value is a JSON object, in a file as well as in a parameter's text. */
    private static final Set<String> OBJECTS = Set.of("networks", "dns", "netgroups", "namespaces");

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
        List<String> errors = new ArrayList<>();
        Settings settings = of(parameters, errors);
        if (!errors.isEmpty()) {
            throw new ConfigurationException(errors.get(0));
        }
        return settings;
    }

    /** The same, but what is wrong is added to the errors and left out. */
    static Settings of(Map<String, String> parameters, Collection<String> errors) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        String file = parameters.get("config");
        if (file != null) {
            addTo(errors, () -> parse(file).properties().forEach(each -> addTo(errors, () -> {
                refuseUnknown(each.getKey(), KEYS, "file " + file);
                values.put(each.getKey(), each.getValue());
            })));
        }
        Set<String> known = new TreeSet<>(KEYS);
        known.addAll(OF_THE_JVM);
        known.add("config");
        parameters.forEach((key, value) -> addTo(errors, () -> {
            refuseUnknown(key, known, "modules.json");
            if (KEYS.contains(key)) {
                values.put(key, OBJECTS.contains(key) ? parseText(key, value) : new TextNode(value));
            }
        }));
        return new Settings(values);
    }

    /** What may find something wrong. */
    interface Step {
        void run() throws ConfigurationException;
    }

    static void addTo(Collection<String> errors, Step step) {
        try {
            step.run();
        } catch (ConfigurationException e) {
            errors.add(e.getMessage());
        }
    }

    Set<String> keys() {
        return values.keySet();
    }

    /** Those of some keys alone. */
    Settings only(Set<String> keys) {
        Map<String, JsonNode> some = new LinkedHashMap<>(values);
        some.keySet().retainAll(keys);
        return new Settings(some);
    }

    static void refuseUnknown(String key, Set<String> known, String where) throws ConfigurationException {
        if (!known.contains(key)) {
            throw new ConfigurationException(
                    "unknown parameter '" + key + "' in " + where + ": known are " + String.join(", ", new TreeSet<>(known)));
        }
    }

    /** The same beside etcd's endpoints, without which nothing can be read. */
    Settings withSomeEtcd() {
        Map<String, JsonNode> more = new LinkedHashMap<>(values);
        more.put(EtcdSettings.ENDPOINTS, new TextNode("http://127.0.0.1:2379"));
        return new Settings(more);
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

    /** Those of some keys that are set. */
    Map<String, String> texts(Set<String> keys) throws ConfigurationException {
        Map<String, String> texts = new TreeMap<>();
        for (String each : keys) {
            if (values.containsKey(each)) {
                texts.put(each, text(each, null));
            }
        }
        return texts;
    }

    boolean flag(String key, boolean otherwise) throws ConfigurationException {
        String text = text(key, Boolean.toString(otherwise));
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new ConfigurationException(key + " is '" + text + "': true or false is expected");
        };
    }

    OptionalInt number(String key, int least, int most) throws ConfigurationException {
        String text = text(key, null);
        if (text == null) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ConfigurationException(key + " is '" + text + "': a number from " + least + " to " + most + " is expected");
    }

    /**
     * A number in an object.
     *
     * @param where its path, for messages
     * @param node as written; null if it is not there
     * @param least that is allowed
     * @param most that is allowed
     * @param unit what stands behind "a number" in messages
     */
    static OptionalLong number(String where, JsonNode node, long least, long most, String unit) throws ConfigurationException {
        if (node == null) {
            return OptionalLong.empty();
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < least || node.asLong() > most) {
            throw new ConfigurationException(where + " is " + node + ": a number" + unit + " from " + least + " to " + most + " is expected");
        }
        return OptionalLong.of(node.asLong());
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

    /** The value of a key as it was written; null if there is none. */
    JsonNode node(String key) {
        return values.get(key);
    }

    /**
     * The objects in an object, by name.
     *
     * @param key of the object
     * @param known the fields that each may have
     * @param list one of them that is a list, for an example
     */
    Map<String, JsonNode> objects(String key, Set<String> known, String list) throws ConfigurationException {
        Map<String, JsonNode> objects = new TreeMap<>();
        JsonNode node = values.get(key);
        if (node == null) {
            return objects;
        }
        if (!node.isObject()) {
            throw new ConfigurationException(key + " is " + node + ": an object of objects is expected, as in {\"name\": {\"" + list
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

    /** A list of texts in an object; without the field, none. */
    static List<String> names(String where, JsonNode object, String field) throws ConfigurationException {
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
