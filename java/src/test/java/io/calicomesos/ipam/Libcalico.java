package io.calicomesos.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Calico's own allocator, libcalico-go's, in a process of its own: {@code interop/allocator}, which says what it understands. */
public final class Libcalico implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String VERSION = System.getProperty("interop.calico", "v3.31"); // scripts/interop may ask for another.

    /** Whether it is v3.28, of which the pools have no assignment mode, and which makes no tiers. */
    public static final boolean OLDER = VERSION.equals("v3.28");

    private static final int SKIP = 77; // By scripts/interop-build: there is no Go that can build it.

    private final Process process;
    private final Writer in;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();

    Libcalico(Path program, URI etcd, String node) {
        try {
            process = new ProcessBuilder(program.toString(), "--etcd", etcd.toString(), "--node", node)
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        in = process.outputWriter();
        Thread reader = new Thread(this::read, "libcalico-" + node);
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Builds one of the real Calico's programs, or finds it built.
     *
     * @param name {@code allocator} or {@code calicoctl}
     * @return none where Go is missing; the build's own line has said so
     */
    public static Optional<Path> program(String name) throws IOException, InterruptedException {
        File repository = Path.of("").toAbsolutePath().getParent().toFile();
        Process build = new ProcessBuilder("scripts/interop-build", "--calico", VERSION, name).directory(repository)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String directory = build.inputReader().readLine();
        int status = build.waitFor();
        if (status == SKIP) {
            return Optional.empty();
        }
        if (status != 0 || directory == null) {
            throw new IOException("scripts/interop-build " + name + " ended with status " + status);
        }
        return Optional.of(Path.of(directory, name));
    }

    private void read() {
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                JsonNode answer = JSON.readTree(line);
                CompletableFuture<JsonNode> asked = pending.remove(answer.path("id").asLong(-1));
                if (asked != null) {
                    asked.complete(answer);
                }
            }
        } catch (IOException e) {
            // It was ended.
        }
        pending.values().forEach(each -> each.completeExceptionally(new IOException("libcalico's process ended")));
    }

    /** Asks it, and waits for the answer. */
    JsonNode ask(String operation, ObjectNode more) {
        long id = ids.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        pending.put(id, answer);
        try {
            synchronized (in) {
                in.write(more.put("id", id).put("op", operation) + "\n");
                in.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer.orTimeout(120, TimeUnit.SECONDS).join();
    }

    /** A new, empty request. */
    static ObjectNode with() {
        return JSON.createObjectNode();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
