package io.calicomesos.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A command in README or docs: an indented line that begins with "$ ".
 *
 * @param document the file
 * @param line without the prompt
 * @param shown what it is said to print
 */
record DocumentedCommand(Path document, String line, List<String> shown) {
    /** Its commands change what the others look at. */
    static final String LAST = "commands.md";

    private static final Pattern COMMAND = Pattern.compile(" {4,}\\$ (.+?)( +# .*)?");

    /** All of them, in the order in which they can be run. */
    static List<DocumentedCommand> all() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(Build.repository().resolve("README.md")));
        try (Stream<Path> docs = Files.list(Build.repository().resolve("docs"))) {
            docs.filter(each -> each.toString().endsWith(".md") && !each.endsWith(LAST)).sorted().forEach(documents::add);
        }
        documents.add(Build.repository().resolve("docs").resolve(LAST));
        List<DocumentedCommand> commands = new ArrayList<>();
        for (Path document : documents) {
            List<String> shown = null;
            for (String line : Files.readAllLines(document)) {
                Matcher command = COMMAND.matcher(line);
                if (command.matches()) {
                    shown = new ArrayList<>();
                    commands.add(new DocumentedCommand(document, command.group(1), shown));
                } else if (shown != null && (line.startsWith("    ") || line.isEmpty())) {
                    shown.add(line);
                } else {
                    shown = null;
                }
            }
        }
        return commands;
    }
}
