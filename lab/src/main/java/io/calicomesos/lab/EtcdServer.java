package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real etcd on one of the hosts. */
public final class EtcdServer implements AutoCloseable {
    private static final int TRANSACTION = 100; // etcd takes 128 operations.

    private final Host host;
    private final Path directory;
    private Process process;

    /**
     * Starts etcd and waits until it answers.
     *
     * @param host where
     * @param directory its data and its log
     */
    public EtcdServer(Host host, Path directory) {
        this.host = host;
        this.directory = directory;
        start();
    }

    /** Starts it on the data that it left. */
    public void start() {
        try {
            process = new ProcessBuilder(host.inside(
                    "etcd", "--name=lab", "--data-dir=" + directory.resolve("etcd"),
                    "--listen-client-urls=" + endpoint(), "--advertise-client-urls=" + endpoint(),
                    "--listen-peer-urls=http://127.0.0.1:2380", "--log-level=warn", "--logger=zap"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("etcd.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.holds("etcd answers", () -> etcdctl("endpoint", "health").ok());
    }

    /** Ends it at once, as a crash would. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /**
     * Its client URL.
     *
     * @return {@code http://address:2379}
     */
    public String endpoint() {
        return "http://" + host.address() + ":2379";
    }

    /**
     * Runs etcdctl against it.
     *
     * @param arguments after the endpoint
     * @return how it ended
     */
    public Command.Ended etcdctl(String... arguments) {
        List<String> line = new ArrayList<>(List.of("env", "ETCDCTL_API=3", "etcdctl", "--endpoints=" + endpoint()));
        line.addAll(List.of(arguments));
        return host.attempt(line.toArray(String[]::new));
    }

    /**
     * Puts many keys.
     *
     * @param values by key
     */
    public void putAll(Map<String, String> values) {
        List<String> puts = values.entrySet().stream().map(each -> "{\"request_put\":{\"key\":\"" + base64(each.getKey())
                + "\",\"value\":\"" + base64(each.getValue()) + "\"}}").toList();
        for (int i = 0; i < puts.size(); i += TRANSACTION) {
            String transaction = "{\"success\":[" + String.join(",", puts.subList(i, Math.min(puts.size(), i + TRANSACTION))) + "]}";
            host.run("curl", "-sS", "--fail", "--noproxy", "*", "--data", transaction, endpoint() + "/v3/kv/txn");
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * All keys under a prefix with their values.
     *
     * @param prefix the keys' beginning
     * @return by key
     */
    public Map<String, String> under(String prefix) {
        Map<String, String> found = new TreeMap<>();
        List<String> lines = etcdctl("get", "--prefix", prefix).out().lines().toList();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            found.put(lines.get(i), lines.get(i + 1));
        }
        return found;
    }

    /**
     * Deletes all keys under a prefix.
     *
     * @param prefix what they begin with
     */
    public void delete(String prefix) {
        etcdctl("del", "--prefix", prefix);
    }

    /**
     * One of etcd's own counters, as it publishes them.
     *
     * @param metric its name with its labels, if it has any
     * @return its value
     */
    public long counter(String metric) {
        String text = host.run("curl", "-sS", "--noproxy", "*", endpoint() + "/metrics");
        Matcher matcher = Pattern.compile("^" + Pattern.quote(metric) + " (\\S+)$", Pattern.MULTILINE).matcher(text);
        if (!matcher.find()) {
            return 0;
        }
        return Math.round(Double.parseDouble(matcher.group(1)));
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
