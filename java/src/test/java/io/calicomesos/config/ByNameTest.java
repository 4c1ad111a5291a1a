package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByNameTest {
    private static final ByName<String> SAID = new ByName<>(
            Stream.of("prod-web", "prod-*", "*-web", "prod*", "*", "p*d-*b", "**prod-*")
                    .collect(Collectors.toMap(each -> each, each -> "of " + each)));

    @ParameterizedTest
    @CsvSource({"prod-web,prod-web", "prod-x,prod-* **prod-*", "a-web,*-web", "production,prod*", "dev,*", "pd-b,p*d-*b", "prod-*,prod-* **prod-*",
        "'',*", "x-prod-y,**prod-*"})
    void theNameItselfWinsAndThenThePatternWithTheMostCharacters(String name, String deciding) {
        assertThat(SAID.of(name).keySet()).containsExactlyInAnyOrder(deciding.split(" "));
        SAID.of(name).forEach((entry, said) -> assertThat(said).isEqualTo("of " + entry));
    }

    @Property
    void aStarIsAnyCharacters(@ForAll("texts") String pattern, @ForAll("texts") String name) {
        String expression = Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        boolean pure = pattern.indexOf('*') < 0;
        assertThat(new ByName<>(Map.of(pattern, 1)).of(name).isEmpty())
                .isEqualTo(!(pure ? pattern.equals(name) : Pattern.compile(expression, Pattern.DOTALL).matcher(name).matches()));
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars("ab*").ofMaxLength(7);
    }
}
