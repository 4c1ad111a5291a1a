package io.calicomesos.calico;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Calico's selector language: which labels an endpoint or a node must wear. {@code toString()} of each gives a selector
 * that is read as the same again.
 */
public sealed interface Selector {
    /**
     * Reads a selector.
     *
     * @param text for example {@code has(rack) && zone in {"a", "b"}}; empty selects all
     * @throws IllegalArgumentException if it is not one, with the place of the error
     */
    static Selector parse(final String text) {
        return new SelectorParser(text).parse();
    }

    /**
     * Whether something with these labels is selected.
     *
     * @param labels value by key
     */
    boolean matches(Map<String, String> labels);

    /** {@code all()}. */
    record All() implements Selector {
        @Override
        public boolean matches(final Map<String, String> labels) {
            return true;
        }

        @Override
        public String toString() {
            return "all()";
        }
    }

    /** {@code global()}: everything, like {@link All}; it means more only in a namespaceSelector. */
    record Global() implements Selector {
        @Override
        public boolean matches(final Map<String, String> labels) {
            return true;
        }

        @Override
        public String toString() {
            return "global()";
        }
    }

    /**
     * {@code has(key)}.
     *
     * @param key of the label
     */
    record Has(String key) implements Selector {
        @Override
        public boolean matches(final Map<String, String> labels) {
            return labels.containsKey(key);
        }

        @Override
        public String toString() {
            return "has(" + key + ")";
        }
    }

    /** How a label's value is compared. */
    enum Comparison {
        /** {@code ==}. */
        EQUAL("=="),
        /** {@code !=}; also when there is no such label. */
        NOT_EQUAL("!="),
        /** {@code contains}. */
        CONTAINS("contains"),
        /** {@code starts with}. */
        STARTS_WITH("starts with"),
        /** {@code ends with}. */
        ENDS_WITH("ends with");

        private final String operator;

        Comparison(final String operator) {
            this.operator = operator;
        }
    }

    /**
     * {@code key == "value"} and its like.
     *
     * @param key        of the label
     * @param comparison how
     * @param value      with what; never holds both kinds of quotes
     */
    record Compare(String key, Comparison comparison, String value) implements Selector {
        @Override
        public boolean matches(final Map<String, String> labels) {
            final String actual = labels.get(key);
            return switch (comparison) {
                case EQUAL -> value.equals(actual);
                case NOT_EQUAL -> !value.equals(actual);
                case CONTAINS -> actual != null && actual.contains(value);
                case STARTS_WITH -> actual != null && actual.startsWith(value);
                case ENDS_WITH -> actual != null && actual.endsWith(value);
            };
        }

        @Override
        public String toString() {
            return key + " " + comparison.operator + " " + quoted(value);
        }
    }

    /**
     * {@code key in {"a", "b"}}.
     *
     * @param key    of the label
     * @param values one of which it must have
     */
    record In(String key, Set<String> values) implements Selector {
        /** Copies. */
        public In {
            values = Set.copyOf(values);
        }

        @Override
        public boolean matches(final Map<String, String> labels) {
            final String actual = labels.get(key);
            return actual != null && values.contains(actual);
        }

        @Override
        public String toString() {
            return key + " in " + set(values);
        }
    }

    /**
     * {@code key not in {"a", "b"}}; also when there is no such label.
     *
     * @param key    of the label
     * @param values none of which it may have
     */
    record NotIn(String key, Set<String> values) implements Selector {
        /** Copies. */
        public NotIn {
            values = Set.copyOf(values);
        }

        @Override
        public boolean matches(final Map<String, String> labels) {
            final String actual = labels.get(key);
            return actual == null || !values.contains(actual);
        }

        @Override
        public String toString() {
            return key + " not in " + set(values);
        }
    }

    /**
     * {@code !selector}.
     *
     * @param negated what must not be
     */
    record Not(Selector negated) implements Selector {
        @Override
        public boolean matches(final Map<String, String> labels) {
            return !negated.matches(labels);
        }

        @Override
        public String toString() {
            return "!" + operand(negated);
        }
    }

    /**
     * {@code a && b}.
     *
     * @param operands all of which must hold, at least two
     */
    record And(List<Selector> operands) implements Selector {
        /** Copies. */
        public And {
            operands = List.copyOf(operands);
        }

        @Override
        public boolean matches(final Map<String, String> labels) {
            return operands.stream().allMatch(operand -> operand.matches(labels));
        }

        @Override
        public String toString() {
            return operands.stream().map(Selector::operand).collect(Collectors.joining(" && "));
        }
    }

    /**
     * {@code a || b}.
     *
     * @param operands one of which must hold, at least two
     */
    record Or(List<Selector> operands) implements Selector {
        /** Copies. */
        public Or {
            operands = List.copyOf(operands);
        }

        @Override
        public boolean matches(final Map<String, String> labels) {
            return operands.stream().anyMatch(operand -> operand.matches(labels));
        }

        @Override
        public String toString() {
            return operands.stream().map(Selector::operand).collect(Collectors.joining(" || "));
        }
    }

    private static String operand(final Selector selector) {
        return selector instanceof And || selector instanceof Or || selector instanceof Not ? "(" + selector + ")" : selector.toString();
    }

    private static String set(final Set<String> values) {
        return new TreeSet<>(values).stream().map(Selector::quoted).collect(Collectors.joining(", ", "{", "}"));
    }

    private static String quoted(final String value) {
        final char quote = value.indexOf('"') < 0 ? '"' : '\'';
        return quote + value + quote;
    }
}
