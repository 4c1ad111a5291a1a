package io.calicomesos.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the module's parameters where an operator wrote them: in the agent's modules.json, or in a file of the parameter {@code config}. */
public final class ModulesFile {
    /** The names under which the module exists. */
    public static final List<String> NAMES = List.of("network/calico", "io_calicomesos_NetworkIsolator");

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private ModulesFile() {}

    /**
     * Reads them.
     *
     * @param file either of the two; what has a key {@code libraries} is a modules.json
     * @return for {@link Configuration#read}; of several modules of ours those of the first
     * @throws ConfigurationException if it is neither, or cannot be read
     */
    public static Map<String, String> parameters(Path file) throws ConfigurationException {
        JsonNode root = parse(file);
        if (!root.has("libraries")) {
            return Map.of(Parameter.CONFIG.key(), file.toString());
        }
        for (JsonNode library : root.path("libraries")) {
            for (JsonNode module : library.path("modules")) {
                if (isOurs(module)) {
                    return parameters(file, module);
                }
            }
        }
        throw new ConfigurationException(file + " has no module " + String.join(" or ", NAMES) + " in libraries[].modules[].name");
    }

    /**
     * Reads which library an agent opens for the module.
     *
     * @param file a modules.json, or a file of the parameter {@code config}
     * @return as it stands there; none if the file is no modules.json, or names the library without its path
     * @throws ConfigurationException if it cannot be read
     */
    public static Optional<Path> library(Path file) throws ConfigurationException {
        for (JsonNode library : parse(file).path("libraries")) {
            for (JsonNode module : library.path("modules")) {
                if (isOurs(module)) {
                    return Optional.of(library.path("file").asText()).filter(each -> each.startsWith("/")).map(Path::of);
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isOurs(JsonNode module) {
        return NAMES.contains(module.path("name").asText());
    }

    private static Map<String, String> parameters(Path file, JsonNode module) throws ConfigurationException {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (JsonNode each : module.path("parameters")) {
            if (!each.path("key").isTextual() || !each.path("value").isTextual()) {
                throw new ConfigurationException(file + " has the parameter " + each
                        + ": {\"key\": \"...\", \"value\": \"...\"} is expected, both in quotation marks");
            }
            if (parameters.put(each.get("key").asText(), each.get("value").asText()) != null) {
                throw new ConfigurationException("parameter " + each.get("key").asText() + " is given twice in " + file);
            }
        }
        return parameters;
    }

    private static JsonNode parse(Path file) throws ConfigurationException {
        try {
            JsonNode root = JSON.readTree(Files.readString(file));
            if (root.isObject()) {
                return root;
            }
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(file + " is not valid JSON: " + e.getOriginalMessage()
                    + (e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")"));
        } catch (IOException e) {
            throw new ConfigurationException(file + " cannot be read: " + (e instanceof NoSuchFileException ? "there is none" : e.toString()));
        }
        throw new ConfigurationException(file + " holds no JSON object: a modules.json, or an object with the module's parameters, is expected");
    }
}
