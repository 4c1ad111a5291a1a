package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
    private static final Checkpoint FIRST = checkpoint(Checkpoint.VERSION, "a");
    private static final Checkpoint SECOND = checkpoint(Checkpoint.VERSION, "b");

    private static final Logger LOG = Logger.getLogger(CheckpointStore.class.getName()); // Each torn file would be reported.

    @TempDir
    private Path temporary;
    private Path containers;
    private CheckpointStore store;

    @BeforeAll
    static void beQuiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void beLoudAgain() {
        LOG.setLevel(null);
    }

    @BeforeEach
    void makeStore() throws IOException {
        containers = temporary.resolve("run/calico-mesos/containers");
        store = new CheckpointStore(temporary.resolve("run/calico-mesos"));
    }

    @Test
    void theNextAgentReadsWhatTheLastOneWrote() throws Exception {
        store.save("a", FIRST);
        store.save("b", SECOND.asReleasing());
        assertHolds(List.of(FIRST, SECOND.asReleasing()));
        assertThat(SECOND.asReleasing().releasing()).isTrue();
        assertThat(files()).containsExactly("a.json", "b.json");
    }

    @Test
    void theLastOneWrittenCounts() throws Exception {
        store.save("a", FIRST);
        store.save("a", FIRST.asReleasing());
        assertHolds(List.of(FIRST.asReleasing()));
    }

    @Test
    void aDeletedOneIsGoneAndDeletingItAgainIsNoError() throws Exception {
        store.save("a", FIRST);
        store.save("b", SECOND);
        store.delete("a");
        store.delete("a");
        store.delete("never-there");
        assertHolds(List.of(SECOND));
        assertThat(files()).containsExactly("b.json");
    }

    @Test
    void onlyRootLooksIntoTheDirectory() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(containers))).isEqualTo("rwx------");
    }

    @Test
    void aDirectoryThatIsThereIsTakenWithWhatItHolds() throws Exception {
        store.save("a", FIRST);
        store = new CheckpointStore(temporary.resolve("run/calico-mesos"));
        assertHolds(List.of(FIRST));
    }

    @Test
    void aTornFileIsSetAsideWhereverItWasTorn() throws Exception {
        store.save("a", FIRST);
        byte[] whole = Files.readAllBytes(containers.resolve("a.json"));
        store.save("b", SECOND);
        for (int length = 0; length < whole.length; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            Files.write(containers.resolve("a.json"), torn);
            assertHolds(List.of(SECOND));
            assertThat(files()).containsExactly("a.json.broken", "b.json");
            assertThat(containers.resolve("a.json.broken")).hasBinaryContent(torn);
        }
    }

    @Test
    void oneOfAnotherVersionIsSetAside() throws Exception {
        store.save("a", checkpoint(Checkpoint.VERSION + 1, "a"));
        store.save("b", SECOND);
        assertHolds(List.of(SECOND));
        assertThat(files()).containsExactly("a.json.broken", "b.json");
        assertHolds(List.of(SECOND));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "5", "null", "{\"version\":1}", "\u0000\u0000\u0000"})
    void aFileThatIsNoCheckpointIsSetAside(String text) throws Exception {
        Files.writeString(containers.resolve("a.json"), text);
        assertHolds(List.of());
        assertThat(files()).containsExactly("a.json.broken");
    }

    @Test
    void fieldsThatALaterVersionAddsAreLetPass() throws Exception {
        store.save("a", FIRST);
        String written = Files.readString(containers.resolve("a.json"));
        Files.writeString(containers.resolve("a.json"), "{\"added\":{\"later\":[1]}," + written.substring(1));
        assertHolds(List.of(FIRST));
    }

    @Test
    void oneThatWasWrittenBeforeNetgroupsStoodInItIsTaken() throws Exception {
        store.save("a", FIRST);
        String written = Files.readString(containers.resolve("a.json"));
        Files.writeString(containers.resolve("a.json"), written.replace("\"netgroups\":[\"Prod\",\"dev\"],", ""));
        assertThat(store.load()).singleElement().satisfies(read -> {
            assertThat(read.netgroups()).isEmpty();
            assertThat(read.profiles()).containsExactly("prod", "dev");
        });
    }

    @Test
    void whatAnAgentKilledWhileWritingLeftIsNotRead() throws Exception {
        store.save("a", FIRST);
        byte[] whole = Files.readAllBytes(containers.resolve("a.json"));
        Files.write(containers.resolve("b.tmp"), whole);
        Files.write(containers.resolve("a.tmp"), Arrays.copyOf(whole, 20));
        assertHolds(List.of(FIRST));
        store.save("a", FIRST.asReleasing());
        assertHolds(List.of(FIRST.asReleasing()));
    }

    @Test
    void aDiskThatCannotBeWrittenIsNamed() throws Exception {
        Files.createDirectory(containers.resolve("a.tmp"));
        assertThatThrownBy(() -> store.save("a", FIRST)).isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot write the checkpoint " + containers.resolve("a.json"));
        Files.createDirectories(containers.resolve("a.json/x"));
        assertThatThrownBy(() -> store.delete("a")).isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot remove the checkpoint " + containers.resolve("a.json"));
    }

    private void assertHolds(List<Checkpoint> expected) throws IOException {
        assertThat(store.load()).usingRecursiveFieldByFieldElementComparator().containsExactlyInAnyOrderElementsOf(expected);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(containers)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private static Checkpoint checkpoint(int version, String container) {
        return new Checkpoint(
                version, new ContainerPath(List.of("parent", container)), "/calico/endpoint-" + container, 7_000_000_000L,
                "mesos.host1." + container, "cali0123456789a", "02:00:00:00:00:01", List.of("198.18.0.7", "198.18.0.8"),
                List.of("prod", "dev"), List.of("Prod", "dev"), new byte[] {10, 0, -1, 127}, false);
    }
}
