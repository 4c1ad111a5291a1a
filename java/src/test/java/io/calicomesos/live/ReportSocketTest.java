package io.calicomesos.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked on the socket, rightly and wrongly, and what it may stand in the place of. */
class ReportSocketTest {
    private static final Report REPORT = new Report(
            "0.1.0", "network/calico", "2026-11-24T15:54:14Z", "host1", new Report.Enforcer("builtin", true, 2L, 4_000L),
            List.of(new Report.Member("http://10.0.0.1:2379", null), new Report.Member("http://10.0.0.2:2379", "no connection")), 1, 2,
            List.of(new Report.Container(
                    "a.b", "mesos.host1.a-b", null, new Report.Owner("f-1", null, null, List.of("*")),
                    List.of(new Report.Network(null, "eth0", "cali0", List.of("198.18.0.1"), List.of("prod", "Odd Näme"))))),
            List.of(new Report.Recent(
                    "launch", "a.b", "2026-11-24T15:54:14.123Z", List.of("198.18.0.1"), List.of("prod"),
                    List.of(new Report.Step("register", 1.5), new Report.Step("attach", 0.25)), 4.0, null)));

    @TempDir
    private Path directory;
    private ScheduledExecutorService timer;
    private ReportSocket socket;
    private final AtomicInteger living = new AtomicInteger(); // Probes.

    @BeforeEach
    void open() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        timer = Executors.newSingleThreadScheduledExecutor();
    }

    @AfterEach
    void close() {
        if (socket != null) {
            socket.close();
        }
        timer.shutdownNow();
    }

    private void open(long connectionMs) throws IOException {
        open(connectionMs, 60_000);
    }

    private void open(long connectionMs, long probeMs) throws IOException {
        socket = ReportSocket.open(directory, () -> REPORT, this::launch, timer, Thread::new, connectionMs, probeMs);
    }

    @Test
    void theCommandReadsWhatTheModuleSays() throws IOException {
        open(60_000);
        assertThat(new ReportClient(directory).report()).isEqualTo(REPORT);
        assertThat(new ReportClient(directory).report()).as("asked again").isEqualTo(REPORT);
    }

    @Test
    void onlyTheOwnerMayAsk() throws IOException {
        open(60_000);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path()))).isEqualTo("rw-------");
    }

    @Test
    void aSocketOfAnAgentThatWasKilledIsReplaced() throws IOException {
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path())).close(); // The file stays.
        Files.writeString(directory.resolve("calico-mesos.sock.new"), "of one that was killed while it opened it");
        assertThatThrownBy(() -> new ReportClient(directory).report()).hasMessageContaining("Is the agent running?");
        open(60_000);
        assertThat(new ReportClient(directory).report()).isEqualTo(REPORT);
        assertThat(directory.toFile().list()).containsExactly("calico-mesos.sock");
    }

    @Test
    void afterTheEndNothingIsLeftAndTheCommandSaysSo() throws IOException {
        open(60_000);
        socket.close();
        assertThat(directory).isEmptyDirectory();
        assertThatThrownBy(() -> new ReportClient(directory).report()).isInstanceOf(IOException.class)
                .hasMessageStartingWith("no module runs here: " + path() + " is missing");
    }

    @Test
    void aDirectoryInWhichOthersMayWriteIsRefused() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> open(60_000)).isInstanceOf(IOException.class)
                .hasMessageContaining("with mode rwxrwxrwx: it must be the agent's own, and nobody else may write there");
        assertThat(directory).isEmptyDirectory();
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertThatThrownBy(() -> ReportSocket.open(link, () -> REPORT, this::launch, timer, Thread::new)).hasMessageContaining("no directory");
    }

    @Test
    void whatIsNoQuestionIsAnsweredWithAnError() throws IOException {
        open(60_000);
        assertThat(ask("{\"ask\": \"everything\"}\n")).isEqualTo("{\"error\":\"ask is 'everything': 'report' or 'probe' is expected\"}");
        assertThat(ask("nonsense\n")).startsWith("{\"error\":");
        assertThat(ask("x".repeat(1_024))).contains("a question of one line and at most 1024 bytes is expected");
        assertThat(new ReportClient(directory).report()).as("it goes on").isEqualTo(REPORT);
    }

    @Test
    void whoSaysNothingKeepsNobodyElseFromAsking() throws IOException {
        open(100);
        try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(path()))) {
            assertThat(new ReportClient(directory).report()).isEqualTo(REPORT);
            assertThat(silent.read(ByteBuffer.allocate(1))).as("it was sent away").isEqualTo(-1);
        }
    }

    @Test
    void aReportThatFailsIsSaid() throws IOException {
        socket = ReportSocket.open(directory, () -> {
            throw new UncheckedIOException(new IOException("the disk"));
        }, this::launch, timer, Thread::new);
        assertThatThrownBy(() -> new ReportClient(directory).report()).hasMessageContaining("the disk");
    }

    @Test
    void anErrorIsSaidAndTheNextIsAnswered() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        socket = ReportSocket.open(directory, () -> {
            if (asked.incrementAndGet() == 1) {
                throw new OutOfMemoryError("planted");
            }
            return REPORT;
        }, this::launch, timer, Thread::new);
        assertThatThrownBy(() -> new ReportClient(directory).report()).hasMessageContaining("java.lang.OutOfMemoryError: planted");
        assertThat(new ReportClient(directory).report()).isEqualTo(REPORT);
    }

    // ---- a probe ----

    private Probe launch(ProbeRequest request) {
        if (request.network() != null) {
            throw new IllegalArgumentException("no such network");
        }
        living.incrementAndGet();
        List<Probe.Container> containers = request.containers().stream()
                .map(each -> new Probe.Container("c-" + each.pid(), each.netgroups(), 1.5, null)).toList();
        return new Probe(new Probe.Launched(containers), () -> {
            living.decrementAndGet();
            return new Probe.Removed(2.5, null);
        });
    }

    private static ProbeRequest request(String network) {
        return new ProbeRequest(network, null, List.of(new ProbeRequest.Container(List.of("a"), 7)));
    }

    @Test
    void aProbeLivesUntilWhoAskedForItHasItRemoved() throws IOException {
        open(60_000);
        try (ReportClient.OpenProbe probe = new ReportClient(directory).probe(request(null))) {
            assertThat(probe.launched().containers()).containsExactly(new Probe.Container("c-7", List.of("a"), 1.5, null));
            assertThat(living).hasValue(1);
            assertThat(new ReportClient(directory).report()).as("others ask meanwhile").isEqualTo(REPORT);
            assertThatThrownBy(() -> new ReportClient(directory).probe(request(null)))
                    .hasMessageEndingWith(": another probe is under way: wait until it ends");
            assertThat(probe.remove()).isEqualTo(new Probe.Removed(2.5, null));
            assertThat(living).hasValue(0);
        }
    }

    @Test
    void aProbeIsRemovedWhenWhoAskedForItHasGone() throws Exception {
        open(60_000);
        new ReportClient(directory).probe(request(null)).close();
        assertNoneLives();
    }

    @Test
    void aProbeThatCannotBeIsSaid() throws IOException {
        open(60_000);
        assertThatThrownBy(() -> new ReportClient(directory).probe(request("nowhere"))).hasMessageContaining("no such network");
    }

    @Test
    void aProbeIsRemovedWhenItHasLivedForTooLong() throws Exception {
        open(60_000, 50);
        try (ReportClient.OpenProbe probe = new ReportClient(directory).probe(request(null))) {
            assertNoneLives();
            assertThatThrownBy(probe::remove).hasMessageContaining("or the containers had lived too long");
        }
    }

    private void assertNoneLives() throws InterruptedException {
        long endNs = System.nanoTime() + 10_000_000_000L;
        while (living.get() > 0 && System.nanoTime() < endNs) {
            Thread.sleep(10);
        }
        assertThat(living).hasValue(0);
    }

    private Path path() {
        return directory.resolve("calico-mesos.sock");
    }

    private String ask(String question) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path()))) {
            channel.write(ByteBuffer.wrap(question.getBytes(StandardCharsets.UTF_8)));
            ByteBuffer answer = ByteBuffer.allocate(1_000);
            while (channel.read(answer) >= 0) {
                continue;
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }
}
