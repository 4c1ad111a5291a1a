package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A real mesos-master on a host; frameworks are mesos-execute. */
public final class RealMesos implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PORT = 5050;

    private final Host host;
    private final Path directory;
    private final Process master;
    private final List<Process> frameworks = new ArrayList<>();

    /**
     * Starts the master.
     *
     * @param host where
     * @param directory for its files and logs
     */
    public RealMesos(Host host, Path directory) {
        this.host = host;
        this.directory = directory;
        this.master = start("master", List.of(
                MesosPrefix.program("mesos-master").toString(), "--ip=" + host.address(), "--port=" + PORT,
                "--advertise_ip=" + host.address(), "--work_dir=" + directory.resolve("master"), "--no-hostname_lookup",
                "--registry=in_memory"));
        Eventually.holds("the master answers", () -> curl(host, "http://" + address() + "/slaves", null).isPresent());
    }

    /**
     * Where agents and frameworks find it.
     *
     * @return address and port
     */
    public String address() {
        return host.address() + ":" + PORT;
    }

    /**
     * A command task.
     *
     * @param id its id and name
     * @param command for the shell
     * @param infos its NetworkInfos; none for no ContainerInfo
     * @return a TaskInfo
     */
    public static ObjectNode task(String id, String command, ObjectNode... infos) {
        ObjectNode task = JSON.createObjectNode().put("name", id);
        task.putObject("task_id").put("value", id);
        task.putObject("agent_id").put("value", "");
        scalar(task, "cpus", 0.1);
        scalar(task, "mem", 32);
        task.putObject("command").put("value", command);
        if (infos.length > 0) {
            task.putObject("container").put("type", "MESOS").putArray("network_infos").addAll(List.of(infos));
        }
        return task;
    }

    private static void scalar(ObjectNode task, String name, double value) {
        task.withArray("resources").addObject().put("name", name).put("type", "SCALAR").putObject("scalar").put("value", value);
    }

    /**
     * Launches a command task, by a framework of its own.
     *
     * @param task its TaskInfo
     * @return where that writes what it hears
     */
    public Path launch(ObjectNode task) {
        return execute("--task=" + task);
    }

    /**
     * Launches a task group on the default executor, by a framework of its own.
     *
     * @param networks those that the executor joins, by name; empty for the host network
     * @param tasks the TaskInfos
     */
    public void launchGroup(String networks, ObjectNode... tasks) {
        ObjectNode group = JSON.createObjectNode();
        for (ObjectNode each : tasks) {
            group.withArray("tasks").add(each);
        }
        if (networks.isEmpty()) {
            execute("--task_group=" + group);
        } else {
            execute("--task_group=" + group, "--networks=" + networks);
        }
    }

    /**
     * Runs a line with mesos-execute as a document has it, in a shell, until the frameworks end.
     *
     * @param line for the master at 10.0.0.1:5050, which becomes this one
     */
    public void shell(String line) {
        String here = line.replace("10.0.0.1:5050", address()).replaceFirst("^mesos-execute", MesosPrefix.program("mesos-execute").toString());
        frameworks.add(start("execute-" + frameworks.size(), List.of("env", "LIBPROCESS_IP=" + host.address(), "sh", "-c", "exec " + here)));
    }

    private Path execute(String... flags) {
        String name = "execute-" + frameworks.size();
        frameworks.add(start(name, Command.join(
                List.of("env", "LIBPROCESS_IP=" + host.address(), MesosPrefix.program("mesos-execute").toString(),
                        "--master=" + address(), "--checkpoint"), flags)));
        return log(name);
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    private Process start(String name, List<String> line) {
        try {
            Files.createDirectories(directory);
            return new ProcessBuilder(host.inside(line.toArray(String[]::new))).redirectErrorStream(true)
                    .redirectOutput(log(name).toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until a task is in a state.
     *
     * @param id its id
     * @param state TASK_RUNNING, TASK_FAILED …
     * @return its last status in the master's state
     */
    public JsonNode eventually(String id, String state) {
        Eventually.holds(id + " is in " + state, () -> status(id, state).isPresent());
        return status(id, state).orElseThrow();
    }

    private Optional<JsonNode> status(String id, String state) {
        JsonNode tasks = curl(host, "http://" + address() + "/tasks?limit=1000", null).orElseThrow().path("tasks");
        for (JsonNode task : tasks) {
            if (task.path("id").asText().equals(id) && task.path("state").asText().equals(state)) {
                JsonNode statuses = task.path("statuses");
                return Optional.of(statuses.get(statuses.size() - 1));
            }
        }
        return Optional.empty();
    }

    /**
     * Whether the master has an agent.
     *
     * @return one is registered and active
     */
    public boolean hasAnAgent() {
        return curl(host, "http://" + address() + "/slaves", null).map(slaves -> slaves.at("/slaves/0/active").asBoolean())
                .orElse(false);
    }

    /**
     * Asks a Mesos process.
     *
     * @param host from where
     * @param url what
     * @param call what is posted; null for a GET
     * @return the answer, empty if it is an error or there is none
     */
    static Optional<JsonNode> curl(Host host, String url, JsonNode call) {
        List<String> line = new ArrayList<>(List.of("curl", "-fsS", "-m", "20", url));
        if (call != null) {
            line.addAll(List.of("-H", "Content-Type: application/json", "-H", "Accept: application/json", "-d", call.toString()));
        }
        Command.Ended ended = host.attempt(line.toArray(String[]::new));
        try {
            return ended.ok() ? Optional.of(JSON.readTree(ended.out())) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the frameworks, and with them their tasks. */
    public void endFrameworks() {
        for (Process each : frameworks) {
            each.destroyForcibly();
            each.onExit().join();
        }
    }

    @Override
    public void close() {
        endFrameworks();
        master.destroyForcibly();
        master.onExit().join();
    }
}
