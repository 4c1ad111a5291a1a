package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RolesTest {
    @ParameterizedTest
    @CsvSource({"eng,eng,true", "eng,eng/web,false", "eng,engine,false", "eng/%,eng,false", "eng/%,eng/web,true", "eng/%,eng/web/x,true",
        "eng/%,engine/web,false", "eng/%,x/eng/web,false", "%,eng,true", "%,,true", "%,*,true", "*,*,true", "*,eng,false", "*,,false",
        "eng,,false", "eng/%,,false", "Eng,eng,false"})
    void aRoleIsAllowedAsMesossOwnAclsWouldAllowIt(String pattern, String role, boolean allowed) {
        assertThat(new Roles(List.of("other", pattern)).allow(Optional.ofNullable(role))).isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "eng/", "/eng", "eng//web", "eng/*", "eng*", "e%g", "eng%", "%/eng", "%/%", "*/%", "-eng", "eng/-web", "a b"})
    void whatIsNoRoleIsRefused(String bad) {
        assertThatThrownBy(() -> new Roles(List.of("eng", bad))).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("holds \"" + bad + "\": a Mesos role is expected, as in eng/web, or eng/% for those below eng, or % for all");
    }

    @Test
    void nobodyIsNotWrittenAsAnEmptyList() {
        assertThatThrownBy(() -> new Roles(List.of())).hasMessageStartingWith("is empty: roles are expected");
    }
}
