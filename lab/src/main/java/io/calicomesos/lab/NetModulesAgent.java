package io.calicomesos.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What an agent with net-modules does: for each step of a container it starts the command of {@code ipam_command} and
 * {@code isolator_command} without arguments and with its own environment, writes a request to its stdin, closes that, reads its
 * stdout to the end, and does not look at its exit status. Containers are processes in network namespaces of their own.
 */
public final class NetModulesAgent {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_READ = 40_960;

    private final Host host;
    private final Path directory;
    private final Path config;
    private final Map<String, Process> processes = new HashMap<>();

    /**
     * Writes its configuration.
     *
     * @param host where
     * @param directory for that and what the command says on stderr
     * @param parameters the module's
     */
    public NetModulesAgent(Host host, Path directory, Map<String, String> parameters) {
        this.host = host;
        this.directory = directory;
        this.config = directory.resolve(host.name() + "-config.json");
        Map<String, String> ours = new HashMap<>(parameters);
        ours.keySet().removeIf(each -> each.startsWith("java_")); // Not in a file.
        try {
            Files.writeString(config, JSON.writeValueAsString(ours));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * How a call ended.
     *
     * @param status its exit status
     * @param out what it wrote to stdout
     * @param err and to stderr
     */
    public record Ended(int status, String out, String err) {
        /**
         * The answer.
         *
         * @return JSON
         */
        public JsonNode answer() {
            try {
                return JSON.readTree(out);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("no answer: " + this, e);
            }
        }
    }

    /**
     * A request.
     *
     * @param command its command
     * @return to be given its args
     */
    public ObjectNode request(String command) {
        ObjectNode request = JSON.createObjectNode().put("command", command);
        request.putObject("args");
        return request;
    }

    /**
     * Starts a call, its request written.
     *
     * @param request what net-modules writes
     * @return the process, its stdout to be read
     */
    public Process start(String request) {
        return start(request, Map.of());
    }

    private Process start(String request, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(host.inside(Build.command().toString()));
            builder.environment().putAll(Build.commandEnvironment());
            builder.environment().put("CALICO_MESOS_CONFIG", config.toString());
            builder.environment().putAll(environment);
            Process process = builder.redirectError(directory.resolve("stderr").toFile()).start();
            process.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Makes a call.
     *
     * @param request what net-modules writes
     * @return how it ended
     */
    public Ended call(String request) {
        return call(request, Map.of());
    }

    /**
     * Makes a call, with more in the agent's environment.
     *
     * @param request what net-modules writes
     * @param environment the rest of it
     * @return how it ended
     */
    public Ended call(String request, Map<String, String> environment) {
        try {
            Process process = start(request, environment);
            String out = new String(process.getInputStream().readNBytes(MOST_READ), StandardCharsets.UTF_8);
            return new Ended(process.waitFor(), out, Files.readString(directory.resolve("stderr")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * A step of a container, which fails if the answer has an error.
     *
     * @param request what net-modules asks for
     * @return the answer
     */
    public JsonNode step(ObjectNode request) {
        Ended ended = call(request.toString());
        if (!ended.answer().path("error").isNull()) {
            throw new IllegalStateException(request + ": " + ended);
        }
        return ended.answer();
    }

    /**
     * Allocates.
     *
     * @param count how many IPv4 addresses
     * @param netgroups those of the container
     * @return the addresses
     */
    public List<String> allocate(int count, List<String> netgroups) {
        ObjectNode request = request("allocate");
        arguments(request).put("hostname", host.name()).put("num_ipv4", count).put("num_ipv6", 0)
                .put("uid", UUID.randomUUID().toString());
        netgroups.forEach(arguments(request).withArray("netgroups")::add);
        return texts(step(request).path("ipv4"));
    }

    /**
     * A process in a network namespace of its own, which does not have an interface yet.
     *
     * @param id of the container
     * @return its pid
     */
    public long fork(String id) {
        try {
            Process process = new ProcessBuilder(host.inside(
                    "unshare", "--net", Build.prober().toString(), "serve", id, Integer.toString(Container.PORT)))
                    .redirectErrorStream(true).redirectOutput(directory.resolve(id + ".log").toFile()).start();
            processes.put(id, process);
            // Before unshare it is in its host's namespace.
            String hosts = host.run("readlink", "/proc/self/ns/net");
            Eventually.holds(id + " has a namespace", () -> {
                Command.Ended namespace = Command.attempt(List.of("readlink", "/proc/" + process.pid() + "/ns/net"));
                String own = Command.run("readlink", "/proc/self/ns/net");
                return namespace.ok() && !namespace.out().equals(hosts) && !namespace.out().equals(own);
            });
            return process.pid();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The request that gives a container its network.
     *
     * @param id of the container
     * @param pid its process
     * @param addresses allocated before
     * @param netgroups its netgroups
     * @return to be changed at will
     */
    public ObjectNode isolate(String id, long pid, List<String> addresses, List<String> netgroups) {
        ObjectNode request = request("isolate");
        arguments(request).put("hostname", host.name()).put("container_id", id).put("pid", pid);
        addresses.forEach(arguments(request).withArray("ipv4_addrs")::add);
        netgroups.forEach(arguments(request).withArray("netgroups")::add);
        return request;
    }

    /**
     * Launches a container as net-modules does.
     *
     * @param id its Mesos id
     * @param netgroups its netgroups
     * @return running
     */
    public Container launch(String id, List<String> netgroups) {
        List<String> addresses = allocate(1, netgroups);
        long pid = fork(id);
        step(isolate(id, pid, addresses, netgroups));
        Container container = new Container(id, host, null, netgroups, pid, addresses);
        Eventually.holds("the server of " + id + " listens", () ->
                container.attempt("ss", "-Hltn", "sport", "=", ":" + Container.PORT).out().contains(":" + Container.PORT));
        return container;
    }

    /**
     * Ends a container's process, and waits until it has.
     *
     * @param id its Mesos id
     */
    public void kill(String id) {
        Process process = processes.remove(id);
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Ends all processes. */
    public void killAll() {
        List.copyOf(processes.keySet()).forEach(this::kill);
    }

    /**
     * Gives addresses back.
     *
     * @param addresses which
     * @return the request
     */
    public ObjectNode release(List<String> addresses) {
        ObjectNode request = request("release");
        addresses.forEach(arguments(request).withArray("ips")::add);
        return request;
    }

    /**
     * Cleans a container up.
     *
     * @param id its Mesos id
     * @return the request
     */
    public ObjectNode cleanup(String id) {
        ObjectNode request = request("cleanup");
        arguments(request).put("hostname", host.name()).put("container_id", id);
        return request;
    }

    /**
     * Ends a container as net-modules does: its process, its addresses, the rest.
     *
     * @param container launched here
     */
    public void destroy(Container container) {
        kill(container.id());
        step(release(container.addresses()));
        step(cleanup(container.id()));
    }

    /**
     * The args of a request.
     *
     * @param request of here
     * @return to be changed at will
     */
    public static ObjectNode arguments(ObjectNode request) {
        return (ObjectNode) request.path("args");
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        ((ArrayNode) list).forEach(each -> texts.add(each.asText()));
        return texts;
    }
}
