package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {
    private static final ContainerPath NESTED = new ContainerPath(List.of("parent", "9a0c39de-1f5b"));

    @ParameterizedTest
    @ValueSource(strings = {"web", "Web-1", "web_1.example.org", "7"})
    void theOneAskedForIsTaken(String asked) throws Exception {
        assertThat(HostName.of(Optional.of(asked), NESTED).value()).isEqualTo(asked);
    }

    @Test
    void theLongestThatTheKernelTakesIsTakenAndNoLonger() throws Exception {
        String longest = "a".repeat(64);
        assertThat(HostName.of(Optional.of(longest), NESTED).value()).isEqualTo(longest);
        assertThatThrownBy(() -> HostName.of(Optional.of(longest + "a"), NESTED)).isInstanceOf(RefusedException.class)
                .hasMessage("ContainerInfo.hostname has 65 characters: the kernel takes at most 64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\n127.0.0.1 etcd", "-a", "a.", "ä"})
    void whatIsNoHostNameIsRefused(String asked) {
        assertThatThrownBy(() -> HostName.of(Optional.of(asked), NESTED)).isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("ContainerInfo.hostname is '" + asked.replace('\n', '?') + "': letters, digits, dots, dashes and underscores");
    }

    @ParameterizedTest
    @CsvSource({"9a0c39de-1f5b,9a0c39de-1f5b", "With.Dots,With-Dots", "-a-,a", "task_1,task-1", "ä,container"})
    void otherwiseItIsTheContainersIdAsALabel(String id, String expected) throws Exception {
        assertThat(HostName.of(Optional.empty(), new ContainerPath(List.of("parent", id))).value()).isEqualTo(expected);
    }

    @Property
    void anyIdGivesALabelThatCouldBeAskedFor(@ForAll @NotEmpty String id) throws Exception {
        String name = HostName.of(Optional.empty(), new ContainerPath(List.of(id))).value();
        assertThat(name.getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1, 63);
        assertThat(name).doesNotContain(".");
        assertThat(HostName.of(Optional.of(name), NESTED).value()).isEqualTo(name);
    }
}
