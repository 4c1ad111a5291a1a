package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In which order a container's end gives back what it had, and that its connections are not the next one's. */
class DepartureIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private Host host;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        agent = cluster.agent(host, "network/calico", cluster.parameters(host));
    }

    @Test
    void etcdIsToldBesideAndNobodyHereGetsTheAddressBeforeItsConnectionsAreForgotten() {
        Container gone = gone("CLEANUP_DISCONNECTING=hang");
        CompletableFuture<JsonNode> destroyed = agent.send(TestAgent.line("destroy", gone.id()));
        Eventually.holds("etcd knows", () -> !cluster.etcd().under(ENDPOINTS).toString().contains("-gone-"));
        Container.launch(agent, host, "other", List.of("prod")); // Time for who would not wait.
        JsonNode refused = agent.launch("early", requesting(gone.address()), List.of("sleep", "1000"));
        assertThat(refused.path("error").asText()).as("%s", refused).contains(gone.address());
        assertThat(destroyed).as("its cleanup is not answered before").isNotDone();
        assertThat(host.run("conntrack", "-L")).contains(gone.address());

        agent.kill();
        agent.start();
        Eventually.holds("the next agent has them forgotten", () -> !host.run("conntrack", "-L").contains(gone.address()));
        Eventually.holds("and then somebody else may have it",
                () -> agent.launch("next", requesting(gone.address()), List.of("sleep", "1000")).path("ok").asBoolean());
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
        assertThat(cluster.etcd().under(ENDPOINTS).toString()).as("nor is the address given away").contains("-gone-");
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

    private static ObjectNode requesting(String address) {
        ObjectNode info = TestAgent.groups("prod");
        info.putArray("ip_addresses").addObject().put("ip_address", address);
        return info;
    }
}
