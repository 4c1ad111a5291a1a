package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users meet while etcd is away: the agent starts, launches fail in bounded time, nothing that was given is lost. */
class EtcdAwayIT {
    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose("auditAndClose")
    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
    }

    @Test
    void agentStartsAndALaunchFailsInTimeAndNamesTheEndpoint() {
        cluster.etcd().kill();
        TestAgent agent = agent();
        JsonNode refused = agent.launch("early", TestAgent.groups("prod"), SLEEP);
        assertThat(refused.path("ok").asBoolean()).isFalse();
        assertThat(refused.path("error").asText()).contains("no network within 1000 ms", cluster.etcd().endpoint());

        cluster.etcd().start();
        Eventually.holds("launches work again", () -> {
            boolean launched = agent.launch("late", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean();
            agent.destroy("late");
            return launched;
        });
        nothingIsHeld();
    }

    @Test
    void cleanupSucceedsAndIsCommittedWhenEtcdIsBack() {
        TestAgent agent = agent();
        assertThat(agent.launch("one", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        assertThat(isNothingHeld()).isFalse();
        cluster.etcd().kill();
        assertThat(agent.destroy("one").path("ok").asBoolean()).isTrue();
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
        cluster.etcd().start();
        Eventually.holds("the release is committed", this::isNothingHeld);
    }

    @Test
    void aReleaseSurvivesTheAgentsDeath() {
        TestAgent agent = agent();
        assertThat(agent.launch("one", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        cluster.etcd().kill();
        assertThat(agent.destroy("one").path("ok").asBoolean()).isTrue();
        agent.kill();
        agent.start();
        cluster.etcd().start();
        Eventually.holds("the release is committed", this::isNothingHeld);
    }

    private TestAgent agent() {
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("etcd_launch_timeout", "1secs");
        parameters.put("etcd_request_timeout", "500ms");
        return cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    private void nothingIsHeld() {
        Eventually.holds("nothing is held", this::isNothingHeld);
    }

    private boolean isNothingHeld() {
        return cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty()
                && cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/").isEmpty()
                && cluster.etcd().under("/calico/ipam/v2/assignment/").values().stream()
                        .allMatch(block -> block.contains("\"attributes\":[]"));
    }
}
