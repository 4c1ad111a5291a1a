package io.calicomesos.etcd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A real etcd on free ports of 127.0.0.1, with its data in a temporary directory. What the tests themselves read and write goes
 * over its HTTP gateway, so that nothing of the code under test, nor jetcd, has a part in it.
 */
public final class EtcdProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Path directory;
    private final int port = freePort();
    private final Thread atExit = new Thread(this::kill);
    private Process process;
    private int servedAt;

    /** A key as it stands in etcd. */
    public record Value(String text, long createRevision, long modRevision) {}

    private EtcdProcess(boolean onDisk) {
        try {
            directory = !onDisk && Files.isWritable(SHARED_MEMORY) ? Files.createTempDirectory(SHARED_MEMORY, "calico-mesos-etcd")
                    : Files.createTempDirectory("calico-mesos-etcd");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** One that answers, with its data in memory if possible: a disk's fsync says nothing about what is tested. */
    public static EtcdProcess started() {
        EtcdProcess etcd = new EtcdProcess(false);
        etcd.start();
        return etcd;
    }

    /** One that answers, with its data on disk as in a data centre. */
    public static EtcdProcess startedOnDisk() {
        EtcdProcess etcd = new EtcdProcess(true);
        etcd.start();
        return etcd;
    }

    /** One that does not run yet. */
    public static EtcdProcess notStarted() {
        return new EtcdProcess(false);
    }

    /** Starts it on the data that it left, and waits until it answers. */
    public void start() {
        startAt(port);
    }

    /** Changes the data while, to clients of {@link #endpoint}, etcd is down. */
    public void whileAway(Runnable changes) {
        kill();
        startAt(freePort());
        changes.run();
        kill();
        start();
    }

    private void startAt(int clientPort) {
        String clients = "http://127.0.0.1:" + clientPort;
        String peers = "http://127.0.0.1:" + freePort();
        try {
            process = new ProcessBuilder(
                    "etcd", "--data-dir=" + directory.resolve("data"), "--listen-client-urls=" + clients,
                    "--advertise-client-urls=" + clients, "--listen-peer-urls=" + peers, "--log-level=error", "--logger=zap")
                    .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servedAt = clientPort;
        eventually("etcd answers", () -> process.isAlive() && request("health", null).path("health").asText().equals("true"));
    }

    /** Ends it at once, as a crash would. */
    public void kill() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    @Override
    public void close() {
        kill();
        Runtime.getRuntime().removeShutdownHook(atExit);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its client URL, the same for its whole life. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Writes a key; gives etcd's revision. */
    public long put(String key, String value) {
        return call("kv/put", JSON.createObjectNode().put("key", base64(key)).put("value", base64(value)))
                .path("header").path("revision").asLong();
    }

    /** Writes many keys, the same value under each, 100 in a transaction. */
    public void putAll(List<String> keys, String value) {
        for (int i = 0; i < keys.size(); i += 100) {
            ObjectNode transaction = JSON.createObjectNode();
            ArrayNode puts = transaction.putArray("success");
            keys.subList(i, Math.min(keys.size(), i + 100)).forEach(
                    key -> puts.addObject().putObject("request_put").put("key", base64(key)).put("value", base64(value)));
            call("kv/txn", transaction);
        }
    }

    /** Writes a key if nobody has since the revision; gives the new revision if so. */
    public OptionalLong putIfUnchanged(String key, long modRevision, String value) {
        ObjectNode transaction = JSON.createObjectNode();
        transaction.putArray("compare").addObject()
                .put("key", base64(key)).put("target", "MOD").put("result", "EQUAL").put("mod_revision", modRevision);
        transaction.putArray("success").addObject().putObject("request_put").put("key", base64(key)).put("value", base64(value));
        JsonNode answer = call("kv/txn", transaction);
        return answer.path("succeeded").asBoolean() ? OptionalLong.of(answer.path("header").path("revision").asLong())
                : OptionalLong.empty();
    }

    /** What a key holds. */
    public Optional<Value> get(String key) {
        return Optional.ofNullable(range(JSON.createObjectNode().put("key", base64(key))).get(key));
    }

    /** All keys that begin so, with what they hold. */
    public Map<String, Value> under(String prefix) {
        return range(JSON.createObjectNode().put("key", base64(prefix)).put("range_end", endOf(prefix)));
    }

    /** Deletes all keys that begin so. */
    public void deleteUnder(String prefix) {
        call("kv/deleterange", JSON.createObjectNode().put("key", base64(prefix)).put("range_end", endOf(prefix)));
    }

    /** Deletes a key. */
    public void delete(String key) {
        call("kv/deleterange", JSON.createObjectNode().put("key", base64(key)));
    }

    /** Forgets what was before the present revision. */
    public void compact() {
        call("kv/compaction", JSON.createObjectNode().put("revision", revision()).put("physical", true));
    }

    /** The present revision: each transaction that writes makes it one higher. */
    public long revision() {
        return call("kv/range", JSON.createObjectNode().put("key", base64("none"))).path("header").path("revision").asLong();
    }

    /** How many transactions etcd has answered since it started, those that lost included. */
    public long transactions() {
        return answered("Txn");
    }

    /** How many reads etcd has answered since it started. */
    public long reads() {
        return answered("Range");
    }

    private long answered(String method) {
        return text("metrics").lines()
                .filter(each -> each.startsWith("grpc_server_handled_total{") && each.contains("grpc_code=\"OK\"")
                        && each.contains("grpc_method=\"" + method + "\""))
                .mapToLong(each -> Math.round(Double.parseDouble(each.substring(each.lastIndexOf(' ') + 1)))).sum();
    }

    private Map<String, Value> range(ObjectNode request) {
        Map<String, Value> found = new TreeMap<>();
        call("kv/range", request).path("kvs").forEach(each -> found.put(
                text(each.path("key")),
                new Value(text(each.path("value")), each.path("create_revision").asLong(), each.path("mod_revision").asLong())));
        return found;
    }

    private JsonNode call(String method, ObjectNode request) {
        return request("v3/" + method, request.toString());
    }

    private JsonNode request(String path, String body) {
        try {
            return JSON.readTree(send(path, body));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text(String path) {
        return send(path, null);
    }

    private String send(String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + servedAt + "/" + path))
                .timeout(Duration.ofSeconds(30));
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException("etcd refused " + path + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(JsonNode base64) {
        return new String(Base64.getDecoder().decode(base64.asText()), StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String endOf(String prefix) {
        byte[] end = prefix.getBytes(StandardCharsets.UTF_8);
        end[end.length - 1]++;
        return Base64.getEncoder().encodeToString(end);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until something holds; fails after a minute, with what was thrown last. */
    public static void eventually(String what, Callable<Boolean> holds) {
        Exception last = null;
        for (long end = System.nanoTime() + 60_000_000_000L; System.nanoTime() < end; ) {
            try {
                if (holds.call()) {
                    return;
                }
                Thread.sleep(20);
            } catch (Exception e) {
                last = e;
            }
        }
        throw new AssertionError("not within a minute: " + what, last);
    }
}
