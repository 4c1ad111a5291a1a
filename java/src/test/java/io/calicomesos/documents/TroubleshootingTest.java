package io.calicomesos.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/troubleshooting.md and the sources know the same messages: those of the exceptions that reach an operator, those of the C++ side
 * at the agent's start, and errors in the log. An entry is what stands between backquotes at the begin of a table's row, with … for
 * what differs.
 */
class TroubleshootingTest {
    private static final Pattern ENTRY = Pattern.compile("\\| `([^`]+)` \\|.*");
    private static final Pattern SAID = Pattern.compile(
            "new (?:Refused|TooMany|NodeName|Address|Taken|NotEnforced|Configuration|Etcd|BadRequest)Exception\\(|LOG\\.error\\(|\\bFailed\\{");
    /** Those that an entry may tell of, and need not. */
    private static final Pattern ALSO_SAID = Pattern.compile("LOG\\.warn\\(|new (?:IllegalArgument|IO)Exception\\(|Optional\\.of\\(");

    @Test
    void eachMessageOfTheSourcesHasAnEntry() throws IOException {
        List<Pattern> entries = entries().stream().map(TroubleshootingTest::pattern).toList();
        assertThat(messages(SAID)).as("an entry in docs/troubleshooting.md").allMatch(
                message -> entries.stream().anyMatch(entry -> entry.matcher(message).matches()));
    }

    @Test
    void eachEntryIsAMessageOfTheSources() throws IOException {
        Set<String> messages = messages(SAID);
        messages.addAll(messages(ALSO_SAID));
        assertThat(entries()).as("a message in the sources").allMatch(
                entry -> messages.stream().anyMatch(message -> pattern(entry).matcher(message).matches()));
    }

    private static List<String> entries() throws IOException {
        return Files.readAllLines(Path.of("../docs/troubleshooting.md")).stream().map(ENTRY::matcher).filter(Matcher::matches)
                .map(each -> each.group(1)).toList();
    }

    /** What differs in an entry may be anything in a message, and what follows an entry may be missing. */
    private static Pattern pattern(String entry) {
        return Pattern.compile(Stream.of(entry.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".*")) + ".*");
    }

    /** The messages, with … for what is not known before the program runs; not those of which nothing is known. */
    private static Set<String> messages(Pattern begin) throws IOException {
        Set<String> messages = new TreeSet<>();
        for (Path file : sources()) {
            String source = Files.readString(file);
            Matcher each = begin.matcher(source);
            while (each.find()) {
                String message = message(source, each.end());
                if (message.chars().anyMatch(Character::isLetter)) {
                    messages.add(message);
                }
            }
        }
        return messages;
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> java = Files.walk(Path.of("src/main/java"));
                Stream<Path> isolator = Files.list(Path.of("../native/isolator"));
                Stream<Path> jvm = Files.list(Path.of("../native/jvm"))) {
            return Stream.of(java, isolator, jvm).flatMap(each -> each).filter(each -> each.toString().endsWith(".java")
                    || each.toString().endsWith(".cpp") && !each.toString().endsWith("_test.cpp")).toList();
        }
    }

    /** The texts from a parenthesis to its end, and … for all between them. */
    private static String message(String source, int begin) {
        StringBuilder message = new StringBuilder();
        int depth = 1;
        for (int i = begin; depth > 0; i++) {
            char c = source.charAt(i);
            if (c == '"') {
                for (i++; source.charAt(i) != '"'; i++) {
                    i += source.charAt(i) == '\\' ? 1 : 0;
                    message.append(source.charAt(i));
                }
            } else if (c == '\'') {
                i += source.charAt(i + 1) == '\\' ? 3 : 2;
                message.append('…');
            } else if (c != '+' && !Character.isWhitespace(c)) {
                depth += "([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0;
                message.append('…');
            }
        }
        return message.toString().replace("{}", "…").replaceAll("…+", "…");
    }
}
