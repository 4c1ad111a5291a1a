package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A real mesos-agent on a host, with the module, as an operator starts it. Its containers are ended with it. */
public final class MesosAgent implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PORT = 5051;
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Pattern OUTPUT = Pattern.compile("\"data\":\"([A-Za-z0-9+/=]+)\",\"type\":\"STDOUT\"|"
            + "\"type\":\"STDOUT\",\"data\":\"([A-Za-z0-9+/=]+)\"");

    private final Host host;
    private final RealMesos master;
    private final Path directory;
    private final String isolator;
    private final String cgroup;
    private Process process;

    /**
     * Starts an agent and waits until the master has it.
     *
     * @param host where
     * @param master its master
     * @param directory its files and log
     * @param isolator the module's name
     * @param parameters the module's parameters
     */
    public MesosAgent(Host host, RealMesos master, Path directory, String isolator, Map<String, String> parameters) {
        this.host = host;
        this.master = master;
        this.directory = directory;
        this.isolator = isolator;
        this.cgroup = "calico-mesos-lab-" + ProcessHandle.current().pid() + "-" + host.name();
        directory.toFile().mkdirs();
        ModulesJson.write(directory.resolve("modules.json"), MesosPrefix.module(), isolator, parameters);
        try {
            start();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Starts it, or starts it again on what it left. */
    public void start() {
        try {
            ProcessBuilder builder = new ProcessBuilder(host.inside(
                    MesosPrefix.program("mesos-agent").toString(), "--master=" + master.address(), "--ip=" + host.address(),
                    "--port=" + PORT, "--no-hostname_lookup", "--work_dir=" + directory.resolve("work"),
                    "--runtime_dir=" + directory.resolve("run"), "--containerizers=mesos", "--launcher=linux",
                    "--launcher_dir=" + MesosPrefix.launcherDirectory(), "--cgroups_root=" + cgroup, "--no-systemd_enable_support",
                    "--no-switch_user", "--resources=cpus:4;mem:2048;disk:1024;ports:[31000-31999]"))
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
            builder.environment().putAll(packagedEnvironment());
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.holds("the agent answers", () -> ask("{\"type\":\"GET_CONTAINERS\"}").isPresent());
        Eventually.holds("the master has the agent", master::hasAnAgent);
    }

    /** What the package's drop-ins have systemd give the agent, for the module's file and name that are here. */
    private Map<String, String> packagedEnvironment() throws IOException {
        return Files.readAllLines(Build.repository().resolve("packaging/agent.env")).stream().filter(line -> !line.startsWith("#"))
                .map(line -> line.replace("/etc/calico-mesos/modules.json", directory.resolve("modules.json").toString())
                        .replace("network/calico", isolator).split("=", 2))
                .collect(Collectors.toMap(words -> words[0], words -> words[1]));
    }

    /** Ends it at once, as a crash would; its containers go on. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
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
     * Calls its HTTP API.
     *
     * @param call a Call
     * @return the answer; empty if it is an error
     */
    public Optional<JsonNode> ask(String call) {
        try {
            return RealMesos.curl(host, api(), JSON.readTree(call));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What its /metrics/snapshot says.
     *
     * @return JSON, in which slashes may stand behind backslashes
     */
    public String metrics() {
        return host.run("curl", "-fsS", "-m", "30", "http://" + host.address() + ":" + PORT + "/metrics/snapshot");
    }

    private String api() {
        return "http://" + host.address() + ":" + PORT + "/api/v1";
    }

    /**
     * A container, as the agent sees it.
     *
     * @param id the value of its ContainerID
     * @return its part of GET_CONTAINERS
     */
    public Optional<JsonNode> container(String id) {
        JsonNode answer = ask("{\"type\":\"GET_CONTAINERS\",\"get_containers\":{\"show_nested\":true,\"show_standalone\":true}}")
                .orElseThrow();
        for (JsonNode each : answer.at("/get_containers/containers")) {
            if (each.at("/container_id/value").asText().equals(id)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /**
     * The first process of a container.
     *
     * @param id the value of its ContainerID
     * @return its pid
     */
    public long pid(String id) {
        return container(id).orElseThrow().at("/container_status/executor_pid").asLong();
    }

    /**
     * Runs a command in a running container, as `mesos task exec` does: in a debug container of its own.
     *
     * @param parent the container's ContainerID
     * @param command for the shell
     * @return what it wrote
     */
    public String exec(JsonNode parent, String command) {
        ObjectNode call = JSON.createObjectNode().put("type", "LAUNCH_NESTED_CONTAINER_SESSION");
        ObjectNode session = call.putObject("launch_nested_container_session");
        session.putObject("container_id").put("value", "debug").set("parent", parent);
        session.putObject("command").put("value", command);
        String records = host.run(
                "curl", "-fsS", "-m", "30", api(), "-H", "Content-Type: application/json", "-H", "Accept: application/recordio",
                "-H", "Message-Accept: application/json", "-d", call.toString());
        StringBuilder out = new StringBuilder();
        for (Matcher each = OUTPUT.matcher(records); each.find();) {
            String data = each.group(1) == null ? each.group(2) : each.group(1);
            out.append(new String(Base64.getDecoder().decode(data), StandardCharsets.UTF_8));
        }
        return out.toString();
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
            for (Path each : hierarchies.map(hierarchy -> hierarchy.resolve(cgroup)).filter(Files::isDirectory).toList()) {
                endContainers(each);
            }
            unmount();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** No framework and no agent ends those of a test that failed. */
    private static void endContainers(Path root) throws IOException {
        List<Path> cgroups;
        try (Stream<Path> all = Files.walk(root)) {
            cgroups = all.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
        }
        for (Path each : cgroups) {
            for (String pid : Files.readAllLines(each.resolve("cgroup.procs"))) {
                ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
            }
            Eventually.holds("the cgroup " + each + " is empty", () -> each.toFile().delete() || !Files.exists(each));
        }
    }

    private void unmount() throws IOException {
        List<String> mounts = Files.readAllLines(Path.of("/proc/self/mounts")).stream().map(line -> line.split(" ")[1])
                .filter(each -> Path.of(each).startsWith(directory)).sorted(Comparator.reverseOrder()).toList();
        mounts.forEach(each -> Command.attempt(List.of("umount", "-l", each)));
    }
}
