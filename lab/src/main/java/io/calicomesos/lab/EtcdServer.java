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
import java.util.stream.Collectors;

/** A member of a real etcd cluster, which may have just this one. */
public final class EtcdServer implements AutoCloseable {
    private static final int TRANSACTION = 100; // etcd takes 128 operations.

    private final Host host;
    private final Path directory;
    private final List<Host> members;
    private final List<String> options;
    private String user = "";
    private Process process;

    /**
     * Prepares; {@link #start} starts it.
     *
     * @param host where
     * @param directory its data and its log
     * @param members the hosts of all members
     * @param options more of them; with {@code --client-cert-auth} it also listens at {@link #tlsEndpoint}
     */
    EtcdServer(Host host, Path directory, List<Host> members, List<String> options) {
        this.host = host;
        this.directory = directory;
        this.members = members;
        this.options = options;
    }

    /** Starts it on the data that it left, and waits until it answers. */
    public void start() {
        startUnheard();
        awaitAnswer();
    }

    /** Starts it without waiting: alone of several, it does not answer. */
    public void startUnheard() {
        String clients = endpoint() + (options.contains("--client-cert-auth") ? "," + tlsEndpoint() : "");
        List<String> line = new ArrayList<>(List.of(
                "etcd", "--name=" + host.name(), "--data-dir=" + directory.resolve(host.name() + "-etcd"),
                "--listen-client-urls=" + clients, "--advertise-client-urls=" + clients, "--listen-peer-urls=" + peer(host),
                "--initial-advertise-peer-urls=" + peer(host),
                "--initial-cluster=" + members.stream().map(each -> each.name() + "=" + peer(each)).collect(Collectors.joining(",")),
                "--log-level=warn", "--logger=zap"));
        line.addAll(options);
        try {
            process = new ProcessBuilder(host.inside(line.toArray(String[]::new)))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve(host.name() + "-etcd.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it answers. */
    public void awaitAnswer() {
        Eventually.holds("etcd on " + host.name() + " answers", () -> etcdctl("endpoint", "health").ok());
    }

    private static String peer(Host member) {
        return "http://" + member.address() + ":2380";
    }

    /**
     * Where it runs.
     *
     * @return the host
     */
    public Host host() {
        return host;
    }

    /**
     * Whether it leads the others.
     *
     * @return it says so itself
     */
    public boolean leads() {
        Matcher status = Pattern.compile("\"member_id\":(\\d+).*\"leader\":(\\d+)").matcher(etcdctl("endpoint", "status", "-w", "json").out());
        return status.find() && status.group(1).equals(status.group(2));
    }

    /** Cuts it off from the other members; clients still reach it. */
    public void partition() {
        host.run("nft", "add table inet lab-partition; add chain inet lab-partition in { type filter hook input priority 0; }; "
                + "add chain inet lab-partition out { type filter hook output priority 0; }; "
                + "add rule inet lab-partition in tcp dport 2380 drop; add rule inet lab-partition in tcp sport 2380 drop; "
                + "add rule inet lab-partition out tcp dport 2380 drop; add rule inet lab-partition out tcp sport 2380 drop");
    }

    /** Ends the partition. */
    public void rejoin() {
        host.run("nft", "delete table inet lab-partition");
    }

    /** Ends it at once, as a crash would. */
    public void kill() {
        if (process != null) {
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    /**
     * Saves all that it holds.
     *
     * @return the file
     */
    public Path backup() {
        Path file = directory.resolve(host.name() + "-backup");
        etcdctl("snapshot", "save", file.toString());
        return file;
    }

    /**
     * Ends it, alone of its cluster, and starts it on a backup.
     *
     * @param backup what it holds then
     */
    public void restore(Path backup) {
        kill();
        Path data = directory.resolve(host.name() + "-etcd");
        host.run("rm", "-rf", data.toString());
        host.run("env", "ETCDCTL_API=3", "etcdctl", "snapshot", "restore", backup.toString(), "--data-dir=" + data, "--name=" + host.name(),
                "--initial-cluster=" + host.name() + "=" + peer(host), "--initial-advertise-peer-urls=" + peer(host));
        start();
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
     * Its client URL for those who have certificates.
     *
     * @return {@code https://address:2378}
     */
    public String tlsEndpoint() {
        return "https://" + host.address() + ":2378";
    }

    /**
     * From now on the lab itself is somebody to it.
     *
     * @param nameAndPassword with a colon between
     */
    public void as(String nameAndPassword) {
        user = nameAndPassword;
    }

    /**
     * Runs etcdctl against it.
     *
     * @param arguments after the endpoint
     * @return how it ended
     */
    public Command.Ended etcdctl(String... arguments) {
        return etcdctlAs(user, arguments);
    }

    /**
     * Runs etcdctl against it, as somebody.
     *
     * @param nameAndPassword with a colon between; empty for nobody
     * @param arguments after the endpoint
     * @return how it ended
     */
    public Command.Ended etcdctlAs(String nameAndPassword, String... arguments) {
        List<String> line = new ArrayList<>(List.of("env", "ETCDCTL_API=3"));
        if (!nameAndPassword.isEmpty()) {
            line.add("ETCDCTL_USER=" + nameAndPassword);
        }
        line.addAll(List.of("etcdctl", "--endpoints=" + endpoint()));
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
