package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A test agent on a host, driven over its standard input and output: one JSON object a line. */
public final class TestAgent implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ANSWER_SECONDS = 60;

    private final Host host;
    private final Path directory;
    private final Path library;
    private final String isolator;
    private final Map<String, String> parameters;
    private final Map<Long, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();

    private Process process;
    private Writer in;
    private CompletableFuture<Void> ready;
    private long nextId;

    /**
     * Starts an agent that loads the module and waits until it is ready.
     *
     * @param host where
     * @param directory its checkpoints and log
     * @param isolator the module's name
     * @param parameters the module's parameters
     */
    public TestAgent(Host host, Path directory, String isolator, Map<String, String> parameters) {
        this(host, directory, Build.module(), isolator, parameters);
    }

    /**
     * The same with any library.
     *
     * @param host where
     * @param directory its checkpoints and log
     * @param library the one that holds the module
     * @param isolator the module's name
     * @param parameters the module's parameters
     */
    public TestAgent(Host host, Path directory, Path library, String isolator, Map<String, String> parameters) {
        this.host = host;
        this.directory = directory;
        this.library = library;
        this.isolator = isolator;
        this.parameters = parameters;
        start();
    }

    /**
     * Starts it again on what it left, to fail.
     *
     * @param failpoint where and how, as {@code io.calicomesos.failpoint.Failpoint} says; it may not become ready
     * @return whether it has become ready
     */
    public boolean startToFailAt(String failpoint) {
        String options = parameters.get("java_options");
        parameters.put("java_options", "-Dio.calicomesos.failpoint=" + failpoint);
        try {
            start();
            return true;
        } catch (IllegalStateException e) {
            return false;
        } finally {
            if (options == null) {
                parameters.remove("java_options");
            } else {
                parameters.put("java_options", options);
            }
        }
    }

    /** Starts it again on what it left. */
    public void start() {
        try {
            Files.createDirectories(directory);
            Path modules = directory.resolve("modules.json");
            ModulesJson.write(modules, library, isolator, parameters);
            process = new ProcessBuilder(host.inside(
                    Build.testAgent().toString(), "--modules=file://" + modules, "--isolation=" + isolator,
                    "--work_dir=" + directory.resolve("work")))
                    .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        in = process.outputWriter(StandardCharsets.UTF_8);
        ready = new CompletableFuture<>();
        pending.clear();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        Thread reader = new Thread(() -> read(out, ready), "agent-" + host.name());
        reader.setDaemon(true);
        reader.start();
        try {
            ready.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            kill();
            throw new IllegalStateException("the test agent on " + host.name() + " did not start: " + lastLog(), e);
        }
    }

    private void read(BufferedReader out, CompletableFuture<Void> started) {
        try {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                JsonNode message = JSON.readTree(line);
                if (message.has("event")) {
                    events.add(message);
                }
                if (message.path("event").asText().equals("ready")) {
                    started.complete(null);
                }
                CompletableFuture<JsonNode> answer = message.has("id") ? pending.remove(message.get("id").asLong()) : null;
                if (answer != null) {
                    answer.complete(message);
                }
            }
        } catch (IOException e) {
            // The agent has ended; said below.
        }
        IllegalStateException ended = new IllegalStateException("the test agent on " + host.name() + " has ended");
        started.completeExceptionally(ended);
        pending.values().forEach(each -> each.completeExceptionally(ended));
    }

    /**
     * Sends a command without waiting.
     *
     * @param command what to {@code do}, with its fields; the id is added
     * @return the agent's answer
     */
    public synchronized CompletableFuture<JsonNode> send(ObjectNode command) {
        long id = ++nextId;
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        pending.put(id, answer);
        try {
            in.write(command.put("id", id).toString() + "\n");
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answer;
    }

    /**
     * Sends a command and waits for its answer.
     *
     * @param command as for {@link #send}
     * @return the agent's answer
     */
    public JsonNode ask(ObjectNode command) {
        try {
            return send(command).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(command + " was not answered: " + lastLog(), e);
        }
    }

    /**
     * Launches a container.
     *
     * @param id its id
     * @param networkInfo its NetworkInfo; null for a container on the host network
     * @param command what it runs
     * @return the agent's answer, a refusal included
     */
    public JsonNode launch(String id, ObjectNode networkInfo, List<String> command) {
        ObjectNode line = line("launch", id);
        if (networkInfo != null) {
            containerInfo(line, networkInfo);
        }
        command.forEach(line.withArray("command")::add);
        return ask(line);
    }

    /**
     * A command line with a container.
     *
     * @param what to do
     * @param id the container's id
     * @return for {@link #ask}
     */
    public static ObjectNode line(String what, String id) {
        return JSON.createObjectNode().put("do", what).put("container_id", id);
    }

    /**
     * Adds a container_info with NetworkInfos.
     *
     * @param line to what
     * @param networkInfos what
     * @return the line
     */
    public static ObjectNode containerInfo(ObjectNode line, ObjectNode... networkInfos) {
        ObjectNode info = line.putObject("container_info").put("type", "MESOS");
        for (ObjectNode each : networkInfos) {
            info.withArray("network_infos").add(each);
        }
        return line;
    }

    /**
     * Makes a container one of a framework's, with a resource that is allocated to a role.
     *
     * @param line to what
     * @param role the Mesos role
     * @param executor the executor's id
     * @return the line
     */
    public static ObjectNode framework(ObjectNode line, String role, String executor) {
        ObjectNode info = line.putObject("executor_info");
        info.putObject("executor_id").put("value", executor);
        info.putObject("framework_id").put("value", "a1b2c3-0007");
        ObjectNode resource = line.withArray("resources").addObject().put("name", "cpus").put("type", "SCALAR");
        resource.putObject("scalar").put("value", 0.1);
        resource.putObject("allocation_info").put("role", role);
        return line;
    }

    /**
     * Adds ports of the host to the resources of a container.
     *
     * @param line to what
     * @param first the first port
     * @param last the last
     * @return the line
     */
    public static ObjectNode ports(ObjectNode line, int first, int last) {
        line.withArray("resources").addObject().put("name", "ports").put("type", "RANGES")
                .putObject("ranges").putArray("range").addObject().put("begin", first).put("end", last);
        return line;
    }

    /**
     * A NetworkInfo with groups.
     *
     * @param groups the netgroups
     * @return for {@link #launch}
     */
    public static ObjectNode groups(String... groups) {
        ObjectNode info = JSON.createObjectNode();
        ArrayNode list = info.putArray("groups");
        for (String group : groups) {
            list.add(group);
        }
        return info;
    }

    /**
     * Destroys a container.
     *
     * @param id its id
     * @return the agent's answer
     */
    public JsonNode destroy(String id) {
        return ask(line("destroy", id));
    }

    /**
     * The agent's process.
     *
     * @return running or ended
     */
    public Process process() {
        return process;
    }

    /**
     * Where the agent logs.
     *
     * @return the file
     */
    public Path log() {
        return directory.resolve("agent.log");
    }

    /**
     * Whether the agent has logged something since it was first started.
     *
     * @param text a part of the line
     * @return it stands in the log
     */
    public boolean logged(String text) {
        try {
            return Files.readString(log()).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What its virtual machine says of natives that break JNI's rules, if -Xcheck:jni is among its options. */
    List<String> complaintsOfJni() {
        try {
            return Files.readAllLines(log()).stream().filter(line -> line.matches("(WARNING|FATAL ERROR) in native method.*|WARNING: JNI .*"))
                    .distinct().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What the agent has told by itself since it was first started.
     *
     * @param event its kind, as {@code limited}
     * @return in their order
     */
    public List<JsonNode> events(String event) {
        return events.stream().filter(each -> each.path("event").asText().equals(event)).toList();
    }

    /**
     * Makes it forget a container while it is dead.
     *
     * @param id the container's
     * @throws IOException if its files cannot be removed
     */
    public void forget(String id) throws IOException {
        Path checkpoint = directory.resolve("work/checkpoints/containers/" + id);
        try (Stream<Path> files = Files.walk(checkpoint)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    private String lastLog() {
        try {
            List<String> lines = Files.readAllLines(log());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** Ends it at once, as a crash would. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Ends it in order; its containers go on. */
    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            // It has ended already.
        }
        try {
            if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
