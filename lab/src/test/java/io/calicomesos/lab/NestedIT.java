package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers in containers, as the default executor and `mesos task exec` make them. */
class NestedIT {
    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("networks", "{\"back\": {}}");
        parameters.put("netgroups", "{\"closed\": {\"roles\": [\"eng\"]}}");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void withoutNetworkInfosItSharesTheNetworkOfItsParentAndThatOfItsOwn() {
        JsonNode root = launched(line("root"), "prod");
        JsonNode child = launched(line("root", "child"));
        JsonNode grandchild = launched(line("root", "child", "grandchild"));
        assertThat(namespaceOf(child)).isEqualTo(namespaceOf(root)).isNotEqualTo(namespaceOfTheHost());
        assertThat(namespaceOf(grandchild)).isEqualTo(namespaceOf(root));
        assertThat(status("root", "child", "grandchild")).isEqualTo(status("root")).isNotEmpty();
        gone("root");
    }

    @Test
    void withNetworkInfosItHasItsOwnWhateverItsParentsIs() {
        JsonNode root = launched(line("root"), "prod");
        JsonNode child = launched(line("root", "child"), "dev");
        JsonNode grandchild = launched(line("root", "child", "grandchild"));
        assertThat(namespaceOf(child)).isNotEqualTo(namespaceOf(root)).isNotEqualTo(namespaceOfTheHost());
        assertThat(namespaceOf(grandchild)).isEqualTo(namespaceOf(child));
        assertThat(status("root", "child")).isNotEqualTo(status("root"));
        assertThat(cluster.host(0).attempt("ping", "-c1", "-W1", status("root", "child")).ok()).isTrue();

        JsonNode onTheHost = launched(line("host"));
        JsonNode inIt = launched(line("host", "child"));
        JsonNode withANetwork = launched(line("host", "other"), "dev");
        assertThat(List.of(namespaceOf(onTheHost), namespaceOf(inIt))).containsOnly(namespaceOfTheHost());
        assertThat(namespaceOf(withANetwork)).isNotEqualTo(namespaceOfTheHost());
        gone("root", "host");
    }

    @Test
    void aDebugContainerEntersItsParentsNetworkWhateverItAsksFor() {
        launched(line("root"), "prod");
        JsonNode child = launched(line("root", "child"), "dev");
        JsonNode debug = launched(line("root", "child", "debug").put("container_class", "DEBUG"), "qa");
        assertThat(namespaceOf(debug)).isEqualTo(namespaceOf(child));
        gone("root");
    }

    @Test
    void afterARestartOfTheAgentAllIsAsItWas() {
        JsonNode root = launched(line("root"), "prod");
        JsonNode child = launched(line("root", "child"), "dev");
        JsonNode sharing = launched(line("root", "sharing"));
        String address = status("root", "child");
        agent.kill();
        agent.start();
        assertThat(status("root", "child")).isEqualTo(address);
        assertThat(status("root", "sharing")).isEqualTo(status("root"));
        assertThat(cluster.host(0).attempt("ping", "-c1", "-W1", address).ok()).isTrue();
        JsonNode debug = launched(line("root", "sharing", "debug").put("container_class", "DEBUG"));
        assertThat(namespaceOf(debug)).isEqualTo(namespaceOf(root)).isEqualTo(namespaceOf(sharing)).isNotEqualTo(namespaceOf(child));
        gone("root");
    }

    @Test
    void aNestedContainerThatDiedWithItsAgentIsCleanedUpAndItsParentStays() {
        launched(line("root"), "prod");
        JsonNode child = launched(line("root", "child"), "dev");
        launched(line("root", "sharing"));
        String address = status("root");
        agent.kill();
        killed(child);
        agent.start();
        Eventually.holds("the child's address is given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").size() == 1);
        assertThat(status("root")).isEqualTo(status("root", "sharing")).isEqualTo(address);
        assertThat(cluster.host(0).attempt("ping", "-c1", "-W1", address).ok()).isTrue();
        gone("root");
    }

    @Test
    void whenTheRootDiedWithItsAgentItsWholeTreeIsCleanedUp() {
        JsonNode root = launched(line("root"), "prod");
        launched(line("root", "child"), "dev");
        launched(line("root", "child", "grandchild"), "qa");
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSize(3);
        agent.kill();
        killed(root);
        agent.start();
        Eventually.holds("all addresses are given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        Eventually.holds("nothing is left", () -> !Remains.of(cluster.host(0)).containsValue(false));
    }

    @Test
    void whatARebootedHostLeftOfATreeIsGivenBack() throws IOException {
        JsonNode root = launched(line("root"), "prod");
        JsonNode child = launched(line("root", "child"), "dev");
        agent.kill();
        killed(child);
        killed(root);
        cluster.forgetRuntime(cluster.host(0)); // As /run is after a reboot.
        agent.start();
        Eventually.holds("their addresses are given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        launched(line("root"), "prod");
        launched(line("root", "child"), "dev");
        gone("root");
    }

    @Test
    void theRoleOfItsRootCounts() {
        launched(TestAgent.framework(line("eng"), "eng", "e"));
        launched(TestAgent.framework(line("web"), "web", "w"));
        launched(line("eng", "child"), "closed");
        assertThat(ask(line("web", "child"), "closed").path("error").asText()).contains("closed to this container, whose role is 'web'");
        gone("eng", "web");
    }

    @Test
    void thePortsOfItsRootAreItsToMapAlsoAfterARestartOfTheAgent() {
        launched(TestAgent.ports(TestAgent.framework(line("root"), "web", "e"), 31000, 31999), "prod");
        mapped(31000, "before");
        agent.kill();
        agent.start(); // Mesos says no more of the root than its executor's own resources: none.
        mapped(31001, "after");
        gone("root");
    }

    private void mapped(int port, String child) {
        ObjectNode info = TestAgent.groups("prod");
        info.putArray("port_mappings").addObject().put("host_port", port).put("container_port", 80);
        JsonNode launched = agent.ask(TestAgent.containerInfo(line("root", child), info));
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
    }

    @Test
    void ofSeveralNetworksAndOfNoFrameworkItKnowsAsMuch() {
        JsonNode root = agent.ask(TestAgent.containerInfo(
                line("root"), TestAgent.groups("prod"), TestAgent.groups("dev").put("name", "back")));
        JsonNode sharing = launched(line("root", "sharing"));
        assertThat(namespaceOf(sharing)).isEqualTo(namespaceOf(root));
        assertThat(status("root", "sharing")).isEqualTo(status("root")).contains(" ");
        JsonNode own = agent.ask(TestAgent.containerInfo(
                line("root", "sharing", "own"), TestAgent.groups("dev").put("name", "back"), TestAgent.groups("prod")));
        String addresses = status("root", "sharing", "own");
        assertThat(namespaceOf(own)).isNotEqualTo(namespaceOf(root));
        assertThat(addresses.split(" ")).hasSize(2);
        try (TcpStream stream = new TcpStream(root.path("pid").asLong(), own.path("pid").asLong(), addresses.split(" ")[1], 9001)) {
            stream.flows();
            agent.kill();
            stream.flows();
            agent.start();
            stream.flows();
        }
        assertThat(status("root", "sharing", "own")).isEqualTo(addresses);
        assertThat(status("root", "sharing")).isEqualTo(status("root"));
        gone("root");
    }

    // ---- what is asked ----

    private static ObjectNode line(String... path) {
        ObjectNode line = TestAgent.line("launch", "");
        id(line, path);
        SLEEP.forEach(line.withArray("command")::add);
        return line;
    }

    private static void id(ObjectNode line, String... path) {
        ObjectNode id = line.putObject("container_id");
        for (int i = path.length - 1; i >= 0; i--) {
            id.put("value", path[i]);
            id = i == 0 ? id : id.putObject("parent");
        }
    }

    private JsonNode ask(ObjectNode line, String... netgroups) {
        return agent.ask(netgroups.length == 0 ? line : TestAgent.containerInfo(line, TestAgent.groups(netgroups)));
    }

    private JsonNode launched(ObjectNode line, String... netgroups) {
        JsonNode launched = ask(line, netgroups);
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        return launched;
    }

    private static void killed(JsonNode launched) {
        ProcessHandle.of(launched.path("pid").asLong()).ifPresent(ProcessHandle::destroyForcibly);
    }

    private String status(String... path) {
        ObjectNode line = TestAgent.line("status", "");
        id(line, path);
        return String.join(" ", agent.ask(line).findValuesAsText("ip_address"));
    }

    private void gone(String... roots) {
        for (String root : roots) {
            assertThat(agent.destroy(root).path("ok").asBoolean()).isTrue();
        }
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
    }

    private static String namespaceOf(JsonNode launched) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + launched.path("pid").asText() + "/ns/net")).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String namespaceOfTheHost() {
        return cluster.host(0).run("readlink", "/proc/self/ns/net").strip();
    }
}
