package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.WorkloadName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldNamespacesTest {
    private static final WorkloadName WEB = new WorkloadName("web");
    private static final WorkloadName DB = new WorkloadName("db");

    @TempDir
    private Path runtime;
    private HeldNamespaces held;
    private Process container;

    @BeforeEach
    void startContainer() throws IOException {
        held = new HeldNamespaces(runtime);
        container = new ProcessBuilder("unshare", "--net", "sh", "-c", "echo ready; exec sleep 600").start();
        assertThat(container.inputReader().readLine()).as("these tests need root").isEqualTo("ready");
    }

    @AfterEach
    void stopContainer() throws IOException {
        container.destroyForcibly();
        held.releaseAllBut(Set.of());
    }

    @Test
    void heldOnceHoweverOftenAndLetGoAsOften() throws IOException {
        held.hold(WEB, container.pid());
        held.hold(WEB, container.pid());
        assertThat(mounts()).containsOnlyOnce("/netns/web ");
        held.release(WEB);
        held.release(WEB);
        assertThat(mounts()).doesNotContain("/netns/web ");
        assertThat(runtime.resolve("netns")).isEmptyDirectory();
    }

    @Test
    void whatAnEarlierLifeLeftGivesWay() throws IOException {
        Files.writeString(runtime.resolve("netns/web"), "of an earlier life");
        held.hold(WEB, container.pid());
        assertThat(mounts()).containsOnlyOnce("/netns/web ");
    }

    @Test
    void allAreLetGoButThoseNamed() throws IOException {
        held.hold(WEB, container.pid());
        held.hold(DB, container.pid());
        held.releaseAllBut(Set.of("web"));
        assertThat(mounts()).containsOnlyOnce("/netns/web ").doesNotContain("/netns/db ");
        assertThat(runtime.resolve("netns/db")).doesNotExist();
    }

    @Test
    void theHostsOwnIsNeverAContainers() {
        long self = ProcessHandle.current().pid();
        assertThatThrownBy(() -> held.hold(WEB, self)).hasMessage("process " + self + " is in the host's network namespace");
        assertThat(runtime.resolve("netns")).isEmptyDirectory();
    }

    private static String mounts() throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo"));
    }
}
