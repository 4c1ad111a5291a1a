package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input: one clear line, and nothing half-done is left. */
class RefusedIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose
    private static Cluster cluster;
    private static TestAgent agent;

    @BeforeAll
    static void start() {
        cluster = new Cluster(2);
        cluster.init("198.18.0.0/29", 30); // Two blocks of four addresses.
        agent = cluster.agent(cluster.host(0), "network/calico", cluster.parameters(cluster.host(0)));
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }

    // ---- NetworkInfo ----

    @Test
    void invalidAddress() {
        refused(address("198.18.0.256"), "ip_address is '198.18.0.256'", "an IPv4 or IPv6 address is expected");
    }

    @Test
    void addressOutsideEveryPool() {
        refused(address("10.9.8.7"), "10.9.8.7 is in no IPPool", "mesos (198.18.0.0/29)");
    }

    @Test
    void addressAlreadyTaken() {
        assertThat(agent.launch("first", address("198.18.0.5"), SLEEP).path("ok").asBoolean()).isTrue();
        JsonNode second = agent.launch("second", address("198.18.0.5"), SLEEP);
        assertThat(second.path("error").asText()).contains("198.18.0.5 is taken", "mesos.host1.first", "node host1");
        agent.destroy("first");
    }

    @Test
    void bothProtocolAndAddress() {
        ObjectNode info = TestAgent.groups("prod");
        info.putArray("ip_addresses").addObject().put("ip_address", "198.18.0.5").put("protocol", "IPv4");
        refused(info, "has both protocol (IPv4) and ip_address (198.18.0.5)");
    }

    @Test
    void emptyGroup() {
        refused(TestAgent.groups("prod", ""), "NetworkInfo.groups holds ''");
    }

    @Test
    void unknownNetwork() {
        refused(TestAgent.groups("prod").put("name", "nowhere"), "NetworkInfo.name is 'nowhere'", "known networks are none");
    }

    @Test
    void groupsThatCalicoCannotHoldNeverMeet() {
        String longGroup = "g".repeat(300);
        List<String> groups = List.of(longGroup, longGroup + "x", "Upper", "upper!", "ümlaut", "a/b", "a b");
        assertThat(agent.launch("many", TestAgent.groups(groups.toArray(String[]::new)), SLEEP).path("ok").asBoolean()).isTrue();
        Map<String, String> profiles = cluster.etcd().under("/calico/resources/v3/projectcalico.org/profiles/");
        for (String group : groups) {
            assertThat(profiles.values().stream().filter(value -> netgroupOf(value).equals(group))).as(group).hasSize(1);
        }
        agent.destroy("many");
    }

    private static String netgroupOf(String profile) {
        try {
            JsonNode metadata = JSON.readTree(profile).path("metadata");
            JsonNode annotation = metadata.path("annotations").path("calico-mesos.io/netgroup");
            return annotation.isMissingNode() ? metadata.path("name").asText() : annotation.asText();
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    // ---- pools ----

    @Test
    void exhaustedPool() {
        for (int i = 0; i < 8; i++) {
            JsonNode launched = agent.launch("c" + i, TestAgent.groups("prod"), SLEEP);
            assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        }
        JsonNode refused = agent.launch("c8", TestAgent.groups("prod"), SLEEP);
        assertThat(refused.path("error").asText()).contains("no IPv4 address is free on host host1", "mesos (198.18.0.0/29)");
        for (int i = 0; i < 8; i++) {
            agent.destroy("c" + i);
        }
    }

    @Test
    void noPool() {
        String key = "/calico/resources/v3/projectcalico.org/ippools/mesos";
        String pool = cluster.etcd().under(key).get(key);
        cluster.etcd().etcdctl("del", key);
        try {
            Eventually.holds("the pool's absence is noticed", () -> {
                JsonNode refused = agent.launch("poor", TestAgent.groups("prod"), SLEEP);
                agent.destroy("poor");
                return refused.path("error").asText().contains("no IPPool gives IPv4 addresses on host host1");
            });
        } finally {
            cluster.etcd().etcdctl("put", key, pool);
        }
        Eventually.holds("the pool is noticed", () -> {
            boolean launched = agent.launch("rich", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean();
            agent.destroy("rich");
            return launched;
        });
    }

    // ---- calls out of order ----

    @Test
    void processThatHasGoneBeforeIsolate() {
        ObjectNode prepare = TestAgent.containerInfo(TestAgent.line("prepare", "ghost"), TestAgent.groups("prod"));
        assertThat(agent.ask(prepare).path("ok").asBoolean()).isTrue();
        JsonNode isolated = agent.ask(TestAgent.line("isolate", "ghost").put("pid", 4_000_000));
        assertThat(isolated.path("ok").asBoolean()).isFalse();
        assertThat(isolated.path("error").asText()).contains("4000000").containsIgnoringCase("gone");
        assertThat(agent.ask(TestAgent.line("cleanup", "ghost")).path("ok").asBoolean()).isTrue();
    }

    @Test
    void cleanupOfAnUnknownContainer() {
        assertThat(agent.ask(TestAgent.line("cleanup", "never-seen")).path("ok").asBoolean()).isTrue();
    }

    @Test
    void sameContainerTwice() {
        ObjectNode prepare = TestAgent.containerInfo(TestAgent.line("prepare", "twin"), TestAgent.groups("prod"));
        assertThat(agent.ask(prepare.deepCopy()).path("ok").asBoolean()).isTrue();
        JsonNode second = agent.ask(prepare.deepCopy());
        assertThat(second.path("error").asText()).contains("container twin has a network already");
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).as("the first keeps it").hasSize(1);
        agent.ask(TestAgent.line("cleanup", "twin"));
    }

    // ---- create ----

    @Test
    void wrongJavaHome() {
        doesNotStart(Map.of("java_home", "/no/such/java"), "/no/such/java/lib/server/libjvm.so");
    }

    @Test
    void missingJar(@TempDir Path empty) {
        doesNotStart(Map.of("java_classpath", empty.toString()), "calico-mesos.jar is missing in " + empty);
    }

    @Test
    void unknownParameter() {
        doesNotStart(Map.of("etcd_endpoint", "http://127.0.0.1:2379"), "unknown parameter 'etcd_endpoint'", "etcd_endpoints");
    }

    @Test
    void malformedConfigFile(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("config.json"), "{\"mtu\": ");
        doesNotStart(Map.of("config", file.toString()), "config file " + file + " is not valid JSON");
    }

    @Test
    void nodeNameThatCalicoCannotHold() {
        doesNotStart(Map.of("node_name", "Host_1"), "'Host_1'");
    }

    private static void doesNotStart(Map<String, String> changes, String... said) {
        Map<String, String> parameters = cluster.parameters(cluster.host(1));
        parameters.remove("java_options"); // -Xcheck:jni writes lines of its own between those of the log.
        parameters.putAll(changes);
        assertThatThrownBy(() -> cluster.agent(cluster.host(1), "network/calico", parameters))
                .hasMessageContainingAll(said);
    }

    private static ObjectNode address(String address) {
        ObjectNode info = TestAgent.groups("prod");
        info.putArray("ip_addresses").addObject().put("ip_address", address);
        return info;
    }

    private static void refused(ObjectNode networkInfo, String... said) {
        JsonNode answer = agent.launch("refused", networkInfo, SLEEP);
        assertThat(answer.path("ok").asBoolean()).as(answer.toString()).isFalse();
        assertThat(answer.path("step").asText()).isEqualTo("prepare");
        assertThat(answer.path("error").asText()).contains(said);
        assertThat(answer.path("error").asText().lines()).hasSize(1);
    }
}
