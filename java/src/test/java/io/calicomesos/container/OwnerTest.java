package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableRangeSet;
import io.calicomesos.calico.EndpointLabels;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnerTest {
    @Test
    void itsLabelsStandUnderANameThatNoMesosLabelCanTake() {
        Owner owner = new Owner(
                Optional.of("1a2b-0001"), Optional.of("web.7f"), Optional.of("front end"), Set.of("eng/web"), ImmutableRangeSet.of());
        assertThat(owner.labels()).isEqualTo(Map.of(
                "mesos.calico-mesos.io/framework-id", "1a2b-0001", "mesos.calico-mesos.io/executor-id", "web.7f",
                "mesos.calico-mesos.io/task-name", "front-end", "mesos.calico-mesos.io/role", "eng.web"));
        owner.labels().keySet().forEach(key -> assertThat(EndpointLabels.clean(key)).isNotEqualTo(key));
    }

    @Test
    void aStandaloneContainerHasNone() throws Exception {
        Owner owner = new Owner(Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), ImmutableRangeSet.of());
        assertThat(owner.labels()).isEmpty();
        assertThat(owner.role()).isEmpty();
    }

    @Test
    void severalRolesAreRefused() {
        assertThatThrownBy(() -> new Owner(Optional.empty(), Optional.empty(), Optional.empty(), Set.of("b", "a"), ImmutableRangeSet.of()).role())
                .isInstanceOf(RefusedException.class)
                .hasMessage("the container's resources are allocated to the roles a, b: those of one role are expected");
    }

    @ParameterizedTest
    @CsvSource({"*,''", "_a_,a", "__,''", "-_.a.b-_,a.b", "a/b,a.b", "ü,''"})
    void aTextIsCleanedToAValue(String text, String value) {
        assertThat(EndpointLabels.valueOf(text)).isEqualTo(value);
    }

    @Test
    void whatIsTooLongIsCutWhereAValueMayEnd() {
        assertThat(EndpointLabels.valueOf("a".repeat(64))).isEqualTo("a".repeat(63));
        assertThat(EndpointLabels.valueOf("a".repeat(60) + "___b")).isEqualTo("a".repeat(60));
    }

    @Test
    void aVeryLongTextIsCleanedInTimeThatGrowsWithItsLength() { // With its square, this would take hours.
        String dashes = "-".repeat(2_000_000);
        assertThat(EndpointLabels.valueOf("a" + dashes + "a")).isEqualTo("a");
        assertThat(EndpointLabels.clean("a" + dashes + "b" + "-.".repeat(1_000_000))).isEqualTo("a" + dashes + "b");
    }

    @Property
    void anyTextBecomesAValueThatCalicoTakes(@ForAll String text) {
        assertThat(EndpointLabels.isValue(EndpointLabels.valueOf(text))).isTrue();
        assertThat(EndpointLabels.valueOf("_" + text + "_".repeat(70))).matches(EndpointLabels::isValue);
    }
}
