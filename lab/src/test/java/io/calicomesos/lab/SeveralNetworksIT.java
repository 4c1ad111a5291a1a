package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers in several networks at once, each with an interface, an endpoint and netgroups of its own. */
class SeveralNetworksIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";

    @AutoClose
    private Cluster cluster;
    private Host host;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init("198.18.0.0/24", 26);
        cluster.calicoMesos("init", "--etcd-endpoints", cluster.etcd().endpoint(), "--pool", "198.18.8.0/24", "--pool-name", "back");
        cluster.calicoMesos("init", "--etcd-endpoints", cluster.etcd().endpoint(), "--pool", Cluster.POOL6, "--pool-name", "mesos6");
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("networks", "{\"front\": {\"pools\": [\"198.18.0.0/24\"]}, \"back\": {\"pools\": [\"back\"]}, "
                + "\"six\": {\"ip_versions\": [6]}, \"dual\": {\"ip_versions\": [6, 4], \"pools\": [\"198.18.0.0/24\", \"mesos6\"]}}");
        agent = cluster.agent(host, "network/calico", parameters);
    }

    @Test
    void eachHasAnInterfaceAndAnEndpointAndTheFirstTheDefaultRoute() {
        Container both = Container.launchIn(agent, host, "both", in("front", "prod"), in("back", "dev"));
        assertThat(both.address()).startsWith("198.18.0.");
        assertThat(both.addresses().get(1)).startsWith("198.18.8.");
        assertThat(addressesOn(both, "eth0")).containsExactly(both.address());
        assertThat(addressesOn(both, "eth1")).containsExactly(both.addresses().get(1));
        assertThat(both.attempt("ip", "route").out()).contains("default via 169.254.1.1 dev eth0").doesNotContain("eth1");
        assertThat(cluster.etcd().under(ENDPOINTS).keySet()).hasSize(2).anyMatch(each -> each.contains("mesos-both-eth0")).anyMatch(each -> each.contains("mesos-both-eth1"));
        assertThat(cluster.etcd().under(HANDLES)).as("one handle for all").hasSize(1);
        gone("both");
    }

    @Test
    void theMembersOfEachNetworksGroupsReachItByThatNetwork() {
        Container both = Container.launchIn(agent, host, "both", in("front", "prod"), in("back", "dev"));
        Container prod = Container.launchIn(agent, host, "prod", in("front", "prod"));
        Container dev = Container.launchIn(agent, host, "dev", in("back", "dev"));
        String front = both.address();
        String back = both.addresses().get(1);
        assertThat(prod.reachesByTcp(both, front)).isTrue();
        assertThat(dev.reachesByTcp(both, back)).as("the answers leave by eth1").isTrue();
        assertThat(prod.reachesByTcp(both, back)).isFalse();
        assertThat(dev.reachesByTcp(both, front)).isFalse();
        assertThat(both.reachesByTcp(prod)).isTrue();
        assertThat(host.attempt("ping", "-c1", "-W1", "-q", back).ok()).as("the host").isTrue();
        assertThat(both.attempt("socat", "-T2", "-", "TCP4:" + dev.address() + ":8080,bind=" + back + ",connect-timeout=1").out())
                .as("from its address there it reaches others").isEqualTo("dev");
        gone("both", "prod", "dev");
    }

    @Test
    void statusIsInTheOrderOfTheRequestWithAllThatWasAskedFor() {
        ObjectNode front = in("front", "public");
        front.putArray("port_mappings").addObject().put("host_port", 31000).put("container_port", Container.PORT);
        ObjectNode back = in("back", "dev");
        back.putObject("labels").putArray("labels").addObject().put("key", "tier").put("value", "db");
        back.putArray("port_mappings").addObject().put("host_port", 31001).put("container_port", Container.PORT);
        ObjectNode line = TestAgent.ports(TestAgent.containerInfo(TestAgent.line("launch", "a"), back, front), 31000, 31999);
        List.of(Build.prober().toString(), "serve", "a", "8080").forEach(line.withArray("command")::add);
        assertThat(agent.ask(line).path("ok").asBoolean()).isTrue();

        JsonNode infos = status("a");
        String address = infos.get(0).at("/ip_addresses/0/ip_address").asText();
        assertThat(address).startsWith("198.18.8.");
        ((ObjectNode) infos.get(0)).remove("ip_addresses");
        ((ObjectNode) infos.get(1)).remove("ip_addresses");
        back.withArray("port_mappings").forEach(each -> ((ObjectNode) each).remove("protocol"));
        assertThat(infos).isEqualTo(JSON.createArrayNode().add(back).add(front));

        String ports = host.run("nft", "list", "map", "inet", "calico-mesos-ports", "ports");
        assertThat(ports).as("each leads into its own network").containsPattern("31001 : 198\\.18\\.8\\.\\d+ \\. 8080")
                .containsPattern("31000 : 198\\.18\\.0\\.\\d+ \\. 8080");
        gone("a");
        assertThat(host.run("nft", "list", "tables")).doesNotContain("calico-mesos-ports");
    }

    @Test
    void aNetworkGivesItsOwnFamiliesToWhoAsksForNone() {
        assumeTrue(Link.IPV6, "this kernel has no IPv6");
        Container dual = Container.launchIn(agent, host, "dual", in("dual", "prod"));
        Container peer = Container.launchIn(agent, host, "peer", in("dual", "prod"));
        assertThat(dual.addresses()).hasSize(2);
        assertThat(dual.address()).startsWith("fd00:198:18:");
        for (String each : peer.addresses()) {
            assertThat(dual.reachesByTcp(peer, each)).as(each).isTrue();
        }
        assertThat(dual.attempt("ip", "-6", "address", "show", "dev", "eth0").out()).doesNotContain("tentative");
        assertThat(dual.attempt("cat", "/proc/sys/net/ipv6/conf/eth0/accept_dad").out().strip()).isEqualTo("0");
        assertThat(status("dual").at("/0/ip_addresses").findValuesAsText("protocol")).containsExactly("IPv6", "IPv4");
        ObjectNode onlyIpv4 = in("dual", "prod");
        onlyIpv4.putArray("ip_addresses").addObject().put("protocol", "IPv4");
        assertThat(Container.launchIn(agent, host, "four", onlyIpv4).addresses()).hasSize(1);
        gone("dual", "peer", "four");
    }

    @Test
    void ofTwoFamiliesInTwoNetworksEachAnswersByItsOwn() {
        assumeTrue(Link.IPV6, "this kernel has no IPv6");
        Container both = Container.launchIn(agent, host, "both", in("back", "dev"), in("dual", "prod"));
        Container prod = Container.launchIn(agent, host, "prod", in("dual", "prod"));
        for (String each : addressesOn(both, "eth1")) {
            assertThat(prod.reachesByTcp(both, each)).as(each).isTrue();
        }
        gone("both", "prod");
    }

    @Test
    void ofNetworksOfDifferentFamiliesEachHasADefaultRoute() {
        assumeTrue(Link.IPV6, "this kernel has no IPv6");
        Container both = Container.launchIn(agent, host, "both", in("six", "prod"), in("back", "dev"));
        assertThat(both.attempt("ip", "-6", "route").out()).contains("default via fe80::ecee:eeff:feee:eeee dev eth0");
        assertThat(both.attempt("ip", "route").out()).contains("default via 169.254.1.1 dev eth1");
        assertThat(both.reachesByIcmp(host.address())).as("the agent's address").isTrue();
        gone("both");
    }

    @Test
    void oneNetworkTwiceIsRefusedAndNothingIsLeft() {
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", "a"), in("front", "prod"), in("front", "dev"));
        line.withArray("command").add("true");
        assertThat(agent.ask(line).path("error").asText()).contains(
                "ContainerInfo.network_infos holds two of the name 'front': a container joins each network once");
        ObjectNode full = in("back", "prod");
        full.putArray("ip_addresses").addObject().put("ip_address", "198.18.99.1");
        line = TestAgent.containerInfo(TestAgent.line("launch", "a"), in("front", "prod"), full);
        line.withArray("command").add("true");
        assertThat(agent.ask(line).path("error").asText()).as("the first is not had without the second").contains("198.18.99.1");
        assertThat(cluster.etcd().under(HANDLES)).isEmpty();
        assertThat(Remains.of(host)).doesNotContainValue(false);
    }

    @Test
    void allOfThemOutliveTheAgent() {
        Container both = Container.launchIn(agent, host, "both", in("front", "prod"), in("back", "dev"));
        Container dev = Container.launchIn(agent, host, "dev", in("back", "dev"));
        JsonNode before = status("both");
        try (TcpStream stream = new TcpStream(dev.pid(), both.pid(), both.addresses().get(1), 9001)) {
            stream.flows();
            agent.kill();
            stream.flows();
            agent.start();
            stream.flows();
        }
        assertThat(status("both")).isEqualTo(before);
        Container prod = Container.launchIn(agent, host, "prod", in("front", "prod"));
        assertThat(prod.reachesByTcp(both)).isTrue();
        assertThat(prod.reachesByTcp(both, both.addresses().get(1))).isFalse();
        gone("both", "dev", "prod");
    }

    @Test
    void whoDiedMeanwhileLeavesNothingInAnyOfThem() {
        Container both = Container.launchIn(agent, host, "both", in("front", "prod"), in("back", "dev"));
        agent.kill();
        ProcessHandle.of(both.pid()).ifPresent(ProcessHandle::destroyForcibly);
        agent.start();
        Eventually.holds("its address is given back", () -> cluster.etcd().under(HANDLES).isEmpty());
        Eventually.holds("nothing is left", () -> !Remains.of(host).containsValue(false));
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
    }

    @Test
    void aRebootedHostGivesAllOfThemBack() throws IOException {
        Container both = Container.launchIn(agent, host, "both", in("front", "prod"), in("back", "dev"));
        agent.kill();
        ProcessHandle.of(both.pid()).ifPresent(ProcessHandle::destroyForcibly);
        cluster.forgetRuntime(host); // As /run is after a reboot.
        agent.start();
        Eventually.holds("its endpoints are gone", () -> cluster.etcd().under(ENDPOINTS).isEmpty());
        Eventually.holds("its addresses are given back", () -> cluster.etcd().under(HANDLES).isEmpty());
    }

    @Test
    void aContainerOfTheVersionBeforeIsUnderstood() throws IOException {
        Container a = Container.launchIn(agent, host, "a", in("front", "prod"));
        Container b = Container.launchIn(agent, host, "b", in("front", "prod"));
        JsonNode before = status("a");
        agent.kill();
        asVersion1(cluster.checkpoint(host, "a"));
        agent.start();
        assertThat(status("a")).isEqualTo(before);
        assertThat(b.reachesByTcp(a)).isTrue();
        gone("a", "b");
    }

    /** As that version would have written it. */
    private static void asVersion1(Path file) throws IOException {
        ObjectNode checkpoint = (ObjectNode) JSON.readTree(file.toFile());
        ObjectNode network = (ObjectNode) checkpoint.remove("networks").get(0);
        checkpoint.put("version", 1).remove("owner");
        network.set("interfaceName", network.remove("hostInterface"));
        network.remove("containerInterface");
        Files.writeString(file, checkpoint.setAll(network).toString());
    }

    private static ObjectNode in(String network, String netgroup) {
        return TestAgent.groups(netgroup).put("name", network);
    }

    private JsonNode status(String id) {
        return agent.ask(TestAgent.line("status", id)).at("/status/network_infos");
    }

    private static List<String> addressesOn(Container container, String device) {
        return container.attempt("ip", "-o", "address", "show", "dev", device, "scope", "global").out().lines()
                .map(line -> line.split("\\s+")[3].replaceAll("/.*", "")).toList();
    }

    private void gone(String... ids) {
        for (String id : ids) {
            assertThat(agent.destroy(id).path("ok").asBoolean()).isTrue();
        }
        assertThat(Remains.of(host)).doesNotContainValue(false);
        assertThat(cluster.etcd().under(HANDLES)).isEmpty();
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
    }
}
