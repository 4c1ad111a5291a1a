package io.calicomesos.lab.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What was measured, in its order: a table for people, in Markdown, and the same as JSON. */
final class Figures {
    private final Map<String, Figure> figures = new LinkedHashMap<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();

    /**
     * One of them.
     *
     * @param value the figure
     * @param unit what it counts; empty for a ratio
     * @param goal what issue 9 wants; empty for nothing
     */
    private record Figure(double value, String unit, String goal) {}

    void put(String name, double value, String unit) {
        put(name, value, unit, "");
    }

    void put(String name, double value, String unit, String goal) {
        figures.put(name, new Figure(value, unit, goal));
        System.out.println(line(name, figures.get(name)));
    }

    /** The median, and what 95 and 99 of 100 took at most. */
    void put(String name, Samples samples) {
        for (Quantile each : Quantile.values()) {
            put(name + "_ms." + each.label, samples.quantileMs(each.at), "ms");
        }
    }

    /**
     * Median over median, and so on.
     *
     * @param goals for median, p95 and p99
     */
    void ratio(String name, Samples over, Samples under, String... goals) {
        for (Quantile each : Quantile.values()) {
            put(name + "." + each.label, over.quantileMs(each.at) / under.quantileMs(each.at), "",
                    each.ordinal() < goals.length ? goals[each.ordinal()] : "");
        }
    }

    void skip(String name, String why) {
        skipped.put(name, why);
        System.out.println("| " + name + " | skipped: " + why + " | |");
    }

    private enum Quantile {
        MEDIAN("median", 0.5), P95("p95", 0.95), P99("p99", 0.99);

        private final String label;
        private final double at;

        Quantile(String label, double at) {
            this.label = label;
            this.at = at;
        }
    }

    private static String line(String name, Figure figure) {
        String value = String.format(Locale.ROOT, Math.abs(figure.value()) < 10 ? "%.2f" : Math.abs(figure.value()) < 100 ? "%.1f" : "%.0f",
                figure.value());
        return "| " + name + " | " + (value + " " + figure.unit()).strip() + " | " + figure.goal() + " |";
    }

    /** Begins the table. */
    static void head() {
        System.out.println("| figure | measured | goal |\n|---|---|---|");
    }

    /**
     * Writes all.
     *
     * @param file where
     * @param context under which circumstances it was measured
     */
    void write(Path file, Map<String, String> context) throws IOException {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        context.forEach(root.putObject("context")::put);
        ObjectNode all = root.putObject("figures");
        figures.forEach((name, figure) -> all.putObject(name).put("value", figure.value()).put("unit", figure.unit()).put("goal", figure.goal()));
        skipped.forEach(root.putObject("skipped")::put);
        Files.createDirectories(file.getParent());
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), root);
    }
}
