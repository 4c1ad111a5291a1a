package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** etcd comes back from a backup that is older than a container: the container is written again, as it was, and goes on. */
class LostInEtcdIT {
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
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("sweep_interval", "1secs");
        parameters.put("networks", "{\"back\": {\"netgroups\": [\"dev\"]}}");
        agent = cluster.agent(host, "network/calico", parameters);
    }

    @Test
    void aContainerThatEtcdHasLostIsWrittenAgain() {
        Container a = Container.launchIn(agent, host, "a", TestAgent.groups("prod"), TestAgent.groups().put("name", "back"));
        ObjectNode labelled = TestAgent.groups("prod");
        labelled.putObject("labels").putArray("labels").addObject().put("key", "tier").put("value", "db");
        Container b = Container.launch(agent, host, "b", List.of("prod"), labelled);
        Map<String, String> before = cluster.etcd().under(ENDPOINTS);
        cluster.etcd().delete(ENDPOINTS);
        cluster.etcd().delete("/calico/ipam/v2/handle/");
        cluster.etcd().delete("/calico/ipam/v2/assignment/");
        cluster.etcd().delete("/calico/ipam/v2/host/");
        cluster.etcd().delete("/calico/resources/v3/projectcalico.org/profiles/");

        Eventually.holds("their endpoints are back", () -> cluster.etcd().under(ENDPOINTS).size() == 3);
        Map<String, String> after = cluster.etcd().under(ENDPOINTS);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((key, value) -> assertThat(lasting(after.get(key))).isEqualTo(lasting(value)));
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSize(2);
        Eventually.holds("they reach each other", () -> b.reachesByTcp(a));
        Container c = Container.launch(agent, host, "c", List.of("prod"));
        assertThat(a.addresses()).doesNotContain(c.address());
        assertThat(b.address()).isNotEqualTo(c.address());

        agent.kill();
        agent.start();
        assertThat(a.reachesByTcp(b)).isTrue();
        for (String each : List.of("a", "b", "c")) {
            assertThat(agent.destroy(each).path("ok").asBoolean()).isTrue();
        }
        assertThat(cluster.etcd().under(ENDPOINTS)).as("they go as if nothing was").isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        assertThat(Remains.of(host)).doesNotContainValue(false);
    }

    @Test
    void whatARestoredBackupHasLostIsWrittenAgainWithoutWaitingForTheNextSweep() {
        agent.close();
        agent = cluster.agent(host, "network/calico", cluster.parameters(host)); // It sweeps every ten minutes.
        Container old = Container.launch(agent, host, "old", List.of("prod"));
        Path backup = cluster.etcd().backup();
        Container lost = Container.launch(agent, host, "lost", List.of("prod"));
        Map<String, String> before = cluster.etcd().under(ENDPOINTS);
        cluster.etcd().restore(backup);
        Eventually.holds("it is noticed", () -> agent.logged("etcd has gone back"));
        Eventually.holds("the endpoint is back", () -> cluster.etcd().under(ENDPOINTS).keySet().equals(before.keySet()));
        assertThat(cluster.etcd().under(ENDPOINTS).values()).anyMatch(each -> each.contains(lost.address() + "/32"));
        assertThat(old.reachesByTcp(lost)).isTrue();
    }

    private static String lasting(String endpoint) {
        return endpoint.replaceAll("\"(uid|creationTimestamp)\":\"[^\"]*\"", "");
    }
}
