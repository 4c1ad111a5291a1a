package io.calicomesos.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NamedTestsTest {
    private static final Pattern NAMED = Pattern.compile("`([A-Z][A-Za-z]*(?:Test|IT))(?:\\.([a-zA-Z]+))?`");

    @Test
    void eachThatADocumentNamesIsThere() throws IOException {
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        for (Document document : Document.all()) {
            for (MatchResult named : NAMED.matcher(String.join("\n", document.lines())).results().toList()) {
                String source = sources.get(named.group(1) + ".java");
                if (source == null || named.group(2) != null && !source.contains("void " + named.group(2) + "(")) {
                    missing.add(document.file() + ": " + named.group());
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (Path tests : List.of(Path.of("src/test/java"), Path.of("../lab/src/test/java"))) {
            try (Stream<Path> files = Files.walk(tests)) {
                for (Path each : files.filter(Files::isRegularFile).toList()) {
                    sources.put(each.getFileName().toString(), Files.readString(each));
                }
            }
        }
        return sources;
    }
}
