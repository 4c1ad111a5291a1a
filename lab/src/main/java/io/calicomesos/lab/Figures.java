package io.calicomesos.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What a long run has measured, in build/soak/results.json beside what others have. */
public final class Figures {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Figures() {}

    /**
     * Prints and keeps figures, in the place of former ones of the same run.
     *
     * @param run its name
     * @param figures by what they are
     */
    public static synchronized void keep(String run, Map<String, ?> figures) {
        Path file = Build.repository().resolve("build/soak/results.json");
        System.out.println(run + ": " + figures);
        try {
            Files.createDirectories(file.getParent());
            ObjectNode all = Files.exists(file) ? (ObjectNode) JSON.readTree(file.toFile()) : JSON.createObjectNode();
            all.set(run, JSON.valueToTree(figures));
            JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
