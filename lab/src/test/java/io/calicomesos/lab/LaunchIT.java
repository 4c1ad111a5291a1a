package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One container from launch to cleanup, as an operator sees it with ip, nft and etcdctl. */
class LaunchIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SLEEP = List.of("sleep", "1000");
    private static final String TXN =
            "grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Txn\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}";
    private static final String RANGE = TXN.replace("Txn", "Range");

    @AutoClose("auditAndClose")
    private static Cluster cluster;
    private static TestAgent agent;

    @BeforeAll
    static void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        agent = cluster.agent(cluster.host(0), "io_calicomesos_NetworkIsolator", cluster.parameters(cluster.host(0)));
    }

    @Test
    void theLogBeginsWithAllVersionsThatMeet() {
        assertThat(agent.logged("calico-mesos: io_calicomesos_NetworkIsolator, built for Mesos 1.11.0")).isTrue();
        assertThat(agent.logged("calico-mesos: io_calicomesos_NetworkIsolator 0.1.0 on node host1: etcd " + cluster.etcd().endpoint()
                + ", enforcer builtin, Java " + System.getProperty("java.version"))).isTrue();
    }

    @Test
    void containerThatDoesNotAskIsLeftAlone() {
        Map<String, String> before = cluster.etcd().under("/calico/");
        JsonNode launched = agent.launch("plain", null, SLEEP);
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        assertThat(namespaceOf(launched)).isEqualTo(namespaceOfHost());
        assertThat(cluster.etcd().under("/calico/")).isEqualTo(before);
        assertThat(agent.destroy("plain").path("ok").asBoolean()).isTrue();
    }

    @Test
    void namedNetworksAreLeftToCni() {
        Map<String, String> before = cluster.etcd().under("/calico/");
        JsonNode launched = agent.launch("named", TestAgent.groups("prod").put("name", "cni-net"), SLEEP);
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        assertThat(cluster.etcd().under("/calico/")).isEqualTo(before);
        agent.destroy("named");
    }

    @Test
    void containerGetsItsOwnNamespaceAddressAndRoutes() {
        JsonNode launched = agent.launch("one", TestAgent.groups("prod"), SLEEP);
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        assertThat(namespaceOf(launched)).isNotEqualTo(namespaceOfHost());
        String pid = launched.path("pid").asText();
        String address = agent.ask(TestAgent.line("status", "one")).findValue("ip_address").asText();

        assertThat(inside(pid, "ip", "-4", "-o", "address", "show", "eth0")).contains("inet " + address + "/32");
        assertThat(inside(pid, "ip", "route").lines().map(String::strip))
                .containsExactly("default via 169.254.1.1 dev eth0", "169.254.1.1 dev eth0 scope link");
        assertThat(inside(pid, "ip", "neighbour")).contains("169.254.1.1 dev eth0 lladdr ee:ee:ee:ee:ee:ee PERMANENT");
        assertThat(inside(pid, "ip", "-o", "link", "show", "lo")).contains("UP");

        JsonNode endpoint = endpointOf("one");
        String hostInterface = endpoint.at("/spec/interfaceName").asText();
        assertThat(hostInterface).matches("calim[0-9a-v]{10}");
        assertThat(cluster.host(0).run("ip", "-o", "link", "show", hostInterface)).contains("ee:ee:ee:ee:ee:ee");
        assertThat(cluster.host(0).run("ip", "route")).contains(address + " dev " + hostInterface + " scope link");
        assertThat(inside(pid, "ip", "-o", "link", "show", "eth0")).contains(endpoint.at("/spec/mac").asText());
        assertThat(cluster.host(0).attempt("ping", "-c1", "-W1", address).ok()).as("the host reaches it").isTrue();
        assertThat(Command.attempt(List.of("nsenter", "--net=/proc/" + pid + "/ns/net", "ping", "-c1", "-W1",
                cluster.host(0).address())).ok()).as("it reaches the host").isTrue();

        agent.destroy("one");
        nothingIsLeft();
    }

    @Test
    void endpointIsWrittenAsCalicoWritesIt() {
        agent.launch("9a0c39de-1f5b-4f4e-8f7e-6c1d7e1f0b11", TestAgent.groups("prod", "dev"), SLEEP);
        String key = "/calico/resources/v3/projectcalico.org/workloadendpoints/default/"
                + "host1-mesos-9a0c39de--1f5b--4f4e--8f7e--6c1d7e1f0b11-eth0";
        JsonNode endpoint = read(cluster.etcd().under(key).get(key));
        assertThat(endpoint.fieldNames()).toIterable().containsExactly("kind", "apiVersion", "metadata", "spec");
        assertThat(endpoint.path("metadata").fieldNames()).toIterable()
                .containsExactly("name", "namespace", "uid", "creationTimestamp", "labels");
        JsonNode spec = endpoint.path("spec");
        assertThat(spec.fieldNames()).toIterable().containsExactly(
                "orchestrator", "workload", "node", "endpoint", "ipNetworks", "profiles", "interfaceName", "mac");
        assertThat(spec.path("orchestrator").asText()).isEqualTo("mesos");
        assertThat(spec.path("workload").asText()).isEqualTo("9a0c39de-1f5b-4f4e-8f7e-6c1d7e1f0b11");
        assertThat(spec.path("node").asText()).isEqualTo("host1");
        assertThat(spec.path("endpoint").asText()).isEqualTo("eth0");
        assertThat(spec.path("profiles").toString()).isEqualTo("[\"prod\",\"dev\"]");
        assertThat(endpoint.at("/metadata/labels").toString()).isEqualTo(
                "{\"projectcalico.org/namespace\":\"default\",\"projectcalico.org/orchestrator\":\"mesos\"}");
        JsonNode profile = read(cluster.etcd().under("/calico/resources/v3/projectcalico.org/profiles/dev").values().iterator().next());
        assertThat(profile.path("spec").toString()).isEqualTo(
                "{\"ingress\":[{\"action\":\"Allow\",\"source\":{\"selector\":\"has(netgroup.calico-mesos.io/dev)\"},\"destination\":{}}],"
                        + "\"egress\":[{\"action\":\"Allow\",\"source\":{},\"destination\":{}}],\"labelsToApply\":{\"netgroup.calico-mesos.io/dev\":\"\"}}");
        agent.destroy("9a0c39de-1f5b-4f4e-8f7e-6c1d7e1f0b11");
        nothingIsLeft();
    }

    @Test
    void oneTransactionAndNoReadPerLaunchAndPerCleanup() {
        agent.launch("warm", TestAgent.groups("prod"), SLEEP); // Claims the block.
        for (int i = 0; i < 3; i++) {
            long transactions = cluster.etcd().counter(TXN);
            long reads = cluster.etcd().counter(RANGE);
            assertThat(agent.launch("counted", TestAgent.groups("prod", "dev"), SLEEP).path("ok").asBoolean()).isTrue();
            assertThat(cluster.etcd().counter(TXN) - transactions).as("transactions of a launch").isEqualTo(1);
            assertThat(agent.destroy("counted").path("ok").asBoolean()).isTrue();
            assertThat(cluster.etcd().counter(TXN) - transactions).as("transactions of both").isEqualTo(2);
            assertThat(cluster.etcd().counter(RANGE) - reads).as("reads").isZero();
        }
        agent.destroy("warm");
        nothingIsLeft();
    }

    @Test
    void aProfileThatExistsIsNotChanged() {
        String key = "/calico/resources/v3/projectcalico.org/profiles/edited";
        String edited = "{\"kind\":\"Profile\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"edited\","
                + "\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{}}";
        cluster.etcd().etcdctl("put", key, edited);
        agent.launch("member", TestAgent.groups("edited"), SLEEP);
        assertThat(cluster.etcd().under(key).get(key)).isEqualTo(edited);
        agent.destroy("member");
        nothingIsLeft();
    }

    @Test
    void requestedAddressIsGiven() {
        JsonNode launched = agent.launch("wanted", withAddress("198.18.77.7"), SLEEP);
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        assertThat(inside(launched.path("pid").asText(), "ip", "-4", "-o", "address", "show", "eth0")).contains("198.18.77.7/32");
        agent.destroy("wanted");
        nothingIsLeft();
    }

    @Test
    void nestedContainerWithoutNetworkInfoSharesItsParentsNetwork() {
        JsonNode parent = agent.launch("parent", TestAgent.groups("prod"), SLEEP);
        ObjectNode line = TestAgent.line("launch", "");
        line.putObject("container_id").put("value", "child").putObject("parent").put("value", "parent");
        SLEEP.forEach(line.withArray("command")::add);
        JsonNode child = agent.ask(line);
        assertThat(child.path("ok").asBoolean()).as(child.toString()).isTrue();
        assertThat(namespaceOf(child)).isEqualTo(namespaceOf(parent));
        assertThat(agent.destroy("parent").path("ok").asBoolean()).isTrue();
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"With.Dots", "UPPER", "-dash", "dash-", "a--b", "x.y.z", "container-0123456789"})
    void containerIdsThatCalicoCannotHoldAreMapped(String id) {
        JsonNode launched = agent.launch(id, TestAgent.groups("prod"), SLEEP);
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        assertThat(agent.destroy(id).path("ok").asBoolean()).isTrue();
        nothingIsLeft();
    }

    private static ObjectNode withAddress(String address) {
        ObjectNode info = TestAgent.groups("prod");
        info.putArray("ip_addresses").addObject().put("ip_address", address);
        return info;
    }

    private static JsonNode endpointOf(String workload) {
        return cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/").values().stream()
                .map(LaunchIT::read).filter(each -> each.at("/spec/workload").asText().equals(workload)).findAny().orElseThrow();
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static String inside(String pid, String... line) {
        return Command.run(Command.join(List.of("nsenter", "--net=/proc/" + pid + "/ns/net"), line).toArray(String[]::new));
    }

    private static String namespaceOf(JsonNode launched) {
        return Command.run("readlink", "/proc/" + launched.path("pid").asText() + "/ns/net");
    }

    private static String namespaceOfHost() {
        return cluster.host(0).run("readlink", "/proc/self/ns/net");
    }

    private static void nothingIsLeft() {
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/assignment/").values())
                .allSatisfy(block -> assertThat(block).contains("\"attributes\":[]"));
    }
}
