package io.calicomesos.documents;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A document for operators: README.md or one in docs.
 *
 * @param file where it is
 * @param lines its text
 */
record Document(Path file, List<String> lines) {
    static List<Document> all() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("../docs"))) {
            return Stream.concat(Stream.of(Path.of("../README.md")), docs.filter(each -> each.toString().endsWith(".md")).sorted())
                    .map(Document::read).toList();
        }
    }

    static Document read(Path file) {
        try {
            return new Document(file, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of its headings, as GitHub makes them. */
    Set<String> anchors() {
        return lines.stream().filter(each -> each.startsWith("#"))
                .map(each -> each.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }
}
