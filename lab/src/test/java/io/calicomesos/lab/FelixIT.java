package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * With {@code enforcer: felix} rules and routes are calico-node's: the module makes the endpoint and the interface, and waits
 * until Felix says that the rules are in. What it says are files, which some tests here write themselves.
 */
class FelixIT {
    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose
    private Cluster cluster;
    private Host host;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        host = cluster.host(0);
    }

    @Test
    void neitherTableNorForwardingIsTouchedAndNothingIsLeft() throws IOException {
        String forwarding = host.run("sysctl", "-n", "net.ipv4.ip_forward");
        Map<String, String> parameters = cluster.felixParameters(host);
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        say(parameters, "a");
        Container a = Container.launch(agent, host, "a", List.of("prod"));
        assertThat(host.attempt("ping", "-c1", "-W1", a.address()).ok()).as("the host reaches it").isTrue();
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).hasSize(1);
        assertThat(host.run("nft", "list", "tables")).isEmpty();
        assertThat(host.run("ip", "route", "show", "proto", "77")).isEmpty();
        assertThat(host.run("sysctl", "-n", "net.ipv4.ip_forward")).isEqualTo(forwarding);
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
        assertThat(Remains.of(host)).doesNotContainValue(false);
    }

    @Test
    void aLaunchWhoseRulesDoNotComeFailsInOneLineAndLeavesNothing() {
        Map<String, String> parameters = cluster.felixParameters(host);
        parameters.put("felix_timeout", "300ms");
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        assertThat(agent.logged("felix_status_dir names another")).as("the directory's absence is said").isTrue();
        JsonNode launched = agent.launch("a", TestAgent.groups("prod"), SLEEP);
        assertThat(launched.path("error").asText()).isEqualTo("calico-mesos: Felix has not said within 300 ms that the rules of this "
                + "container are in, by the file '" + file(parameters, "a") + "': is calico-node running, and is its "
                + "endpointStatusPathPrefix " + file(parameters, "a").getParent().getParent() + "?");
        assertThat(launched.path("step").asText()).isEqualTo("isolate");
        assertThat(host.failures("isolate", "not_enforced")).isOne();
        assertThat(Remains.of(host)).doesNotContainValue(false);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }

    @Test
    void theTaskDoesNotRunBeforeTheFileIsThereAndTheInterfaceIs() throws IOException {
        Map<String, String> parameters = cluster.felixParameters(host);
        parameters.put("felix_timeout", "60secs");
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        Path ran = file(parameters, "ran").resolveSibling("../ran").normalize();
        var line = TestAgent.containerInfo(TestAgent.line("launch", "a"), TestAgent.groups("prod"));
        List.of("touch", ran.toString()).forEach(line.withArray("command")::add);
        CompletableFuture<JsonNode> launch = agent.send(line);
        // Felix calls an endpoint up once its interface is: that must come first.
        Eventually.holds("the interface is up", () -> host.run("ip", "-o", "link", "show", "up").contains(" cali"));
        assertThat(launch).isNotDone();
        Files.createDirectories(ran.getParent());
        assertThat(ran).doesNotExist();
        say(parameters, "a");
        assertThat(launch.join().path("ok").asBoolean()).isTrue();
        Eventually.holds("it runs", () -> Files.exists(ran));
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
    }

    @Test
    void withoutADirectoryThatAnybodyNamedLaunchesDoNotWaitAndTheLogSaysSo() {
        assumeTrue(!Files.exists(Path.of("/var/run/calico/endpoint-status")), "calico-node has run on this machine");
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("enforcer", "felix");
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        assertThat(agent.logged("/var/run/calico/endpoint-status does not exist: launches do not wait for their rules until Felix "
                + "makes it")).isTrue();
        assertThat(agent.launch("a", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
    }

    @Test
    void whatCutsExecutorsOffIsSaidAtTheStartAndAtEachChange() {
        TestAgent agent = cluster.agent(host, "network/calico", cluster.felixParameters(host));
        Eventually.holds("unset is Drop", () -> agent.logged("set neither in FelixConfiguration node.host1 nor in default"));
        configure("default", "Accept");
        Eventually.holds("it is set right", () -> agent.logged("lets executors reach their agent now"));
        configure("node.host1", "Drop");
        Eventually.holds("the node's own wins", () -> agent.logged("defaultEndpointToHostAction is Drop in FelixConfiguration node.host1"));
    }

    private void configure(String name, String action) {
        cluster.etcd().etcdctl("put", "/calico/resources/v3/projectcalico.org/felixconfigurations/" + name,
                "{\"kind\":\"FelixConfiguration\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                        + "\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{\"defaultEndpointToHostAction\":\"" + action + "\"}}");
    }

    /** Says what Felix says, in the way of its older versions: by an empty file. */
    private static void say(Map<String, String> parameters, String container) throws IOException {
        Files.createDirectories(file(parameters, container).getParent());
        Files.writeString(file(parameters, container), "");
    }

    private static Path file(Map<String, String> parameters, String container) {
        return Path.of(parameters.get("felix_status_dir"), "mesos default%2F" + container + " eth0");
    }
}
