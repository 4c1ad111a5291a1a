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
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The keys and values of the parameters and of the file, not yet understood: their texts and types are checked here. */
final class Settings {
    /** Mesos's notation: a number and a unit. */
    private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|secs|mins|hrs)");

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Map<Parameter, JsonNode> values;

    private Settings(Map<Parameter, JsonNode> values) {
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
        Map<Parameter, JsonNode> values = new LinkedHashMap<>();
        String file = parameters.get(Parameter.CONFIG.key());
        if (file != null) {
            addTo(errors, () -> parse(file).properties().forEach(each -> addTo(errors, () -> {
                refuseUnknown(each.getKey(), Parameter.keys(known -> !known.isEarly()), "file " + file);
                values.put(Parameter.of(each.getKey()).orElseThrow(), each.getValue());
            })));
        }
        parameters.forEach((key, value) -> addTo(errors, () -> {
            refuseUnknown(key, Parameter.keys(known -> true), "modules.json");
            Parameter parameter = Parameter.of(key).orElseThrow();
            if (!parameter.isEarly()) {
                values.put(parameter, parameter.shape().isObject() ? parseText(key, value) : new TextNode(value));
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

    /** Those that are set. */
    Set<Parameter> parameters() {
        return values.keySet();
    }

    /** Of one parameter alone. */
    Settings only(Parameter parameter) {
        Map<Parameter, JsonNode> some = new LinkedHashMap<>(values);
        some.keySet().retainAll(Set.of(parameter));
        return new Settings(some);
    }

    static void refuseUnknown(String key, Set<String> known, String where) throws ConfigurationException {
        if (!known.contains(key)) {
            throw new ConfigurationException(
                    "unknown parameter '" + key + "' in " + where + ": known are " + String.join(", ", known));
        }
    }

    /** The same beside etcd's endpoints, without which nothing can be read. */
    Settings withSomeEtcd() {
        Map<Parameter, JsonNode> more = new LinkedHashMap<>(values);
        more.put(Parameter.ETCD_ENDPOINTS, new TextNode("http://127.0.0.1:2379"));
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

    /** The value of a parameter, or its default; none if that depends on the host. */
    Optional<String> text(Parameter parameter) throws ConfigurationException {
        JsonNode node = values.get(parameter);
        if (node == null) {
            return parameter.otherwise().value();
        }
        if (!node.isValueNode() || node.isNull()) {
            throw new ConfigurationException(parameter.key() + " is " + node + ": " + Shape.TEXT.allowed());
        }
        return Optional.of(node.asText());
    }

    /** Those of some parameters that are set. */
    Map<Parameter, String> texts(Set<Parameter> parameters) throws ConfigurationException {
        Map<Parameter, String> texts = new EnumMap<>(Parameter.class);
        for (Parameter each : parameters) {
            if (values.containsKey(each)) {
                texts.put(each, text(each).orElseThrow());
            }
        }
        return texts;
    }

    boolean flag(Parameter parameter) throws ConfigurationException {
        String text = text(parameter).orElseThrow();
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw parameter.refused(text);
        };
    }

    OptionalInt number(Parameter parameter, int least, int most) throws ConfigurationException {
        Optional<String> text = text(parameter);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int number = Integer.parseInt(text.get());
            if (number >= least && number <= most) {
                return OptionalInt.of(number);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw parameter.refused(text.get());
    }

    Optional<Path> path(Parameter parameter) throws ConfigurationException {
        Optional<String> text = text(parameter);
        return text.isEmpty() ? Optional.empty() : Optional.of(path(parameter, parameter.key(), text.get()));
    }

    /** The path that a text is; spelled is how the parameter is called where it was set. */
    static Path path(Parameter parameter, String spelled, String text) throws ConfigurationException {
        Path path = text.indexOf('\0') < 0 ? Path.of(text) : Path.of("");
        if (!path.isAbsolute()) {
            throw parameter.refused(spelled, text);
        }
        return path;
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

    Duration duration(Parameter parameter) throws ConfigurationException {
        String text = text(parameter).orElseThrow();
        Matcher matcher = DURATION.matcher(text);
        double milliseconds = !matcher.matches() ? 0 : Double.parseDouble(matcher.group(1)) * switch (matcher.group(2)) {
            case "ms" -> 1;
            case "secs" -> 1_000;
            case "mins" -> 60_000;
            default -> 3_600_000;
        };
        if (milliseconds < 1 || milliseconds > 86_400_000) {
            throw parameter.refused(text);
        }
        return Duration.ofMillis(Math.round(milliseconds));
    }

    /** The value of a parameter as it was written; null if there is none. */
    JsonNode node(Parameter parameter) {
        return values.get(parameter);
    }

    /**
     * The objects in an object, by name.
     *
     * @param parameter whose value it is
     * @param of what each of them is, for its fields
     */
    Map<String, JsonNode> objects(Parameter parameter, Field.Of of) throws ConfigurationException {
        Map<String, JsonNode> objects = new TreeMap<>();
        JsonNode node = values.get(parameter);
        if (node == null) {
            return objects;
        }
        if (!node.isObject()) {
            throw new ConfigurationException(parameter.key() + " is " + node + ": " + parameter.shape().allowed());
        }
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            String where = parameter.key() + "." + each.getKey();
            if (!each.getValue().isObject()) {
                throw new ConfigurationException(where + " is " + each.getValue() + ": an object is expected");
            }
            for (Map.Entry<String, JsonNode> field : each.getValue().properties()) {
                refuseUnknown(field.getKey(), Field.keys(of), where);
            }
            objects.put(each.getKey(), each.getValue());
        }
        return objects;
    }

    /** A list of texts in an object; without the field, none. */
    static List<String> names(String where, JsonNode object, Field field) throws ConfigurationException {
        JsonNode list = object.path(field.key());
        if (!list.isMissingNode() && !list.isArray()) {
            throw new ConfigurationException(where + "." + field.key() + " is " + list + ": a list of names is expected");
        }
        List<String> names = new ArrayList<>();
        for (JsonNode each : list) {
            if (!each.isTextual() || each.asText().isEmpty()) {
                throw new ConfigurationException(where + "." + field.key() + " holds " + each + ": names are expected");
            }
            names.add(each.asText());
        }
        return names;
    }
}
