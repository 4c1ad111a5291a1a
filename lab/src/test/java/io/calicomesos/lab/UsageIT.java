package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The agent's statistics have what went through a container's interfaces, as the container sees it. */
class UsageIT {
    private static final int PAYLOAD = 1_000_000;

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
        parameters.put("networks", "{\"back\": {}}");
        agent = cluster.agent(host, "network/calico", parameters);
    }

    @Test
    void whatOneSendsTheOtherReceives() {
        Container from = Container.launch(agent, host, "from", List.of("prod"));
        Container to = Container.launch(agent, host, "to", List.of("prod"));
        assertThat(usage("from").path("net_tx_bytes").asLong()).isLessThan(PAYLOAD);
        send(from, to, to.address());
        JsonNode sender = usage("from");
        JsonNode receiver = usage("to");
        assertThat(sender.path("net_tx_bytes").asLong()).isGreaterThan(PAYLOAD);
        assertThat(sender.path("net_rx_bytes").asLong()).isLessThan(PAYLOAD).isPositive();
        assertThat(sender.path("net_tx_packets").asLong()).isPositive();
        assertThat(receiver.path("net_rx_bytes").asLong()).isGreaterThan(PAYLOAD);
        assertThat(receiver.path("net_tx_bytes").asLong()).isLessThan(PAYLOAD).isPositive();
        assertThat(receiver.path("net_rx_packets").asLong()).isPositive();
        for (String each : List.of("net_rx_errors", "net_tx_errors", "net_rx_dropped", "net_tx_dropped")) {
            assertThat(sender.path(each).asText()).as(each).isEqualTo("0");
        }
        long before = receivedAsItSeesItself(to);
        long reported = usage("to").path("net_rx_bytes").asLong();
        assertThat(reported).as("as it sees it itself before and after").isBetween(before, receivedAsItSeesItself(to));

        agent.kill();
        agent.start();
        assertThat(usage("to").path("net_rx_bytes").asLong()).as("also after a restart").isGreaterThan(PAYLOAD);
    }

    @Test
    void theInterfacesOfSeveralNetworksAreAddedUp() {
        ObjectNode front = TestAgent.groups("prod");
        ObjectNode back = TestAgent.groups("dev").put("name", "back");
        Container from = Container.launchIn(agent, host, "from", TestAgent.groups("prod"));
        Container both = Container.launchIn(agent, host, "both", front, back);
        send(from, both, both.address());
        long first = usage("both").path("net_rx_bytes").asLong();
        assertThat(first).isGreaterThan(PAYLOAD);
        host.run("ping", "-c3", "-i0.1", "-s1000", "-q", both.addresses().get(1));
        assertThat(usage("both").path("net_rx_bytes").asLong()).isGreaterThan(first + 3_000);
    }

    @Test
    void aContainerWithoutANetworkOfItsOwnHasNone() {
        assertThat(agent.launch("host", null, List.of("sleep", "100")).path("ok").asBoolean()).isTrue();
        assertThat(usage("host").has("net_rx_bytes")).isFalse();
        assertThat(usage("host").has("timestamp")).isTrue();
        agent.destroy("host");
    }

    /** It goes on growing: the kernel's own neighbour discovery and multicast reports arrive when they will. */
    private static long receivedAsItSeesItself(Container container) {
        return Long.parseLong(container.attempt("cat", "/proc/net/dev").out()
                .replaceFirst("(?s).*eth0: *(\\d+).*", "$1"));
    }

    private JsonNode usage(String container) {
        JsonNode reply = agent.ask(TestAgent.line("usage", container));
        assertThat(reply.path("ok").asBoolean()).as("%s", reply).isTrue();
        return reply.path("usage");
    }

    /** Over a connection of its own, read to its end. */
    private static void send(Container from, Container to, String address) {
        Thread listener = new Thread(() -> to.attempt("socat", "-u", "TCP4-LISTEN:9000,reuseaddr", "OPEN:/dev/null"));
        listener.start();
        assertThat(from.attempt("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do head -c " + PAYLOAD + " /dev/zero"
                + " | socat -u - TCP4:" + address + ":9000,connect-timeout=1 && exit 0; sleep 0.2; done; exit 1").ok()).isTrue();
        try {
            listener.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
