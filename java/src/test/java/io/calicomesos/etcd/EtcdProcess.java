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
import java.util.ArrayList;
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
    private final int tlsPort = freePort();
    private final List<String> options;
    private final Thread atExit = new Thread(this::kill);
    private Process process;
    private int servedAt;
    private String rootPassword; // Once etcd asks who it is.
    private String token;

    /** A key as it stands in etcd. */
    public record Value(String text, long createRevision, long modRevision) {}

    private EtcdProcess(boolean onDisk, String... options) {
        this.options = List.of(options);
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

    /** One that does not run yet, with more options. */
    public static EtcdProcess notStarted(String... options) {
        return new EtcdProcess(false, options);
    }

    /** One that answers, beside {@link #endpoint}, at {@link #tlsEndpoint} whoever has a certificate of the authority. */
    public static EtcdProcess startedWithTls(Certificates certificates) throws Exception {
        Certificates.Identity member = certificates.member();
        EtcdProcess etcd = new EtcdProcess(
                false, "--cert-file=" + member.certificate(), "--key-file=" + member.key(), "--trusted-ca-file=" + certificates.ca(),
                "--client-cert-auth");
        etcd.start();
        return etcd;
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
        boolean tls = options.contains("--client-cert-auth");
        List<String> line = new ArrayList<>(List.of(
                "etcd", "--data-dir=" + data(), "--listen-client-urls=" + clients + (tls ? "," + tlsEndpoint() : ""),
                "--advertise-client-urls=" + clients, "--listen-peer-urls=" + peers, "--log-level=error", "--logger=zap"));
        line.addAll(options);
        try {
            process = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        servedAt = clientPort;
        eventually("etcd answers", () -> process.isAlive() && request("health", null).path("health").asText().equals("true"));
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process != null && process.isAlive();
    }

    private Path data() {
        return directory.resolve("data");
    }

    /** Its client URL for those who have certificates. */
    public URI tlsEndpoint() {
        return URI.create("https://127.0.0.1:" + tlsPort);
    }

    /** Saves all that it holds. */
    public Path backup() {
        Path file = directory.resolve("backup");
        etcdctl("snapshot", "save", file.toString());
        return file;
    }

    /** Ends it, and starts it anew on a backup, as a new cluster. */
    public void restore(Path backup) {
        restoreData(backup);
        start();
    }

    /** The same, and changes the data while, to clients of {@link #endpoint}, etcd is down. */
    public void restore(Path backup, Runnable changes) {
        restoreData(backup);
        whileAway(changes);
    }

    private void restoreData(Path backup) {
        kill();
        delete(data());
        etcdctl("snapshot", "restore", backup.toString(), "--data-dir=" + data());
    }

    private void etcdctl(String... arguments) {
        List<String> line = new ArrayList<>(List.of("etcdctl", "--endpoints=" + endpoint()));
        line.addAll(List.of(arguments));
        try {
            ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
            builder.environment().put("ETCDCTL_API", "3");
            Process ended = builder.start();
            String said = new String(ended.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (ended.waitFor() != 0) {
                throw new IllegalStateException(line + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes the place that was freed by {@link #compact}. */
    public void defragment() {
        call("maintenance/defragment", JSON.createObjectNode());
    }

    /** Fills it until it has no space left for writes. */
    public void fill() {
        String much = "x".repeat(1 << 20);
        for (int i = 0; ; i++) {
            try {
                put("/filler/" + i, much);
            } catch (IllegalStateException e) {
                if (!e.getMessage().contains("database space exceeded")) {
                    throw e;
                }
                return;
            }
        }
    }

    /** Makes space again, as an operator would. */
    public void makeSpace() {
        deleteUnder("/filler/");
        compact();
        defragment();
        etcdctl("alarm", "disarm");
    }

    /** From now on it asks who it is. The test itself is root. */
    public void enableAuthentication(String password) {
        addUser("root", password);
        call("auth/user/grant", JSON.createObjectNode().put("user", "root").put("role", "root"));
        call("auth/enable", JSON.createObjectNode());
        rootPassword = password;
    }

    /** Adds a user; without a password it can only come with a certificate. */
    public void addUser(String name, String password) {
        call("auth/user/add", JSON.createObjectNode().put("name", name).put("password", password));
    }

    /** Changes a user's password. */
    public void changePassword(String name, String password) {
        call("auth/user/changepw", JSON.createObjectNode().put("name", name).put("password", password));
    }

    /** Lets a user read and write what begins so. */
    public void grant(String user, String prefix) {
        call("auth/role/add", JSON.createObjectNode().put("name", user));
        ObjectNode grant = JSON.createObjectNode().put("name", user);
        grant.putObject("perm").put("permType", "READWRITE").put("key", base64(prefix)).put("range_end", endOf(prefix));
        call("auth/role/grant", grant);
        call("auth/user/grant", JSON.createObjectNode().put("user", user).put("role", user));
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
        delete(directory);
    }

    private static void delete(Path tree) {
        try (Stream<Path> files = Files.walk(tree)) {
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
        if (rootPassword != null && token == null && path.startsWith("v3/") && !path.endsWith("/authenticate")) {
            token = call("auth/authenticate", JSON.createObjectNode().put("name", "root").put("password", rootPassword)).path("token").asText();
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + servedAt + "/" + path))
                .timeout(Duration.ofSeconds(30));
        if (token != null) {
            request.header("Authorization", token);
        }
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (token != null && (response.body().contains("invalid auth token") || response.body().contains("revision of auth store is old"))) {
                token = null;
                return send(path, body);
            }
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
