package io.calicomesos.live;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code runtime_dir}/calico-mesos.sock: who connects sends a line, {@code {"ask": "report"}}, and gets a {@link Report}, or
 * {@code {"error": "..."}}, as JSON until the end. One connection after the other, each within some seconds, on a thread of its own:
 * nothing of the module ever waits for it. Who asks for a probe ({@link ProbeRequest}) is left to a {@link ProbeTalk}. For root alone.
 */
public final class ReportSocket implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReportSocket.class);

    static final String NAME = "calico-mesos.sock";
    static final String QUESTION = "report";
    static final String PROBE = "probe";
    static final int MAX_QUESTION_BYTES = 1_024;

    private static final long CONNECTION_MS = 10_000;
    private static final long PROBE_MS = 60_000;
    private static final long AGAIN_MS = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER = JSON.readerFor(Question.class);
    private static final ObjectWriter WRITER = JSON.writer();

    private final Path path;
    private final ServerSocketChannel server;
    private final Supplier<Report> report;
    private final ProbeTalk probes;
    private final ScheduledExecutorService timer;
    private final long connectionMs;

    /**
     * What is asked.
     *
     * @param ask {@link #QUESTION} or {@link #PROBE}
     * @param probe what is to be launched; null for a report
     */
    record Question(String ask, ProbeRequest probe) {}

    private ReportSocket(
            Path path, ServerSocketChannel server, Supplier<Report> report, ProbeTalk probes, ScheduledExecutorService timer,
            long connectionMs) {
        this.path = path;
        this.server = server;
        this.report = report;
        this.probes = probes;
        this.timer = timer;
        this.connectionMs = connectionMs;
    }

    /**
     * Opens it, in the place of one that a former agent left. Never waits.
     *
     * @param runtimeDirectory the parameter {@code runtime_dir}; nobody but its owner may be able to write there
     * @param report makes what is answered; called on the thread, may wait some seconds
     * @param launcher launches what a probe asks for, all or in part; fails only if nothing is left
     * @param timer closes what takes too long
     * @param threads makes the thread, and one for each probe
     * @throws IOException if it cannot be opened, with the reason
     */
    public static ReportSocket open(
            Path runtimeDirectory, Supplier<Report> report, Function<ProbeRequest, Probe> launcher, ScheduledExecutorService timer,
            ThreadFactory threads) throws IOException {
        return open(runtimeDirectory, report, launcher, timer, threads, CONNECTION_MS, PROBE_MS);
    }

    /** The same, with other times that a connection, and what a probe has launched, may take. */
    static ReportSocket open(
            Path runtimeDirectory, Supplier<Report> report, Function<ProbeRequest, Probe> launcher, ScheduledExecutorService timer,
            ThreadFactory threads, long connectionMs, long probeMs) throws IOException {
        check(runtimeDirectory);
        Path path = runtimeDirectory.resolve(NAME);
        Path unnamed = runtimeDirectory.resolve(NAME + ".new");
        Files.deleteIfExists(unnamed);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(unnamed));
            Files.setPosixFilePermissions(unnamed, PosixFilePermissions.fromString("rw-------"));
            Files.move(unnamed, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        ProbeTalk probes = new ProbeTalk(launcher, timer, threads, probeMs);
        ReportSocket socket = new ReportSocket(path, server, report, probes, timer, connectionMs);
        threads.newThread(socket::serve).start();
        return socket;
    }

    private static void check(Path directory) throws IOException {
        PosixFileAttributes attributes = Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        boolean others = attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
                || attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
        if (!attributes.isDirectory() || others || !attributes.owner().equals(Files.getOwner(Path.of("/proc/self")))) {
            throw new IOException(directory + " is " + (attributes.isDirectory() ? "a directory" : "no directory") + " of "
                    + attributes.owner().getName() + " with mode " + PosixFilePermissions.toString(attributes.permissions())
                    + ": it must be the agent's own, and nobody else may write there");
        }
    }

    private void serve() {
        while (server.isOpen()) {
            SocketChannel connection = null;
            boolean handedOver = false;
            try {
                connection = server.accept();
                handedOver = answer(connection);
            } catch (ClosedChannelException e) {
                LOG.debug("a connection took too long, or this is the end");
            } catch (IOException | RuntimeException | Error e) { // The next is answered, if it can be.
                LOG.debug("nothing was answered on {}: {}", path, e.toString());
                pause(); // Too many open files, say: not at once again.
            } finally {
                if (connection != null && !handedOver) {
                    close(connection);
                }
            }
        }
    }

    /** Tells whether another closes the connection. */
    private boolean answer(SocketChannel connection) throws IOException {
        ScheduledFuture<?> end = timer.schedule(() -> close(connection), connectionMs, TimeUnit.MILLISECONDS);
        try {
            byte[] answer;
            try {
                Question question = READER.readValue(line(connection));
                if (PROBE.equals(question.ask()) && question.probe() != null && probes.begin(connection, question.probe())) {
                    return true;
                }
                answer = answerTo(question);
            } catch (ClosedChannelException e) {
                throw e;
            } catch (IOException | RuntimeException | Error e) {
                answer = error(e.toString().lines().findFirst().orElse(""));
            }
            ByteBuffer left = ByteBuffer.wrap(answer);
            while (left.hasRemaining()) {
                connection.write(left);
            }
            return false;
        } finally {
            end.cancel(false);
        }
    }

    private byte[] answerTo(Question question) throws IOException {
        if (QUESTION.equals(question.ask())) {
            return WRITER.writeValueAsBytes(report.get());
        }
        return error(!PROBE.equals(question.ask()) ? "ask is '" + question.ask() + "': '" + QUESTION + "' or '" + PROBE + "' is expected"
                : question.probe() == null ? "probe is missing: what is to be launched" : "another probe is under way: wait until it ends");
    }

    private static void pause() {
        try {
            Thread.sleep(AGAIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] error(String message) throws IOException {
        return WRITER.writeValueAsBytes(Map.of("error", message));
    }

    private static String line(SocketChannel connection) throws IOException {
        ByteBuffer read = ByteBuffer.allocate(MAX_QUESTION_BYTES);
        while (connection.read(read) >= 0) {
            if (read.position() > 0 && read.get(read.position() - 1) == '\n') {
                return new String(read.array(), 0, read.position(), StandardCharsets.UTF_8);
            }
            if (!read.hasRemaining()) {
                break;
            }
        }
        throw new IOException("a question of one line and at most " + MAX_QUESTION_BYTES + " bytes is expected");
    }

    private static void close(SocketChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("closing", e);
        }
    }

    /** Ends it, and takes the file away; its thread ends too. */
    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("{} stays: {}", path, e.getMessage());
        }
    }
}
