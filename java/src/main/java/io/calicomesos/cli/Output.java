package io.calicomesos.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option that says how a command prints what it has to say. */
final class Output {
    /** The two. */
    enum Format { table, json }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "table",
            description = "How it is printed: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private Format format;

    /**
     * Prints.
     *
     * @param value as JSON
     * @param table the same for people
     */
    void print(Object value, Consumer<PrintWriter> table) {
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.table) {
            table.accept(out);
        } else {
            out.println(json(value));
        }
        out.flush();
    }

    private static String json(Object value) {
        try {
            return new ObjectMapper().enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING).writerWithDefaultPrettyPrinter()
                    .writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
