package io.calicomesos.calico;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads a {@link Selector} by recursive descent. As in Calico: only space and tab are white space, {@code &&} binds
 * stronger than {@code ||}, a string has no escapes, {@code notin} and {@code startswith} may be one word, a set may end
 * with a comma.
 */
final class SelectorParser {
    private static final int MAX_KEY = 512;
    /** Deeper ones are refused, a thread's stack is small. */
    private static final int MAX_DEPTH = 100;

    private final String text;
    private int at;
    private int depth;

    SelectorParser(final String text) {
        this.text = text;
    }

    Selector parse() {
        skipSpace();
        if (at == text.length()) {
            return new Selector.All();
        }
        final Selector selector = or();
        if (at < text.length()) {
            throw expected("'&&', '||' or the end");
        }
        return selector;
    }

    private Selector or() {
        final List<Selector> operands = new ArrayList<>(1);
        do {
            operands.add(and());
        } while (accept("||"));
        return operands.size() == 1 ? operands.get(0) : new Selector.Or(operands);
    }

    private Selector and() {
        final List<Selector> operands = new ArrayList<>(1);
        do {
            operands.add(operation());
        } while (accept("&&"));
        return operands.size() == 1 ? operands.get(0) : new Selector.And(operands);
    }

    private Selector operation() {
        boolean negated = false;
        while (accept("!")) {
            negated = !negated;
        }
        final Selector selector = operand();
        return negated ? new Selector.Not(selector) : selector;
    }

    private Selector operand() {
        if (accept("(")) {
            if (++depth > MAX_DEPTH) {
                throw new IllegalArgumentException("selector '" + text + "': has more than " + MAX_DEPTH + " parentheses inside each other");
            }
            final Selector inner = or();
            require(")");
            depth--;
            return inner;
        }
        if (accept("has(")) {
            final Selector has = new Selector.Has(key());
            require(")");
            return has;
        }
        if (accept("all(")) {
            require(")");
            return new Selector.All();
        }
        if (accept("global(")) {
            require(")");
            return new Selector.Global();
        }
        return comparison(key());
    }

    private Selector comparison(final String key) {
        if (accept("==")) {
            return new Selector.Compare(key, Selector.Comparison.EQUAL, string());
        }
        if (accept("!=")) {
            return new Selector.Compare(key, Selector.Comparison.NOT_EQUAL, string());
        }
        if (acceptWords("contains")) {
            return new Selector.Compare(key, Selector.Comparison.CONTAINS, string());
        }
        if (acceptWords("starts", "with")) {
            return new Selector.Compare(key, Selector.Comparison.STARTS_WITH, string());
        }
        if (acceptWords("ends", "with")) {
            return new Selector.Compare(key, Selector.Comparison.ENDS_WITH, string());
        }
        if (acceptWords("not", "in")) {
            return new Selector.NotIn(key, set());
        }
        if (acceptWords("in")) {
            return new Selector.In(key, set());
        }
        throw expected("==, !=, in, not in, contains, starts with or ends with after the label '" + key + "'");
    }

    private Set<String> set() {
        final Set<String> values = new HashSet<>();
        require("{");
        while (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'')) {
            values.add(string());
            if (!accept(",")) {
                break;
            }
        }
        require("}");
        return values;
    }

    private String string() {
        final char quote = at < text.length() ? text.charAt(at) : ' ';
        if (quote != '"' && quote != '\'') {
            throw expected("a string in quotes");
        }
        final int end = text.indexOf(quote, at + 1);
        if (end < 0) {
            throw expected("a closing quote");
        }
        final String value = text.substring(at + 1, end);
        at = end + 1;
        skipSpace();
        return value;
    }

    private String key() {
        final int start = at;
        while (at < text.length() && isKeyCharacter(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw expected("a label");
        }
        if (at - start > MAX_KEY) {
            throw new IllegalArgumentException("selector '" + text + "': a label of " + (at - start) + " characters, at most "
                + MAX_KEY + " are allowed");
        }
        final String key = text.substring(start, at);
        skipSpace();
        return key;
    }

    private boolean accept(final String symbol) {
        if (!text.startsWith(symbol, at)) {
            return false;
        }
        at += symbol.length();
        skipSpace();
        return true;
    }

    private boolean acceptWords(final String... words) {
        final int start = at;
        for (final String word : words) {
            if (!accept(word)) {
                at = start;
                return false;
            }
        }
        if (at < text.length() && isKeyCharacter(text.charAt(at)) && isKeyCharacter(text.charAt(at - 1))) {
            at = start;
            return false;
        }
        return true;
    }

    private void require(final String symbol) {
        if (!accept(symbol)) {
            throw expected("'" + symbol + "'");
        }
    }

    private void skipSpace() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
    }

    private IllegalArgumentException expected(final String what) {
        return new IllegalArgumentException("selector '" + text + "': at " + (at + 1) + ": expected " + what);
    }

    private static boolean isKeyCharacter(final char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '/' || c == '-';
    }
}
