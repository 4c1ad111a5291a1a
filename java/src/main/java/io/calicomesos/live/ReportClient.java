package io.calicomesos.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Asks the module on this host what is live, and for a probe. */
public final class ReportClient {
    private static final int MAX_BYTES = 64 << 20; // Some 100,000 containers.
    private static final int BUFFER_BYTES = 64 << 10;
    private static final long REPORT_MS = 15_000;
    private static final long PROBE_MS = 100_000; // Longer than the module takes for its own part at the worst.
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path path;

    /**
     * Prepares.
     *
     * @param runtimeDirectory the parameter {@code runtime_dir} of the module
     */
    public ReportClient(Path runtimeDirectory) {
        this.path = runtimeDirectory.resolve(ReportSocket.NAME);
    }

    /**
     * Asks.
     *
     * @return what the module says
     * @throws IOException if no module answers, with what to do
     */
    public Report report() throws IOException {
        if (Files.notExists(path)) {
            throw new IOException("no module runs here: " + path + " is missing. Is the agent running, with the module in --modules "
                    + "and --isolation? If its runtime_dir is another, say so with --runtime-dir");
        }
        try (SocketChannel channel = connect(REPORT_MS)) {
            say(channel, new ReportSocket.Question(ReportSocket.QUESTION, null));
            return JSON.treeToValue(checked(read(channel, true)), Report.class);
        } catch (IOException e) {
            throw explained(e, REPORT_MS);
        }
    }

    /**
     * Asks for a probe.
     *
     * @param request what is to be launched
     * @return launched, all or in part
     * @throws IOException if no module answers, or it launches nothing, with the reason
     */
    public OpenProbe probe(ProbeRequest request) throws IOException {
        SocketChannel channel = connect(PROBE_MS);
        try {
            say(channel, new ReportSocket.Question(ReportSocket.PROBE, request));
            return new OpenProbe(channel, JSON.treeToValue(checked(read(channel, false)), Probe.Launched.class));
        } catch (IOException e) {
            channel.close();
            throw ofProbe(e);
        }
    }

    private IOException ofProbe(IOException thrown) {
        return !(thrown instanceof EOFException) ? explained(thrown, PROBE_MS)
                : new IOException("the module has ended meanwhile, or the containers had lived too long: what is left of them is removed "
                        + "when the agent starts again", thrown);
    }

    /** Containers that live until this is closed, or this process ends, however. */
    public final class OpenProbe implements AutoCloseable {
        private final SocketChannel channel;
        private final Probe.Launched launched;

        private OpenProbe(SocketChannel channel, Probe.Launched launched) {
            this.channel = channel;
            this.launched = launched;
        }

        /** What came of the launches. */
        public Probe.Launched launched() {
            return launched;
        }

        /**
         * Has them removed, and waits for it.
         *
         * @throws IOException if the module does not say what came of it
         */
        public Probe.Removed remove() throws IOException {
            try {
                channel.shutdownOutput();
                return JSON.treeToValue(checked(read(channel, false)), Probe.Removed.class);
            } catch (IOException e) {
                throw ofProbe(e);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    // ---- the socket ----

    private IOException explained(IOException thrown, long timeoutMs) {
        if (thrown instanceof Refused) {
            return new IOException("the module answers at " + path + ": " + thrown.getMessage(), thrown);
        }
        if (thrown instanceof AsynchronousCloseException) {
            return new IOException("the module did not answer at " + path + " within " + timeoutMs + " ms: see the agent's log", thrown);
        }
        return new IOException("the module cannot be asked at " + path + ": " + thrown.getMessage() + (Files.isWritable(path)
                ? ". Is the agent running?" : ". Only root may ask"), thrown);
    }

    /** What the module answers in place of what was asked for. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    private static JsonNode checked(JsonNode answer) throws Refused {
        JsonNode error = answer.path("error");
        if (answer.size() == 1 && error.isTextual()) {
            throw new Refused(error.asText());
        }
        return answer;
    }

    private static void say(SocketChannel channel, Object question) throws IOException {
        ByteBuffer left = ByteBuffer.wrap((JSON.writeValueAsString(question) + "\n").getBytes(StandardCharsets.UTF_8));
        while (left.hasRemaining()) {
            channel.write(left);
        }
    }

    private static JsonNode read(SocketChannel channel, boolean toTheEnd) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer part = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(part.clear()) >= 0) {
            all.write(part.array(), 0, part.position());
            if (all.size() > MAX_BYTES) {
                throw new IOException("it answers more than " + MAX_BYTES + " bytes");
            }
            if (!toTheEnd && part.position() > 0 && part.get(part.position() - 1) == '\n') {
                break;
            }
        }
        if (all.size() == 0) {
            throw new EOFException("it closed the connection without an answer");
        }
        return JSON.readTree(all.toByteArray());
    }

    private SocketChannel connect(long timeoutMs) throws IOException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw explained(e, timeoutMs);
        }
        Thread end = new Thread(() -> closeLate(channel, timeoutMs), "calico-mesos-timeout");
        end.setDaemon(true);
        end.start();
        return channel;
    }

    private static void closeLate(SocketChannel channel, long timeoutMs) {
        try {
            Thread.sleep(timeoutMs);
            channel.close();
        } catch (InterruptedException | IOException e) {
            // It has ended already.
        }
    }
}
