package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

class ContainerPathTest {
    @Test
    void aNestedContainerHasItsParentAndTheRootHasNone() {
        ContainerPath nested = new ContainerPath(List.of("root", "pod", "task"));
        assertThat(nested.parent()).contains(new ContainerPath(List.of("root", "pod")));
        assertThat(nested.parent().orElseThrow().parent()).contains(new ContainerPath(List.of("root")));
        assertThat(new ContainerPath(List.of("root")).parent()).isEmpty();
    }

    @Test
    void itReadsAsInMesossLog() {
        assertThat(new ContainerPath(List.of("root", "pod", "task"))).hasToString("root.pod.task");
    }

    @Test
    void anIdWithDotsIsNotTheNestedOneThatReadsTheSame() {
        assertThat(new ContainerPath(List.of("a.b"))).isNotEqualTo(new ContainerPath(List.of("a", "b")));
    }

    @Test
    void thereIsNoContainerWithoutAnId() {
        assertThatIllegalArgumentException().isThrownBy(() -> new ContainerPath(List.of()))
                .withMessage("a container id without a value");
    }

    @Test
    void itDoesNotChangeWithTheListItWasMadeFrom() {
        List<String> values = new ArrayList<>(List.of("a"));
        ContainerPath path = new ContainerPath(values);
        values.add("b");
        assertThat(path).isEqualTo(new ContainerPath(List.of("a")));
    }

    @Property(tries = 200)
    void aCheckpointKeepsAnyIdAsAJsonList(@ForAll @NotEmpty List<String> values) throws Exception {
        ObjectMapper json = new ObjectMapper();
        ContainerPath path = new ContainerPath(values);
        String written = json.writeValueAsString(path);
        assertThat(json.readTree(written).isArray()).isTrue();
        assertThat(json.readValue(written, ContainerPath.class)).isEqualTo(path);
    }
}
