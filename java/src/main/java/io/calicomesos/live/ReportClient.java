package io.calicomesos.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Asks the module on this host what is live. */
public final class ReportClient {
    private static final int MAX_BYTES = 64 << 20; // Some 100,000 containers.
    private static final int BUFFER_BYTES = 64 << 10;
    private static final long TIMEOUT_MS = 15_000;
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
        JsonNode answer;
        try {
            answer = JSON.readTree(ask());
        } catch (AsynchronousCloseException e) {
            throw new IOException("the module did not answer at " + path + " within " + TIMEOUT_MS + " ms: see the agent's log", e);
        } catch (IOException e) {
            throw new IOException("the module cannot be asked at " + path + ": " + e.getMessage() + (Files.isWritable(path)
                    ? ". Is the agent running?" : ". Only root may ask"), e);
        }
        if (answer.has("error")) {
            throw new IOException("the module answers at " + path + ": " + answer.get("error").asText());
        }
        return JSON.treeToValue(answer, Report.class);
    }

    private byte[] ask() throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            Thread end = new Thread(() -> closeLate(channel), "calico-mesos-timeout");
            end.setDaemon(true);
            end.start();
            String question = JSON.writeValueAsString(Map.of("ask", ReportSocket.QUESTION)) + "\n";
            ByteBuffer left = ByteBuffer.wrap(question.getBytes(StandardCharsets.UTF_8));
            while (left.hasRemaining()) {
                channel.write(left);
            }
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(BUFFER_BYTES);
            while (channel.read(part.clear()) >= 0) {
                all.write(part.array(), 0, part.position());
                if (all.size() > MAX_BYTES) {
                    throw new IOException("it answers more than " + MAX_BYTES + " bytes");
                }
            }
            end.interrupt();
            return all.toByteArray();
        }
    }

    private static void closeLate(SocketChannel channel) {
        try {
            Thread.sleep(TIMEOUT_MS);
            channel.close();
        } catch (InterruptedException | IOException e) {
            // It has ended already.
        }
    }
}
