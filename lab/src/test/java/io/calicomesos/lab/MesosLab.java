package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Two hosts; on the first etcd and a real master and agent with the module. */
final class MesosLab implements AutoCloseable {
    /** A server that says its name, to everyone who reaches it. */
    static final int PORT = 8080;

    final Cluster cluster = new Cluster(2);
    final Host host = cluster.host(0);
    final Path directory;
    final RealMesos master;
    final MesosAgent agent;

    /**
     * Starts all.
     *
     * @param isolator the module's name
     */
    MesosLab(String isolator) {
        try {
            directory = Files.createTempDirectory("calico-mesos-real.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RealMesos started = null;
        try {
            cluster.init(Cluster.POOL, 26);
            started = new RealMesos(host, directory.resolve("master"));
            Map<String, String> parameters = cluster.parameters(host);
            parameters.put("networks", "{\"calico\": {}, \"front\": {\"netgroups\": [\"prod\"]}, \"back\": {\"netgroups\": [\"dev\"]}}");
            parameters.put("netgroups", "{\"closed\": {\"roles\": [\"eng\"]}}");
            agent = new MesosAgent(host, started, directory.resolve("agent"), isolator, parameters);
        } catch (RuntimeException e) {
            if (started != null) {
                started.close();
            }
            cluster.close();
            delete();
            throw e;
        }
        master = started;
    }

    /**
     * A command that serves its name.
     *
     * @param name the name
     * @return for the shell
     */
    static String serve(String name) {
        return "exec " + Build.prober() + " serve " + name + " " + PORT;
    }

    /**
     * Waits until a task runs.
     *
     * @param id its id
     * @return its container
     */
    Running running(String id) {
        JsonNode status = master.eventually(id, "TASK_RUNNING").path("container_status");
        JsonNode container = status.path("container_id");
        return new Running(
                id, container, agent.pid(container.path("value").asText()),
                status.path("network_infos").findValuesAsText("ip_address"));
    }

    /**
     * A task's container.
     *
     * @param id of the task
     * @param container its ContainerID
     * @param pid its first process
     * @param addresses as the master says
     */
    record Running(String id, JsonNode container, long pid, List<String> addresses) {
        Command.Ended attempt(String... line) {
            return Command.attempt(Command.join(List.of("nsenter", "--net=/proc/" + pid + "/ns/net"), line));
        }

        /** The addresses that its kernel has. */
        List<String> own() {
            return attempt("ip", "-o", "-4", "address", "show", "scope", "global").out().lines()
                    .map(line -> line.split("\\s+")[3].replaceAll("/.*", "")).toList();
        }

        /** Whether the server of a task answers from here at an address, with its name. */
        boolean reaches(String address, String name) {
            return attempt("socat", "-T2", "-", "TCP4:" + address + ":" + PORT + ",connect-timeout=1").out().equals(name);
        }
    }

    /** Ends the frameworks, and waits until nothing is left of their containers. */
    void nothingIsLeft() {
        master.endFrameworks();
        Eventually.holds("addresses are given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        Eventually.holds("endpoints are gone", () ->
                cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/").isEmpty());
        Eventually.holds("the host is clean", () -> !Remains.of(host).containsValue(false));
    }

    @Override
    public void close() {
        agent.close();
        master.close();
        cluster.close();
        delete();
    }

    private void delete() {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
