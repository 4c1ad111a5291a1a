package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What becomes of NetworkInfo's labels. */
class LabelsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SLEEP = List.of("sleep", "1000");
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";

    @AutoClose
    private static Cluster cluster;
    private static TestAgent agent;

    @BeforeAll
    static void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        agent = cluster.agent(cluster.host(0), "network/calico", cluster.parameters(cluster.host(0)));
    }

    @Test
    void labelsAreThoseOfTheEndpointAndComeBackInStatusAsTheyWere() throws JsonProcessingException {
        ObjectNode info = labelled("com.example/Tier", "front end");
        assertThat(agent.launch("a", info, SLEEP).path("ok").asBoolean()).isTrue();
        JsonNode endpoint = JSON.readTree(cluster.etcd().under(ENDPOINTS).get(ENDPOINTS + "default/host1-mesos-a-eth0"));
        assertThat(endpoint.at("/metadata/labels").toString()).isEqualTo("{\"com.example.Tier\":\"front-end\","
                + "\"projectcalico.org/namespace\":\"default\",\"projectcalico.org/orchestrator\":\"mesos\"}");
        JsonNode status = agent.ask(TestAgent.line("status", "a"));
        assertThat(status.findValue("labels")).isEqualTo(info.get("labels"));
        destroyed("a");
    }

    @Test
    void frameworkExecutorTaskAndRoleAreLabelsUnderANameOfOurOwn() throws JsonProcessingException {
        ObjectNode line = TestAgent.framework(
                TestAgent.containerInfo(TestAgent.line("launch", "e"), labelled("mesos.calico-mesos.io/role", "ops")), "eng/web", "web.7f");
        ObjectNode task = line.putObject("task_info").put("name", "front end");
        task.putObject("task_id").put("value", "t");
        task.putObject("slave_id").put("value", "s");
        SLEEP.forEach(line.withArray("command")::add);
        assertThat(agent.ask(line).path("ok").asBoolean()).isTrue();
        JsonNode endpoint = JSON.readTree(cluster.etcd().under(ENDPOINTS).get(ENDPOINTS + "default/host1-mesos-e-eth0"));
        assertThat(endpoint.at("/metadata/labels").toString()).isEqualTo("{\"mesos.calico-mesos.io.role\":\"ops\","
                + "\"mesos.calico-mesos.io/executor-id\":\"web.7f\",\"mesos.calico-mesos.io/framework-id\":\"a1b2c3-0007\","
                + "\"mesos.calico-mesos.io/role\":\"eng.web\",\"mesos.calico-mesos.io/task-name\":\"front-end\","
                + "\"projectcalico.org/namespace\":\"default\",\"projectcalico.org/orchestrator\":\"mesos\"}");
        destroyed("e");
    }

    @Test
    void theNamespaceIsChosenByALabelAndCleanedUpThereAlsoAfterARestartAndAReboot() throws Exception {
        String key = ENDPOINTS + "team-a/host1-mesos-b-eth0";
        ObjectNode info = labelled("projectcalico.org/namespace", "team-a");
        assertThat(agent.launch("b", info, SLEEP).path("ok").asBoolean()).isTrue();
        assertThat(JSON.readTree(cluster.etcd().under(key).get(key)).at("/metadata/labels/projectcalico.org~1namespace").asText())
                .isEqualTo("team-a");
        agent.kill();
        agent.start();
        destroyed("b");

        JsonNode launched = agent.launch("b", info, SLEEP);
        agent.kill();
        ProcessHandle.of(launched.path("pid").asLong()).ifPresent(ProcessHandle::destroyForcibly);
        cluster.forgetRuntime(cluster.host(0));
        agent.start();
        Eventually.holds("its endpoint is gone", () -> cluster.etcd().under(ENDPOINTS).isEmpty());
        Eventually.holds("its address is given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
    }

    @Test
    void theNextContainerOfThatNameMayBeInAnotherNamespace() {
        assertThat(agent.launch("c", labelled("projectcalico.org/namespace", "team-a"), SLEEP).path("ok").asBoolean()).isTrue();
        destroyed("c");
        assertThat(agent.launch("c", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        assertThat(cluster.etcd().under(ENDPOINTS)).containsOnlyKeys(ENDPOINTS + "default/host1-mesos-c-eth0");
        destroyed("c");
    }

    @Test
    void nobodyPutsOnALabelThatAProfileGivesToItsMembers() {
        cluster.etcd().etcdctl("put", "/calico/resources/v3/projectcalico.org/profiles/secret",
                "{\"kind\":\"Profile\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"secret\","
                        + "\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{\"ingress\":[{\"action\":\"Allow\",\"source\":"
                        + "{\"selector\":\"has(secret)\"},\"destination\":{}}],\"labelsToApply\":{\"secret\":\"\"}}}");
        Eventually.holds("the label is known", () -> {
            JsonNode answer = agent.launch("thief", labelled("secret", ""), SLEEP);
            agent.destroy("thief");
            return answer.path("error").asText().equals("calico-mesos: NetworkInfo.labels has 'secret', which the Calico profile "
                    + "secret puts on its members: leave it out, and join the netgroup");
        });
        Map<String, String> left = cluster.etcd().under(ENDPOINTS);
        assertThat(left).isEmpty();
    }

    @Test
    void anAddressIsAskedForByTheLabelOfCalicoMesos() {
        assertThat(agent.launch("d", labelled("ipv4_addrs", "[\"198.18.3.7\", \"198.18.3.9\"]"), SLEEP).path("ok").asBoolean()).isTrue();
        assertThat(agent.ask(TestAgent.line("status", "d")).findValuesAsText("ip_address")).containsExactly("198.18.3.7", "198.18.3.9");
        destroyed("d");
    }

    private static ObjectNode labelled(String key, String value) {
        ObjectNode info = TestAgent.groups("prod");
        ArrayNode labels = info.putObject("labels").putArray("labels");
        labels.addObject().put("key", key).put("value", value);
        return info;
    }

    private static void destroyed(String id) {
        assertThat(agent.destroy(id).path("ok").asBoolean()).isTrue();
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }
}
