package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An address that is free in etcd, and that the kernel has already sent to an interface of somebody else. */
class ForeignAddressIT {
    @AutoClose("auditAndClose")
    private Cluster cluster;
    private Host host;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init("198.18.0.0/26", 26); // One block: it is known which address comes next.
        agent = cluster.agent(host, "network/calico", cluster.parameters(host));
    }

    @Test
    void itFailsOneLaunchThatSaysWhyAndNotTheNext() {
        String first = Container.launch(agent, host, "first", List.of("prod")).address();
        String next = "198.18.0." + (Integer.parseInt(first.substring(first.lastIndexOf('.') + 1)) + 1);
        host.run("ip", "link", "add", "foreign", "type", "veth", "peer", "name", "stranger");
        host.run("ip", "link", "set", "foreign", "up");
        host.run("ip", "route", "add", next + "/32", "dev", "foreign");
        JsonNode failed = agent.launch("second", TestAgent.groups("prod"), List.of("sleep", "1000"));
        assertThat(failed.path("error").asText()).as("%s", failed).contains(next, "EEXIST");
        Container third = Container.launch(agent, host, "third", List.of("prod"));
        assertThat(third.address()).isNotIn(first, next);
        assertThat(host.run("ip", "route", "show", next)).as("what is somebody else's").contains("dev foreign");
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSize(2);
    }
}
