package io.calicomesos.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/** What an agent's {@code --modules} names. */
final class ModulesJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ModulesJson() {}

    /**
     * Writes it.
     *
     * @param file where
     * @param library the module's library
     * @param isolator the module's name
     * @param parameters the module's parameters
     */
    static void write(Path file, Path library, String isolator, Map<String, String> parameters) {
        ObjectNode module = JSON.createObjectNode().put("name", isolator);
        ArrayNode list = module.putArray("parameters");
        parameters.forEach((key, value) -> list.addObject().put("key", key).put("value", value));
        ObjectNode root = JSON.createObjectNode();
        root.putArray("libraries").addObject().put("file", library.toString()).putArray("modules").add(module);
        try {
            JSON.writeValue(file.toFile(), root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
