package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ports of the host that lead to a container, by real packets. The containers' servers say their names. */
class PortMappingsIT {
    private static final String TABLE = "calico-mesos-ports";

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private Host here;
    private Host there;
    private Map<String, String> parameters;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
        here = cluster.host(0);
        there = cluster.host(1);
        parameters = cluster.parameters(here);
        agent = cluster.agent(here, "network/calico", parameters);
    }

    @Test
    void aPublicContainerIsReachedByThePortOfItsHostFromEverywhereAndNoMoreOnceItIsGone() {
        assertThat(launch("web", "public", "tcp", 31000).path("ok").asBoolean()).isTrue();
        eventuallySays("web", there, "TCP4", 31000);
        eventuallySays("web", here, "TCP4", 31000);
        assertThat(says(there, "TCP4", 31001)).isEmpty();
        JsonNode mapping = agent.ask(TestAgent.line("status", "web")).findValue("port_mappings").get(0);
        assertThat(mapping.path("host_port").asInt()).isEqualTo(31000);
        assertThat(agent.destroy("web").path("ok").asBoolean()).isTrue();
        assertThat(says(there, "TCP4", 31000)).isEmpty();
        assertThat(Remains.of(here)).doesNotContainValue(false);
        assertThat(here.run("nft", "list", "tables")).doesNotContain(TABLE);
    }

    @Test
    void onePortIsAnotherForUdp() {
        assertThat(launch("web", "public", "tcp", 31000).path("ok").asBoolean()).isTrue();
        assertThat(launch("dns", "public", "udp", 31000).path("ok").asBoolean()).isTrue();
        eventuallySays("dns", there, "UDP4", 31000);
        eventuallySays("web", there, "TCP4", 31000);
    }

    @Test
    void theNetgroupDecidesWhoComesInByThePortAsByTheAddress() {
        Container web = container(launch("web", "prod", "tcp", 31000));
        Container member = Container.launch(agent, here, "member", List.of("prod"));
        Container other = Container.launch(agent, here, "other", List.of("dev"));
        eventuallySays("web", here, "TCP4", 31000);
        Eventually.holds("a member comes in", () -> says(member, 31000).equals("web"));
        Eventually.holds("a container reaches itself", () -> says(web, 31000).equals("web"));
        assertThat(says(other, 31000)).isEmpty();
        assertThat(says(there, "TCP4", 31000)).isEmpty();
    }

    @Test
    void aPortIsOneContainersUntilItIsGone() {
        assertThat(launch("web", "public", "tcp", 31000).path("ok").asBoolean()).isTrue();
        assertThat(launch("late", "public", "tcp", 31000).path("error").asText())
                .contains("NetworkInfo.port_mappings cannot be had: tcp port 31000 of the host leads to container web already");
        assertThat(agent.destroy("web").path("ok").asBoolean()).isTrue();
        assertThat(launch("later", "public", "tcp", 31000).path("ok").asBoolean()).isTrue();
        eventuallySays("later", there, "TCP4", 31000);
    }

    @Test
    void onlyPortsOfTheTasksResourcesAreMapped() {
        assertThat(launch("web", "public", "tcp", 32000).path("error").asText()).contains(
                "host_port 32000, which is not among the ports of the task's resources (31000-31999)");
        assertThat(here.run("nft", "list", "tables")).doesNotContain(TABLE);
    }

    @Test
    void portsLeadOnWhileTheAgentIsDeadAndAreTheContainersStillWhenItIsBack() {
        assertThat(launch("web", "public", "tcp", 31000).path("ok").asBoolean()).isTrue();
        eventuallySays("web", there, "TCP4", 31000);
        agent.kill();
        eventuallySays("web", there, "TCP4", 31000); // One attempt may be too slow, on a machine that does other things.
        here.run("nft", "delete", "table", "inet", TABLE); // Somebody meddles meanwhile.
        agent = cluster.agent(here, "network/calico", parameters);
        eventuallySays("web", there, "TCP4", 31000);
        here.run("nft", "flush", "ruleset"); // And while it lives.
        eventuallySays("web", there, "TCP4", 31000);
        assertThat(launch("late", "public", "tcp", 31000).path("error").asText()).contains("leads to container web already");
        assertThat(agent.destroy("web").path("ok").asBoolean()).isTrue();
        assertThat(Remains.of(here)).doesNotContainValue(false);
        assertThat(here.run("nft", "list", "tables")).doesNotContain(TABLE);
    }

    private JsonNode launch(String id, String netgroup, String protocol, int port) {
        ObjectNode info = TestAgent.groups(netgroup);
        info.putArray("port_mappings").addObject()
                .put("host_port", port).put("container_port", Container.PORT).put("protocol", protocol);
        ObjectNode line = TestAgent.ports(TestAgent.containerInfo(TestAgent.line("launch", id), info), 31000, 31999);
        String server = protocol.equals("udp") ? "UDP4-RECVFROM:" : "TCP4-LISTEN:";
        List.of("socat", server + Container.PORT + ",fork,reuseaddr", "SYSTEM:echo " + id).forEach(line.withArray("command")::add);
        return agent.ask(line);
    }

    private Container container(JsonNode launched) {
        return new Container("web", here, agent, List.of("prod"), launched.path("pid").asLong(), List.of("unused"));
    }

    private void eventuallySays(String id, Host from, String protocol, int port) {
        Eventually.holds(id + " is reached from " + from.name() + " by " + protocol + " port " + port,
                () -> says(from, protocol, port).equals(id));
    }

    /** Who answers at a port of the first host. */
    private String says(Host from, String protocol, int port) {
        return from.attempt("bash", "-c", "echo hello | socat -T1 - " + peer(protocol, port) + " 2>/dev/null").out().strip();
    }

    private String says(Container from, int port) {
        return from.attempt("socat", "-lf", "/dev/null", "-T2", "-", peer("TCP4", port)).out();
    }

    private String peer(String protocol, int port) {
        return protocol + ":" + here.address() + ":" + port + (protocol.startsWith("TCP") ? ",connect-timeout=1" : "");
    }
}
