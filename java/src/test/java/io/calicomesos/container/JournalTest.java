package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.HandleId;
import io.calicomesos.ipam.Departure;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final ContainerPath A = new ContainerPath(List.of("a"));
    private static final ContainerPath NESTED = new ContainerPath(List.of("a", "b"));
    private static final HandleId HANDLE = new HandleId("mesos.host1.a");

    private static final Logger LOG = Logger.getLogger(Journal.class.getName()); // Each torn file would be reported.

    @TempDir
    private Path temporary;
    private Path directory;
    private Path launches;
    private Journal journal;

    @BeforeAll
    static void beQuiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void beLoudAgain() {
        LOG.setLevel(null);
    }

    @BeforeEach
    void open() throws IOException {
        directory = temporary.resolve("lib/calico-mesos/journal");
        launches = temporary.resolve("run/calico-mesos/launches");
        journal = new Journal(temporary.resolve("lib/calico-mesos"), temporary.resolve("run/calico-mesos"));
    }

    private static Departure departure() throws IOException {
        return new Departure(
                HANDLE, Map.of("/calico/e", 7L), List.of(InetAddress.getByName("198.18.0.7"), InetAddress.getByName("fd00::7")));
    }

    @Test
    void theNextAgentReadsWhatIsNotOver() throws Exception {
        journal.begin(Intent.ofLaunch(A, HANDLE));
        journal.begin(Intent.of(A, departure()));
        journal.begin(Intent.ofLaunch(NESTED, new HandleId("mesos.host1.a.b")));
        journal.begin(Intent.of(NESTED, Departure.ofUnknown(new HandleId("mesos.host1.a.b"))));
        journal.over(A, Intent.Kind.LAUNCH);
        List<Intent> read = new Journal(temporary.resolve("lib/calico-mesos"), temporary.resolve("run/calico-mesos")).load();
        assertThat(read).containsExactlyInAnyOrder(
                Intent.of(A, departure()), Intent.ofLaunch(NESTED, new HandleId("mesos.host1.a.b")),
                Intent.of(NESTED, Departure.ofUnknown(new HandleId("mesos.host1.a.b"))));
        assertThat(read.stream().filter(each -> each.container().equals(A)).findFirst().orElseThrow().departure())
                .isEqualTo(departure());
        assertThat(journal.launches()).isEqualTo(1);
        assertThat(journal.departures()).isEqualTo(2);
        assertThat(journal.size()).isEqualTo(3);
    }

    @Test
    void whatIsOverIsGoneAndStrikingItOutAgainIsNoError() throws Exception {
        journal.begin(Intent.of(A, departure()));
        journal.over(A, Intent.Kind.DEPARTURE);
        journal.over(A, Intent.Kind.DEPARTURE);
        assertThat(journal.load()).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void theLastOneWrittenCounts() throws Exception {
        journal.begin(Intent.of(A, Departure.ofUnknown(HANDLE)));
        journal.begin(Intent.of(A, departure()));
        assertThat(journal.load()).containsExactly(Intent.of(A, departure()));
    }

    @Test
    void aTornFileIsSetAsideWhereverItWasTorn() throws Exception {
        journal.begin(Intent.of(A, departure()));
        journal.begin(Intent.ofLaunch(NESTED, HANDLE));
        byte[] whole = Files.readAllBytes(directory.resolve("a.departure"));
        for (int length = 0; length < whole.length; length++) {
            Files.write(directory.resolve("a.departure"), Arrays.copyOf(whole, length));
            assertThat(journal.load()).containsExactly(Intent.ofLaunch(NESTED, HANDLE));
            assertThat(directory.resolve("a.departure")).doesNotExist();
            assertThat(directory.resolve("a.departure.broken")).hasBinaryContent(Arrays.copyOf(whole, length));
        }
    }

    @Test
    void aBitThatHasFallenOverIsNoticed() throws Exception {
        journal.begin(Intent.of(A, departure()));
        byte[] whole = Files.readAllBytes(directory.resolve("a.departure"));
        for (int bit = 0; bit < whole.length * 8; bit++) {
            byte[] changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> Journal.decode(changed)).isInstanceOf(IOException.class);
        }
        assertThat(Journal.decode(whole)).isEqualTo(Intent.of(A, departure()));
    }

    @Test
    void foreignFilesAreSetAside() throws Exception {
        journal.begin(Intent.ofLaunch(A, HANDLE));
        Files.writeString(launches.resolve("x.launch"), "calico-mesos journal 2 00000000\n{}");
        Files.writeString(directory.resolve("y.departure"), "somebody's");
        Files.copy(launches.resolve("a.launch"), launches.resolve("z.launch")); // Whole, and not z's.
        Files.write(launches.resolve("large.launch"), new byte[(1 << 20) + 1]);
        Files.writeString(directory.resolve("README"), "left alone");
        Files.writeString(launches.resolve("b.launch.tmp"), "of an agent that was killed");
        assertThat(journal.load()).containsExactly(Intent.ofLaunch(A, HANDLE));
        assertThat(files()).containsExactly("README", "a.launch", "b.launch.tmp", "large.launch.broken", "x.launch.broken",
                "y.departure.broken", "z.launch.broken");
        assertThat(journal.launches()).isEqualTo(1);
        assertThat(journal.departures()).isZero();
        assertThat(journal.size()).isEqualTo(1);
        journal.removeUnfinished();
        assertThat(files()).contains("a.launch").doesNotContain("b.launch.tmp");
    }

    @Test
    void onlyRootLooksIntoTheDirectory() throws Exception {
        for (Path each : List.of(directory, launches)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each))).isEqualTo("rwx------");
        }
    }

    @Test
    void aDiskThatCannotBeWrittenKeepsNobodyFromGoing() throws Exception {
        Files.createDirectory(directory.resolve("a.departure.tmp"));
        journal.begin(Intent.of(A, departure()));
        assertThat(journal.load()).isEmpty();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Stream.concat(Files.list(directory), Files.list(launches))) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }
}
