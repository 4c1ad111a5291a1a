package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.NodeName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Felix says, in files as it writes them. */
class EndpointStatusTest {
    private static final EndpointName NAME = new EndpointName("host-1", "mesos", "task-7", "eth0");
    private static final String INTERFACE = InterfaceName.of(NAME).value();
    private static final Member MEMBER = new Member(
            "/calico/resources/v3/projectcalico.org/workloadendpoints/team-a/" + NAME, "host-1", INTERFACE, List.of(),
            Set.of("198.18.0.7", "fd00::7"));
    private static final String FILE = "mesos team-a%2Ftask-7 eth0";

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"ifaceName\":\"%s\",\"mac\":\"x\",\"ipv4Nets\":[\"198.18.0.7/32\"],\"ipv6Nets\":[\"fd00:0::7/128\"]}"})
    void aLaunchGoesOnWhenTheFileComes(String text) throws Exception {
        CompletableFuture<Void> up = status(Optional.of(directory), 60_000).up(MEMBER);
        assertThat(executor.submit(up::isDone).get()).isFalse();
        Files.writeString(directory.resolve(FILE), text.formatted(INTERFACE));
        up.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"ifaceName\":\"%s\",\"ipv4Nets\":[\"198.18.0.8/32\"],\"ipv6Nets\":[\"fd00::7/128\"]}",
        "{\"ifaceName\":\"%s\",\"ipv4Nets\":[\"198.18.0.7/32\"]}", "{\"ifaceName\":\"cali0%s\",\"ipv4Nets\":[\"198.18.0.7/32\"],"
        + "\"ipv6Nets\":[\"fd00::7/128\"]}", "{\"ifaceName\":\"%s\",\"ipv4Ne", "{\"ifaceName\":\"%s\",\"ipv4Nets\":[\"x\"]}", "[]"})
    void whatIsOfAnotherLifeOrHalfWrittenDoesNotCount(String text) throws IOException {
        Files.writeString(directory.resolve(FILE), text.formatted(INTERFACE));
        assertThatThrownBy(() -> status(Optional.of(directory), 50).up(MEMBER).join()).cause()
                .isInstanceOf(NotEnforcedException.class)
                .hasMessage("Felix has not said within 50 ms that the rules of this container are in, by the file '"
                        + directory.resolve(FILE) + "': is calico-node running, and is its endpointStatusPathPrefix "
                        + directory.getParent() + "?");
    }

    @Test
    void aDirectoryThatTheOperatorNamedIsWaitedForToo() throws IOException {
        Path later = directory.resolve("endpoint-status");
        assertThatThrownBy(() -> status(Optional.of(later), 50).up(MEMBER).join()).hasCauseInstanceOf(NotEnforcedException.class);
        CompletableFuture<Void> up = status(Optional.of(later), 60_000).up(MEMBER);
        Files.createDirectory(later);
        Files.writeString(later.resolve(FILE), "");
        up.join();
    }

    @Test
    void theInterfacesFollowFromTheFilesNames() throws IOException {
        EndpointStatus status = status(Optional.of(directory), 50);
        assertThat(status.interfaces(new NodeName("host-1"))).isEmpty();
        Files.writeString(directory.resolve(FILE), "");
        Files.writeString(directory.resolve("k8s prod%2Fpod eth0"), "");
        Files.writeString(directory.resolve("mesos -"), "");
        assertThat(status.interfaces(new NodeName("host-1"))).containsExactly(INTERFACE);
    }

    private EndpointStatus status(Optional<Path> where, int timeoutMs) {
        return new EndpointStatus(where, Duration.ofMillis(timeoutMs), executor);
    }
}
