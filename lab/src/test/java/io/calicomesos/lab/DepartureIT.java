package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In which order a container's end gives back what it had, and that its connections are not the next one's. */
class DepartureIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";

    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private Host host;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(2);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("sweep_interval", "300ms");
        parameters.put("sweep_grace", "300ms");
        agent = cluster.agent(host, "network/calico", parameters);
    }

    @Test
    void anotherHostMayHaveTheAddressBeforeItsConnectionsAreForgottenAndNobodyHere() {
        Container gone = gone("CLEANUP_DISCONNECTING=hang");
        CompletableFuture<JsonNode> destroyed = agent.send(TestAgent.line("destroy", gone.id()));
        Eventually.holds("etcd knows", () -> !endpoints().contains("-gone-"));
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", "early"), requesting(gone.address()));
        SLEEP.forEach(line.withArray("command")::add);
        CompletableFuture<JsonNode> early = agent.send(line);
        Container.launch(agent, host, "other", List.of("prod")); // Time for who would not wait.
        assertThat(early).as("nobody here gets it").isNotDone();
        assertThat(destroyed).as("nor is the cleanup over").isNotDone();
        assertThat(host.run("conntrack", "-L")).contains(gone.address());

        TestAgent elsewhere = cluster.agent(cluster.host(1), "network/calico", cluster.parameters(cluster.host(1)));
        JsonNode launched = elsewhere.launch("elsewhere", requesting(gone.address()), SLEEP);
        assertThat(launched.path("ok").asBoolean()).as("%s", launched).isTrue();
        agent.kill();
        agent.start();
        Eventually.holds("the next agent has them forgotten", () -> !host.run("conntrack", "-L").contains(gone.address()));
        Eventually.holds("and the container", () -> !agent.ask(TestAgent.line("status", gone.id())).toString().contains(gone.address()));
        assertThat(endpoints()).as("which takes nothing from who has its address now").contains("host2-mesos-elsewhere-");
    }

    @Test
    void whoAsksForTheAddressOfOneThatIsGoingWaitsForIt() {
        Container gone = gone("");
        cluster.etcd().kill();
        assertThat(agent.destroy(gone.id()).path("ok").asBoolean()).as("it is given back later").isTrue();
        CompletableFuture<JsonNode> next = agent.send(TestAgent.containerInfo(
                TestAgent.line("prepare", "next"), requesting(gone.address())));
        cluster.etcd().start();
        assertThat(next.join().path("ok").asBoolean()).as("%s", next.join()).isTrue();
        assertThat(agent.ask(TestAgent.line("cleanup", "next")).path("ok").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLEANUP_DISMISSED", "CLEANUP_DISCONNECTING"})
    void oneWhoseCleanupFailsStaysGivenBack(String where) {
        Container gone = gone(where + "=error");
        assertThat(agent.destroy(gone.id()).path("ok").asBoolean()).isFalse();
        Eventually.holds("etcd knows", () -> !endpoints().contains("-gone-"));
        String friend = ENDPOINTS + "default/host1-mesos-friend-eth0";
        cluster.etcd().etcdctl("put", friend.replace("friend", "ghost"), cluster.etcd().under(friend).get(friend).replace("friend", "ghost"));
        Eventually.holds("a sweep has passed", () -> !endpoints().contains("-ghost-"));
        assertThat(endpoints()).doesNotContain("-gone-");
        agent.kill();
        agent.start();
        Eventually.holds("nor is anything left here", () -> !agent.ask(TestAgent.line("status", gone.id())).toString().contains(gone.address()));
    }

    @Test
    void connectionsAreForgottenOnlyOnceNothingLeadsToTheContainer() {
        Container gone = gone("CLEANUP_CLOSED=hang");
        assertThat(host.run("nft", "list", "table", "inet", "calico-mesos")).contains(gone.address());
        agent.send(TestAgent.line("destroy", gone.id()));
        Eventually.holds("its rules have gone",
                () -> !host.run("nft", "list", "table", "inet", "calico-mesos").contains(gone.address()));
        Container.launch(agent, host, "other", List.of("prod")); // Time for who would not wait.
        assertThat(host.run("conntrack", "-L")).contains(gone.address());
        assertThat(endpoints()).as("nor is the address given away").contains("-gone-");
        agent.kill();
        agent.start();
    }

    @Test
    void connectionsOfAContainerThatEndedWithoutAnAgentAreForgotten() {
        Container gone = gone("");
        agent.kill();
        ProcessHandle.of(gone.pid()).ifPresent(ProcessHandle::destroyForcibly);
        assertThat(host.run("conntrack", "-L")).contains(gone.address());
        agent.start();
        Eventually.holds("they are", () -> !host.run("conntrack", "-L").contains(gone.address()));
    }

    /** A container that has talked to another, and is about to go. */
    private Container gone(String failpoint) {
        agent.kill();
        assertThat(agent.startToFailAt(failpoint)).isTrue();
        Container friend = Container.launch(agent, host, "friend", List.of("prod"));
        Container gone = Container.launch(agent, host, "gone", List.of("prod"));
        assertThat(friend.reachesByTcp(gone)).isTrue();
        assertThat(host.run("conntrack", "-L")).contains(gone.address());
        return gone;
    }

    private String endpoints() {
        return cluster.etcd().under(ENDPOINTS).toString();
    }

    private static ObjectNode requesting(String address) {
        ObjectNode info = TestAgent.groups("prod");
        info.putArray("ip_addresses").addObject().put("ip_address", address);
        return info;
    }
}
