package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two hosts that go by one name: the wrong one launches nothing, says why, and takes nothing from the other. */
class NodeNameIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";

    @AutoClose("auditAndClose")
    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
    }

    @Test
    void theWrongHostLaunchesNothingAndTakesNothingFromTheOther() {
        Host right = cluster.host(0);
        Host wrong = cluster.host(1);
        TestAgent agent = cluster.agent(right, "network/calico", cluster.parameters(right));
        Container.launch(agent, right, "a", List.of("prod"));
        Map<String, String> parameters = cluster.parameters(wrong);
        parameters.put("node_name", right.name());
        parameters.put("sweep_interval", "1secs");
        TestAgent other = cluster.agent(wrong, "network/calico", parameters);
        Eventually.holds("it is said at the start", () -> other.logged("which no interface of this host has"));

        JsonNode refused = other.launch("b", TestAgent.groups("prod"), List.of("sleep", "100"));
        assertThat(refused.path("ok").asBoolean()).isFalse();
        assertThat(refused.path("error").asText()).isEqualTo("calico-mesos: node_name is '" + right.name() + "', and the Node of that "
                + "name in Calico has the address " + right.address() + " and " + right.address6() + ", which no interface of this host has: if another host "
                + "has that name, set node_name to this one's own; if not, correct the Node with calicoctl");
        assertThat(wrong.failures("prepare", "node_name")).isOne();
        sweepsGoBy();
        assertThat(cluster.etcd().under(ENDPOINTS)).as("what is the other's").hasSize(1);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSize(1);
    }

    @Test
    void theWrongHostLaunchesNothingEitherBeforeItHasHeardWhoseNameItIs() {
        Host right = cluster.host(0);
        Host wrong = cluster.host(1);
        TestAgent agent = cluster.agent(right, "network/calico", cluster.parameters(right));
        Container.launch(agent, right, "a", List.of("prod"));
        cluster.etcd().kill();
        Map<String, String> parameters = cluster.parameters(wrong);
        parameters.put("node_name", right.name());
        parameters.put("etcd_launch_timeout", "20secs");
        TestAgent other = cluster.agent(wrong, "network/calico", parameters);
        CompletableFuture<JsonNode> launch = other.send(TestAgent.containerInfo(TestAgent.line("prepare", "b"), TestAgent.groups("prod")));
        Eventually.holds("it has asked etcd in vain", () -> other.logged("trying again until it can be read"));
        cluster.etcd().start();
        assertThat(launch.join().path("error").asText()).contains("which no interface of this host has");
        assertThat(cluster.etcd().under(ENDPOINTS)).as("what is the other's").hasSize(1);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSize(1);
    }

    /** Several, with a grace of a second: nothing tells when one has found nothing. */
    private static void sweepsGoBy() {
        try {
            Thread.sleep(4_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
