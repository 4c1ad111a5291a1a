package io.calicomesos.config;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the operator says of things that have names: of one by its name, or of many by a pattern, in which {@code *} stands for any
 * characters, also none.
 *
 * @param <T> what is said
 * @param entries by name or pattern
 */
public record ByName<T>(Map<String, T> entries) {
    private static final char ANY = '*';

    /** Copies. */
    public ByName {
        entries = Map.copyOf(entries);
    }

    /**
     * What is said of a thing: under its very name, or else under the pattern that matches it with the most characters besides
     * {@code *}. Of several such patterns none is the more specific, and all hold.
     *
     * @param name the thing's
     * @return by the name or pattern under which it stands; empty if nothing is said
     */
    public Map<String, T> of(String name) {
        T exact = name.indexOf(ANY) < 0 ? entries.get(name) : null;
        if (exact != null) {
            return Map.of(name, exact);
        }
        Map<String, T> matching = new TreeMap<>();
        entries.forEach((pattern, said) -> {
            if (pattern.indexOf(ANY) >= 0 && matches(pattern, name)) {
                matching.put(pattern, said);
            }
        });
        long most = matching.keySet().stream().mapToLong(ByName::literals).max().orElse(0);
        return matching.entrySet().stream().filter(each -> literals(each.getKey()) == most)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
    }

    private static long literals(String pattern) {
        return pattern.chars().filter(each -> each != ANY).count();
    }

    /** In time that grows with the lengths alone, whatever a framework calls its netgroups. */
    private static boolean matches(String pattern, String name) {
        String first = pattern.substring(0, pattern.indexOf(ANY));
        String last = pattern.substring(pattern.lastIndexOf(ANY) + 1);
        if (name.length() < first.length() + last.length() || !name.startsWith(first) || !name.endsWith(last)) {
            return false;
        }
        int at = first.length();
        int end = name.length() - last.length();
        for (String part : pattern.substring(first.length(), pattern.length() - last.length()).split("\\*")) {
            int found = name.indexOf(part, at);
            if (found < 0 || found + part.length() > end) {
                return false;
            }
            at = found + part.length();
        }
        return true;
    }
}
