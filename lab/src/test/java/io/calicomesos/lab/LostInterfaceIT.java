package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A container whose interface somebody takes away is ended with a reason, by the isolator's watch; others are not. */
class LostInterfaceIT {
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
    void theContainerIsEndedWithAReason() {
        Container.launch(agent, host, "kept", List.of("prod"));
        Container lost = Container.launch(agent, host, "lost", List.of("prod"));
        String taken = interfaceOf(lost);
        host.run("ip", "link", "del", taken);
        assertIsEnded("lost", taken);
        assertThat(agent.destroy("kept").path("ok").asBoolean()).isTrue();
        assertThat(agent.events("limited")).as("one that Mesos destroys is no loss").hasSize(1);
        assertThat(Remains.of(host)).doesNotContainValue(false);
    }

    @Test
    void alsoIfItsRootTakesItAway() {
        Container lost = Container.launch(agent, host, "lost", List.of("prod"));
        String taken = interfaceOf(lost);
        assertThat(lost.attempt("ip", "link", "del", "eth0").ok()).isTrue();
        assertIsEnded("lost", taken);
    }

    @Test
    void alsoIfItGoesWhileTheAgentIsDead() {
        Container.launch(agent, host, "kept", List.of("prod"));
        Container lost = Container.launch(agent, host, "lost", List.of("prod"));
        String taken = interfaceOf(lost);
        agent.kill();
        host.run("ip", "link", "del", taken);
        agent.start();
        assertIsEnded("lost", taken);

        Container later = Container.launch(agent, host, "later", List.of("prod"));
        String takenLater = interfaceOf(later);
        agent.kill();
        agent.start();
        host.run("ip", "link", "del", takenLater);
        assertIsEnded("later", takenLater);
        assertThat(agent.destroy("kept").path("ok").asBoolean()).isTrue();
        assertThat(agent.events("limited")).hasSize(2);
    }

    private void assertIsEnded(String container, String taken) {
        Eventually.holds(container + " is ended", () -> agent.events("limited").stream()
                .anyMatch(each -> each.path("container_id").asText().equals(container)));
        List<JsonNode> limited = agent.events("limited");
        JsonNode limitation = limited.get(limited.size() - 1).path("limitation");
        assertThat(limitation.path("message").asText()).isEqualTo("calico-mesos: the interface " + taken
                + " on the host, by which container " + container + " has its network, was taken away by somebody else");
        assertThat(limitation.path("reason").asText()).isEqualTo("REASON_CONTAINER_LIMITATION");
        Eventually.holds("its endpoint is gone", () -> cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")
                .keySet().stream().noneMatch(each -> each.contains("mesos-" + container + "-")));
    }

    private String interfaceOf(Container container) {
        return host.run("ip", "-o", "route", "get", container.address()).replaceFirst("(?s).* dev (cali\\w+) .*", "$1");
    }
}
