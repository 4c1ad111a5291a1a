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
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator with the real calicoctl, and a real Felix that does what is asked: on our endpoints and profiles, by packets. */
class CalicoctlIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALLOW_TCP = "{\"action\":\"Allow\",\"protocol\":\"TCP\"}";

    @TempDir
    private static Path directory;

    private static Path calicoctl;
    private static Cluster cluster;
    private static Host host;
    private static Felix felix;
    private static TestAgent agent;

    @BeforeAll
    static void start() {
        Optional<Path> program = Interop.program("calico-felix");
        assumeTrue(program.isPresent(), "no Felix: see the line of scripts/interop-build");
        calicoctl = Interop.program("calicoctl").orElseThrow();
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        host = cluster.host(0);
        // Felix's environment says nothing of what containers may do to their host: etcd does, as on a real cluster.
        felix = cluster.felix(program.get(), host, Felix.Mode.IPTABLES, null);
        agent = cluster.agent(host, "network/calico", cluster.felixParameters(host));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void whatWeWroteReadsAsItWasMeantAndIsTakenBackAsItIs() throws IOException {
        Container a = launch("read", "prod", "com.example/tier", "front");
        JsonNode endpoint = JSON.readTree(calicoctl("get", "workloadendpoint", "host1-mesos-read-eth0", "-o", "json"));
        assertThat(endpoint.at("/spec/ipNetworks").toString()).isEqualTo("[\"" + a.address() + "/32\"]");
        assertThat(endpoint.at("/spec/profiles").toString()).isEqualTo("[\"prod\"]");
        assertThat(endpoint.at("/metadata/labels/com.example.tier").asText()).isEqualTo("front");
        assertThat(calicoctl("get", "workloadendpoints", "-o", "wide")).contains("read", a.address() + "/32", "prod");
        assertThat(calicoctl("ipam", "show", "--ip=" + a.address())).contains("is in use", "node: host1");
        for (String kind : List.of("workloadendpoint/host1-mesos-read-eth0", "profile/prod", "node/host1", "ippool/mesos")) {
            String[] name = kind.split("/");
            assertThat(apply(calicoctl("get", name[0], name[1], "-o", "json"))).contains("Successfully applied");
        }
        destroy("read");
    }

    @Test
    void policiesThatSelectOurLabelsChangeWhatPasses() throws IOException {
        Container web = launch("web", "prod", "tier", "web");
        Container app = launch("app", "prod", "tier", "app");
        Container other = launch("other", "dev", "tier", "other");
        assertThat(app.reachesByTcp(web) && app.reachesByIcmp(web)).isTrue();
        assertThat(other.reachesByTcp(web)).isFalse();

        apply("{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"},"
                + "\"spec\":{\"selector\":\"tier == 'web' && projectcalico.org/orchestrator == 'mesos'\",\"types\":[\"Ingress\"],\"ingress\":["
                + "{\"action\":\"Allow\",\"protocol\":\"TCP\",\"source\":{\"selector\":\"tier == 'other'\"}}]}}");
        Eventually.holds("the policy lets the other in", () -> other.reachesByTcp(web));
        assertThat(other.reachesByIcmp(web)).as("by TCP alone").isFalse();
        Eventually.holds("and wins over the netgroup", () -> !app.reachesByTcp(web));
        calicoctl("delete", "networkpolicy", "web");
        Eventually.holds("without it the netgroup holds again", () -> app.reachesByTcp(web) && !other.reachesByTcp(web));

        apply("{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"GlobalNetworkPolicy\",\"metadata\":{\"name\":\"apps\"},"
                + "\"spec\":{\"selector\":\"tier == 'app'\",\"types\":[\"Egress\"],\"egress\":[" + ALLOW_TCP + "]}}");
        Eventually.holds("the global policy keeps ICMP from leaving", () -> !app.reachesByIcmp(web));
        assertThat(app.reachesByTcp(web)).isTrue();
        calicoctl("delete", "globalnetworkpolicy", "apps");
        Eventually.holds("and no longer", () -> app.reachesByIcmp(web));
        destroy("web", "app", "other");
    }

    @Test
    void anEditedProfileIsKeptAndTakesEffect() throws IOException {
        Container member = launch("member", "edited", "a", "b");
        Container stranger = launch("stranger", "elsewhere", "a", "b");
        assertThat(stranger.reachesByTcp(member)).isFalse();
        ObjectNode profile = (ObjectNode) JSON.readTree(calicoctl("get", "profile", "edited", "-o", "json"));
        ((ObjectNode) profile.path("spec")).withArray("ingress").add(JSON.readTree(ALLOW_TCP));
        apply(profile.toString());
        Eventually.holds("the edited profile lets the stranger in", () -> stranger.reachesByTcp(member));
        assertThat(stranger.reachesByIcmp(member)).isFalse();
        destroy("member");
        Container next = launch("next", "edited", "a", "b");
        assertThat(stranger.reachesByTcp(next)).as("what the operator wrote is kept").isTrue();
        assertThat(JSON.readTree(calicoctl("get", "profile", "edited", "-o", "json")).at("/spec/ingress")).hasSize(2);
        destroy("next", "stranger");
    }

    @Test
    void anEndpointThatGoesTakesItsRulesAndItsRouteWithIt() throws IOException {
        Container a = launch("gone", "prod", "a", "b");
        assertThat(felix.status()).contains("mesos default%2Fgone eth0");
        String interfaceName = host.run("ip", "-o", "route", "get", a.address()).replaceFirst("(?s).* dev (\\S+) .*", "$1");
        assertThat(host.run("iptables-save")).contains(interfaceName);
        destroy("gone");
        Eventually.holds("its rules are gone", () -> !host.run("iptables-save").contains(interfaceName));
        Eventually.holds("its status is gone", () -> !felix.status().contains("mesos default%2Fgone eth0"));
        assertThat(host.run("ip", "route")).doesNotContain(a.address() + " ");
        assertThat(calicoctl("get", "workloadendpoints")).doesNotContain("gone");
    }

    @Test
    void theCommandOfTheWarningLetsExecutorsReachTheirAgent() throws IOException {
        Container executor = launch("executor", "prod", "a", "b");
        Container alone = Container.launch(agent, host, "alone", List.of());
        assertThat(executor.reachesByIcmp(host.address())).as("as the agent warned").isFalse();
        Eventually.holds("it warned", () -> agent.logged("| calicoctl create -f -"));
        String warning = Files.readString(agent.log()).lines().filter(each -> each.contains("| calicoctl create -f -"))
                .findFirst().orElseThrow();
        String command = warning.replaceFirst(".*To change it: (.*) \\| calicoctl create -f -.*", "$1");
        apply(command.substring("echo '".length(), command.length() - 1));
        Eventually.holds("they do", () -> executor.reachesByIcmp(host.address()));
        assertThat(alone.reachesByIcmp(host.address())).as("in no netgroup too").isTrue();
        Eventually.holds("the agent has heard of it", () -> agent.logged("lets executors reach their agent now"));
        destroy("executor", "alone");
    }

    private static Container launch(String id, String netgroup, String label, String value) {
        ObjectNode info = TestAgent.groups(netgroup);
        info.putObject("labels").putArray("labels").addObject().put("key", label).put("value", value);
        return Container.launch(agent, host, id, List.of(netgroup), info);
    }

    private static void destroy(String... ids) {
        for (String each : ids) {
            assertThat(agent.destroy(each).path("ok").asBoolean()).isTrue();
        }
    }

    private static String apply(String json) throws IOException {
        return calicoctl("apply", "-f", Files.writeString(directory.resolve("resource.json"), json).toString());
    }

    private static String calicoctl(String... arguments) {
        List<String> line = Command.join(
                List.of("env", "DATASTORE_TYPE=etcdv3", "ETCD_ENDPOINTS=" + cluster.etcd().endpoint(), calicoctl.toString()), arguments);
        return host.run(line.toArray(String[]::new));
    }
}
