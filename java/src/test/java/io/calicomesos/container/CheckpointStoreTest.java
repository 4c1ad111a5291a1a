package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.apache.mesos.Protos.Label;
import org.apache.mesos.Protos.Labels;
import org.apache.mesos.Protos.NetworkInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
    private static final Owner OWNER = new Owner(
            Optional.of("f-1"), Optional.empty(), Optional.of("web"), Set.of("eng", "prod"),
            ImmutableRangeSet.<Integer>builder().add(Range.closed(31_000, 31_005)).add(Range.closed(32_000, 32_000)).build());
    private static final Checkpoint FIRST = checkpoint(Checkpoint.VERSION, "a");
    private static final Checkpoint AGAIN = new Checkpoint(
            Checkpoint.VERSION, FIRST.container(), FIRST.owner(), FIRST.launched(), FIRST.handle(), FIRST.endpointRevision() + 1, FIRST.networks());
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
        store.save("b", SECOND);
        assertHolds(List.of(FIRST, SECOND));
        assertThat(files()).containsExactly("a.json", "b.json");
    }

    @Test
    void theLastOneWrittenCounts() throws Exception {
        store.save("a", FIRST);
        store.save("a", AGAIN);
        assertHolds(List.of(AGAIN));
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
    @ValueSource(strings = {"{}", "[]", "5", "null", "{\"version\":1}", "{\"version\":2}", "{\"version\":2,\"networks\":[]}", "\u0000\u0000\u0000"})
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
    void whatVersion1WroteIsAContainerWithOneNetwork() throws Exception {
        byte[] networkInfo = NetworkInfo.newBuilder()
                .setName("web").addGroups("Prod").addGroups("dev")
                .addIpAddresses(NetworkInfo.IPAddress.newBuilder().setProtocol(NetworkInfo.Protocol.IPv4))
                .addIpAddresses(NetworkInfo.IPAddress.newBuilder().setProtocol(NetworkInfo.Protocol.IPv6))
                .setLabels(Labels.newBuilder().addLabels(Label.newBuilder().setKey("tier").setValue("db"))).build().toByteArray();
        Files.writeString(containers.resolve("web1.json"), ofVersion1());
        assertHolds(List.of(new Checkpoint(
                Checkpoint.VERSION, new ContainerPath(List.of("web1")), null, null, "mesos.host1.web1", 41,
                List.of(new CheckpointedNetwork(
                        "/calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-mesos-web1-eth0", "cali0123456789a",
                        "eth0", "0a:58:c6:12:00:07", List.of("198.18.0.7", "fd00:198:18::7"), List.of("mesos-prod-1", "dev"),
                        List.of("Prod", "dev"), networkInfo)))));
        assertThat(store.load().get(0).knownOwner()).isEmpty();
    }

    @Test
    void oneThatWasWrittenBeforeNetgroupsStoodInItIsTaken() throws Exception {
        Files.writeString(containers.resolve("web1.json"), ofVersion1().replace("\"netgroups\":[\"Prod\",\"dev\"],", ""));
        assertThat(store.load()).singleElement().satisfies(read -> {
            assertThat(read.netgroups()).isEmpty();
            assertThat(read.networks().get(0).profiles()).containsExactly("mesos-prod-1", "dev");
        });
    }

    /** As the last agent of that version wrote it. */
    private static String ofVersion1() throws IOException {
        return Resources.toString(Resources.getResource(CheckpointStoreTest.class, "checkpoint-v1.json"), StandardCharsets.UTF_8);
    }

    @Test
    void whoseItIsStandsInIt() throws Exception {
        store.save("a", FIRST);
        assertThat(store.load().get(0).knownOwner()).contains(OWNER);
    }

    @Test
    void whatAnAgentKilledWhileWritingLeftIsNotReadAndRemoved() throws Exception {
        store.save("a", FIRST);
        byte[] whole = Files.readAllBytes(containers.resolve("a.json"));
        Files.write(containers.resolve("b.json.tmp"), whole);
        Files.write(containers.resolve("a.json.tmp"), Arrays.copyOf(whole, 20));
        assertHolds(List.of(FIRST));
        store.save("a", AGAIN);
        assertHolds(List.of(AGAIN));
        store.removeUnfinished();
        assertThat(files()).containsExactly("a.json");
    }

    @Test
    void aDiskThatCannotBeWrittenIsNamed() throws Exception {
        Files.createDirectory(containers.resolve("a.json.tmp"));
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
                version, new ContainerPath(List.of("parent", container)), CheckpointedOwner.of(OWNER), "2026-11-24T15:54:14Z",
                "mesos.host1." + container, 7_000_000_000L, List.of(network(container, "eth0", "198.18.0.7", "fd00::7"), network(container, "eth1", "198.18.0.8")));
    }

    private static CheckpointedNetwork network(String container, String name, String... addresses) {
        return new CheckpointedNetwork(
                "/calico/endpoint-" + container + "-" + name, "cali012345678" + name.charAt(3), name, "02:00:00:00:00:01",
                List.of(addresses), List.of("prod", "dev"), List.of("Prod", "dev"), new byte[] {10, 0, -1, 127});
    }
}
