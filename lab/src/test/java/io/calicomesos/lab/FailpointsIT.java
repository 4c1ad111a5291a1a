package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.calicomesos.failpoint.Failpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The agent is killed at each of the moments at which it may die, and started again: a container that runs keeps its network and
 * its connection all the while, nothing that was under way is lost, and nothing of it is left.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailpointsIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";

    private Cluster cluster;
    private Host host;
    private Map<String, String> parameters;
    private TestAgent agent;
    private Container kept;
    private Container peer;
    private TcpStream stream;

    @BeforeAll
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 30); // Four addresses to a block: the next launches claim another.
        parameters = cluster.parameters(host);
        parameters.put("sweep_grace", "1hrs"); // What is under way is known without it.
        agent = cluster.agent(host, "network/calico", parameters);
        kept = Container.launch(agent, host, "kept", List.of("prod"));
        peer = Container.launch(agent, host, "peer", List.of("prod"));
        stream = new TcpStream(kept.pid(), peer.pid(), peer.address(), 9001);
        stream.flows();
    }

    @AfterAll
    void stop() {
        stream.close();
        cluster.auditAndClose();
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsLostWhereverTheAgentDies(Failpoint failpoint) throws Exception {
        switch (failpoint) {
            case PREPARE_BEGUN, PREPARE_INTENDED, PREPARE_COMMITTED, PREPARE_CHECKPOINTED, PREPARE_OVER, PREPARE_FILED,
                    ISOLATE_BEGUN, ISOLATE_ADMITTED, ISOLATE_ATTACHED, ISOLATE_OPENED, ISOLATE_ENFORCED, ISOLATE_HELD,
                    LEDGER_SENDING, LEDGER_ANSWERED -> {
                dieAt(failpoint);
                agent.send(launch("new"));
            }
            case LEDGER_CLAIMING, LEDGER_CLAIMED -> {
                dieAt(failpoint);
                for (String each : List.of("new1", "new2", "new3", "new4", "new5")) {
                    agent.send(launch(each));
                }
            }
            case CLEANUP_BEGUN, CLEANUP_INTENDED, CLEANUP_CLOSED, CLEANUP_DETACHED, CLEANUP_DISCONNECTING, CLEANUP_DISMISSED,
                    CLEANUP_COMMITTED, CLEANUP_FORGOTTEN, CLEANUP_OVER, CLEANUP_REMOVED -> {
                assertThat(agent.ask(launch("old")).path("ok").asBoolean()).isTrue();
                dieAt(failpoint);
                agent.send(TestAgent.line("destroy", "old"));
            }
            case STATUS_BEGUN, USAGE_BEGUN -> {
                dieAt(failpoint);
                agent.send(TestAgent.line(failpoint == Failpoint.STATUS_BEGUN ? "status" : "usage", "kept"));
            }
            case WATCH_BEGUN -> {
                agent.kill();
                agent.startToFailAt(failpoint.name()); // Those that run are watched at once.
            }
            case RECOVER_BEGUN, RECOVER_TAKEN_OVER, RECOVER_CLEANED, RECOVER_FILED -> {
                long pid = agent.ask(launch("old")).path("pid").asLong();
                agent.kill();
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                assertThat(agent.startToFailAt(failpoint.name())).isFalse();
            }
            case SWEEP_FOUND, SWEEP_GIVEN_BACK -> {
                long pid = agent.ask(launch("old")).path("pid").asLong();
                agent.kill();
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                forget("old");
                parameters.put("sweep_grace", "1secs");
                agent.startToFailAt(failpoint.name());
            }
            case LOST_COMMITTED -> {
                assertThat(agent.ask(launch("old")).path("ok").asBoolean()).isTrue();
                parameters.put("sweep_interval", "1secs");
                dieAt(failpoint);
                List.of(ENDPOINTS, HANDLES, "/calico/ipam/v2/assignment/", "/calico/ipam/v2/host/").forEach(cluster.etcd()::delete);
            }
            default -> throw new AssertionError("how " + failpoint + " is reached is not said here");
        }
        assertThat(agent.process().waitFor(30, TimeUnit.SECONDS)).as("the agent dies at " + failpoint).isTrue();
        assertThat(agent.process().exitValue()).isEqualTo(128 + 9);
        stream.flows();

        parameters.remove("sweep_interval");
        agent.start();
        if (failpoint == Failpoint.LOST_COMMITTED) {
            agent.destroy("old");
        }
        stream.flows();
        Eventually.holds("only those that run have an endpoint", () -> cluster.etcd().under(ENDPOINTS).size() == 2);
        Eventually.holds("and addresses", () -> cluster.etcd().under(HANDLES).size() == 2);
        Eventually.holds("and an interface", () -> count("ip -o link", " cali") == 2);
        Eventually.holds("and a route", () -> count("ip route", "dev cali") == 2);
        Eventually.holds("and rules", () -> count("nft list set inet calico-mesos group-prod", "elements") == 1
                && host.run("nft", "list", "set", "inet", "calico-mesos", "group-prod").split("198\\.18\\.").length == 3);
        Eventually.holds("and files", () -> files("-run/files").equals(List.of("kept", "peer")));
        Eventually.holds("and a namespace", () -> files("-run/netns").equals(List.of("kept", "peer")));
        Eventually.holds("and a checkpoint", () -> files("-run/containers").equals(List.of("kept.json", "peer.json")));
        Eventually.holds("nothing is under way", () -> files("-state/journal").isEmpty() && files("-run/launches").isEmpty());
        Eventually.holds("no port is open", () -> !host.run("nft", "list", "ruleset").contains("31000"));
        assertThat(kept.reachesByTcp(peer)).isTrue();
    }

    @AfterEach
    void anAgentIsThere() {
        if (!agent.process().isAlive()) {
            agent.start();
        }
    }

    /** The agent goes on with a failpoint. */
    private void dieAt(Failpoint failpoint) {
        agent.kill();
        assertThat(agent.startToFailAt(failpoint.name())).isTrue();
    }

    private ObjectNode launch(String id) {
        ObjectNode info = TestAgent.groups("prod");
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", id), info);
        if (!id.startsWith("new") || id.equals("new")) {
            info.putArray("port_mappings").addObject().put("host_port", 31000).put("container_port", 80);
            TestAgent.ports(TestAgent.framework(line, "eng", id), 31000, 31000);
        }
        line.withArray("command").add("sleep").add("1000");
        return line;
    }

    /** As if the machine had lost what it knows of a container. */
    private void forget(String id) throws Exception {
        Files.delete(cluster.checkpoint(host, id));
        agent.forget(id);
    }

    private long count(String command, String part) {
        return host.run(command.split(" ")).lines().filter(each -> each.contains(part)).count();
    }

    private List<String> files(String directory) {
        try (Stream<Path> files = Files.list(Path.of(parameters.get("runtime_dir")).resolveSibling(host.name() + directory))) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
