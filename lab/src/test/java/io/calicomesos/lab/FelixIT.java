package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With {@code enforcer: felix} rules and routes are calico-node's: the module makes the endpoint and the interface, no more. */
class FelixIT {
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("enforcer", "felix");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void neitherTableNorForwardingIsTouched() {
        String forwarding = cluster.host(0).run("sysctl", "-n", "net.ipv4.ip_forward");
        Container a = Container.launch(agent, cluster.host(0), "a", List.of("prod"));
        assertThat(cluster.host(0).attempt("ping", "-c1", "-W1", a.address()).ok()).as("the host reaches it").isTrue();
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).hasSize(1);
        assertThat(cluster.host(0).run("nft", "list", "tables")).isEmpty();
        assertThat(cluster.host(0).run("ip", "route", "show", "proto", "77")).isEmpty();
        assertThat(cluster.host(0).run("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo(forwarding);
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
    }
}
