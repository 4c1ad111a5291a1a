package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {
    private static final Map<String, String> LABELS = Map.of("rack", "r-1", "zone", "a", "example.com/x", "", "in", "y");

    @ParameterizedTest
    @ValueSource(strings = {"", " \t", "all()", "all( )", "global()", "has(rack)", "has( rack )", "has(in)", "rack == \"r-1\"", "rack=='r-1'",
        "rack != 'r-2'", "absent != 'x'", "rack in {'a', \"r-1\"}", "rack in{'r-1',}", "rack not in {'a'}", "rack notin {}", "absent not in {'a'}",
        "rack contains '-'", "rack starts with 'r'", "rack startswith 'r'", "rack ends with '1'", "rack ends\twith ''", "!has(absent)", "!!has(rack)",
        "! has(absent)", "!(has(absent))", "has(rack) && zone == 'a'", "has(absent) || has(zone)", "has(zone) || has(absent) && has(absent)",
        "(has(zone) || has(absent)) && has(rack)", "has(example.com/x)", "example.com/x == ''", "in in {'y'}", "has(rack)&&has(zone)",
        "!has(absent) && !has(absent2)"})
    void selects(final String selector) {
        assertThat(Selector.parse(selector).matches(LABELS)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"!all()", "has(absent)", "rack == 'R-1'", "rack != 'r-1'", "absent == ''", "absent in {''}", "rack in {}", "rack not in {'r-1'}",
        "absent contains ''", "absent starts with ''", "absent ends with ''", "has(zone) && has(absent)", "(has(zone) || has(rack)) && has(absent)",
        "!has(rack) || !has(zone)", "!has(zone) && has(rack)"})
    void selectsNot(final String selector) {
        assertThat(Selector.parse(selector).matches(LABELS)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rack", "rack = 'a'", "rack == a", "rack == 'a", "rack == \"a'", "has(rack", "has()", "has (rack)", "all", "all(x)", "(has(a)",
        "has(a))", "has(a) has(b)", "has(a) &&", "&& has(a)", "has(a) & has(b)", "has(a) | has(b)", "rack in 'a'", "rack in {a}", "rack in {'a' 'b'}",
        "rack in {'a'", "rack not 'a'", "rack contains", "rack containsx 'a'", "rack inn {'a'}", "!", "!rack", "rack === 'a'", "'a' == rack", "é == 'a'",
        "rack starts 'a'", "rack\n== 'a'", "has(a) and has(b)", "!= 'a'", "not has(a)"})
    void isRefusedByItsTextInOneLine(final String selector) {
        assertThatThrownBy(() -> Selector.parse(selector)).isInstanceOf(IllegalArgumentException.class)
            .message().startsWith("selector '" + selector + "': at ");
    }

    @Test
    void aLabelMayHave512Characters() {
        assertThat(Selector.parse("has(" + "a".repeat(512) + ")")).isInstanceOf(Selector.Has.class);
        assertThatThrownBy(() -> Selector.parse("has(" + "a".repeat(513) + ")")).hasMessageContaining("at most 512");
    }

    @Test
    void parenthesesWithoutEndDoNotOverflowTheStack() {
        assertThatThrownBy(() -> Selector.parse("(".repeat(100_000))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("100");
        assertThat(Selector.parse("(".repeat(50) + "all()" + ")".repeat(50))).isEqualTo(new Selector.All());
        assertThat(Selector.parse("(all()) && ".repeat(500) + "all()").matches(Map.of())).isTrue();
    }

    @Property
    void whatIsWrittenIsReadAsTheSame(@ForAll("selectors") final Selector selector) {
        assertThat(Selector.parse(selector.toString())).isEqualTo(selector);
    }

    @Property
    void negationSelectsTheOthers(@ForAll("selectors") final Selector selector, @ForAll("labels") final Map<String, String> labels) {
        assertThat(Selector.parse("!(" + selector + ")").matches(labels)).isEqualTo(!selector.matches(labels));
    }

    @Property
    void andBindsStrongerThanOr(@ForAll("simple") final Selector a, @ForAll("simple") final Selector b, @ForAll("simple") final Selector c,
                                @ForAll("labels") final Map<String, String> labels) {
        assertThat(Selector.parse(a + " || " + b + " && " + c).matches(labels))
            .isEqualTo(a.matches(labels) || b.matches(labels) && c.matches(labels));
        assertThat(Selector.parse(a + " && " + b + " || " + c).matches(labels))
            .isEqualTo(a.matches(labels) && b.matches(labels) || c.matches(labels));
    }

    @Property
    void anythingIsReadOrRefused(@ForAll("garbage") final String text) {
        try {
            final Selector selector = Selector.parse(text);
            assertThat(Selector.parse(selector.toString())).isEqualTo(selector);
        } catch (final IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith("selector '");
        }
    }

    @Provide
    Arbitrary<String> garbage() {
        return Arbitraries.of("a", "has(", ")", "(", "all(", "==", "!=", "!", " ", "\"x\"", "'", "in", "not", "{", "}", ",", "&&", "||", "contains",
            "starts", "with", "é").list().ofMaxSize(12).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<Map<String, String>> labels() {
        return Arbitraries.maps(keys(), values()).ofMaxSize(3);
    }

    @Provide
    Arbitrary<Selector> simple() {
        return Arbitraries.oneOf(
            Arbitraries.of(new Selector.All(), new Selector.Global()),
            keys().map(Selector.Has::new),
            Combinators.combine(keys(), Arbitraries.of(Selector.Comparison.class), values()).as(Selector.Compare::new),
            Combinators.combine(keys(), sets()).as(Selector.In::new),
            Combinators.combine(keys(), sets()).as(Selector.NotIn::new));
    }

    @Provide
    Arbitrary<Selector> selectors() {
        return Arbitraries.recursive(this::simple, inner -> Arbitraries.oneOf(
            inner.map(Selector.Not::new),
            Combinators.combine(inner, simple()).as((a, b) -> new Selector.And(List.of(a, b))),
            Combinators.combine(inner, simple()).as((a, b) -> new Selector.Or(List.of(a, b)))), 0, 4);
    }

    private static Arbitrary<String> keys() {
        return Arbitraries.of("a", "b", "has", "in", "not", "example.com/a_b-c");
    }

    private static Arbitrary<String> values() {
        return Arbitraries.of("", "a", "ab", "b a", "it's", "\"", "}&&");
    }

    private static Arbitrary<Set<String>> sets() {
        return values().set().ofMaxSize(3);
    }
}
