package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The agent dies and comes back: containers keep their networks and their protection, and are cleaned up as if nothing was. */
class RestartIT {
    @AutoClose("auditAndClose")
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        agent = cluster.agent(cluster.host(0), "network/calico", cluster.parameters(cluster.host(0)));
    }

    @Test
    void containersLiveOnBehindTheirRulesWhileTheAgentIsDead() {
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        Container b = Container.launch(agent, cluster.host(0), "b", List.of("prod"));
        Container c = Container.launch(agent, cluster.host(0), "c", List.of("dev"));
        agent.kill();
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(c.reachesByTcp(b)).isFalse();

        agent.start();
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(c.reachesByTcp(b)).isFalse();
        assertThat(agent.ask(TestAgent.line("status", "a")).findValue("ip_address").asText()).isEqualTo(a.address());

        Container d = Container.launch(agent, cluster.host(0), "d", List.of("dev"));
        assertThat(c.reachesByTcp(d)).isTrue();
        assertThat(d.reachesByTcp(a)).isFalse();
        for (String id : List.of("a", "b", "c", "d")) {
            assertThat(agent.destroy(id).path("ok").asBoolean()).isTrue();
        }
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }

    @Test
    void anEstablishedConnectionOutlivesTheAgent() {
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        Container b = Container.launch(agent, cluster.host(0), "b", List.of("prod"));
        try (TcpStream stream = new TcpStream(a.pid(), b.pid(), b.address(), 9001)) {
            stream.flows();
            agent.kill();
            stream.flows();
            agent.start();
            stream.flows();
            agent.kill();
            cluster.host(0).run("nft", "delete", "table", "inet", "calico-mesos");
            agent.start();
            Eventually.holds("the rules are back", () -> cluster.host(0).run("nft", "list", "tables").contains("inet calico-mesos"));
            stream.flows();
        }
    }

    @Test
    void whatTheTableHasBecomeMeanwhileIsPutRight() {
        Host host = cluster.host(0);
        Container a = Container.launch(agent, host, "a", List.of("prod"));
        Container b = Container.launch(agent, host, "b", List.of("prod"));
        Container c = Container.launch(agent, host, "c", List.of("dev"));
        agent.kill();
        host.run("nft", "add element inet calico-mesos group-prod { " + c.address() + " }"); // As a member that has gone.
        assertThat(c.reachesByTcp(b)).isTrue();
        agent.start();
        Eventually.holds("who is no member is out", () -> !c.reachesByTcp(b));

        agent.kill();
        // As an older version might have written it, with other types under the names of today.
        host.run("nft", "delete table inet calico-mesos; table inet calico-mesos { set endpoints { type ipv4_addr; }; chain sources { }; "
                + "chain to-container { type filter hook forward priority 5; policy accept; }; }");
        agent.start();
        Eventually.holds("the table is of today", () -> host.run("nft", "list", "table", "inet", "calico-mesos").contains("map endpoints"));
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(c.reachesByTcp(b)).isFalse();

        host.run("nft", "flush", "ruleset"); // While the agent lives.
        Eventually.holds("it is noticed soon", () -> !c.reachesByTcp(b));
        assertThat(agent.logged("the table inet calico-mesos was taken away")).isTrue();
        assertThat(a.reachesByTcp(b)).isTrue();

        host.run("nft", "delete table inet calico-mesos; add table inet calico-mesos"); // It is there, so only a change tells.
        Container d = Container.launch(agent, host, "d", List.of("dev"));
        assertThat(agent.logged("somebody else changed it; writing it anew")).isTrue();
        assertThat(c.reachesByTcp(d)).isTrue();
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(c.reachesByTcp(b)).isFalse();
    }

    @Test
    void aContainerThatDiedMeanwhileIsCleanedUp() {
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        agent.kill();
        ProcessHandle.of(a.pid()).ifPresent(ProcessHandle::destroyForcibly);
        agent.start();
        Eventually.holds("its address is given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        Eventually.holds("nothing is left", () -> !Remains.of(cluster.host(0)).containsValue(false));
    }

    @Test
    void whatARebootedHostLeftInEtcdIsGivenBack() throws IOException {
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        agent.kill();
        ProcessHandle.of(a.pid()).ifPresent(ProcessHandle::destroyForcibly);
        cluster.forgetRuntime(cluster.host(0)); // As /run is after a reboot.
        agent.start();
        Eventually.holds("its endpoint is gone", () ->
                cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/").isEmpty());
        Eventually.holds("its address is given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        JsonNode again = agent.launch("a", TestAgent.groups("prod"), List.of("sleep", "1000"));
        assertThat(again.path("ok").asBoolean()).as(again.toString()).isTrue();
    }

    @Test
    void aLivingContainerWhoseCheckpointIsBrokenKeepsItsNetwork() throws IOException {
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        Container b = Container.launch(agent, cluster.host(0), "b", List.of("prod"));
        agent.kill();
        cluster.breakCheckpoint(cluster.host(0), "a");
        agent.start();
        Eventually.holds("it is noticed", () -> agent.logged("container a has no checkpoint"));
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSize(2);
        assertThat(b.reachesByTcp(a)).isTrue();
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
        assertThat(agent.destroy("b").path("ok").asBoolean()).isTrue();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }

    @Test
    void anOrphanIsCleanedUpWhenMesosSaysSo() throws IOException {
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        agent.kill();
        // As if it had died after the container was cloned, and before its pid was written down.
        try (Stream<Path> kept = Files.walk(agent.log().resolveSibling("work"))) {
            Files.delete(kept.filter(each -> each.endsWith("process")).findFirst().orElseThrow());
        }
        ProcessHandle.of(a.pid()).ifPresent(ProcessHandle::destroyForcibly);
        agent.start();
        assertThat(agent.logged("recovered 1 containers, 0 of them gone")).as("it is kept until then").isTrue();
        Eventually.holds("Mesos has destroyed it", () -> agent.events("orphan").size() == 1);
        assertThat(agent.events("orphan").get(0).path("error").isMissingNode()).isTrue();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
    }
}
