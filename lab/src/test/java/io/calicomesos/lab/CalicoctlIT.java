package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An operator with the real calicoctl, and a real Felix on each of two hosts that does what is asked: on our endpoints, profiles,
 * pools and addresses, by packets.
 */
class CalicoctlIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ALLOW_TCP = "{\"action\":\"Allow\",\"protocol\":\"TCP\"}";
    private static final String ASSIGNMENT_MODE = ",\"assignmentMode\":\"Automatic\"";

    @TempDir
    private static Path directory;

    private static Path calicoctl;
    private static Cluster cluster;
    private static Host host;
    private static Host second;
    private static Felix felix;
    private static Felix secondFelix;
    private static TestAgent agent;
    private static TestAgent secondAgent;

    @BeforeAll
    static void start() {
        Optional<Path> program = Interop.program("calico-felix");
        assumeTrue(program.isPresent(), "no Felix: see the line of scripts/interop-build");
        calicoctl = Interop.program("calicoctl").orElseThrow();
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
        host = cluster.host(0);
        second = cluster.host(1);
        // Felix's environment says nothing of what containers may do to their host: etcd does, as on a real cluster.
        felix = cluster.felix(program.get(), host, Felix.Mode.IPTABLES, null);
        secondFelix = cluster.felix(program.get(), second, Felix.Mode.NFTABLES, null);
        agent = cluster.agent(host, "network/calico", cluster.felixParameters(host));
        secondAgent = cluster.agent(second, "network/calico", cluster.felixParameters(second));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.auditAndClose();
        }
    }

    @Test
    void whatWeWroteReadsAsItWasMeantAndIsTakenBackAsItIs() throws IOException {
        Container a = launch("read", "prod", "com.example/tier", "front");
        JsonNode endpoint = get("workloadendpoint", "host1-mesos-read-eth0");
        String mac = a.attempt("ip", "-o", "link", "show", "eth0").out().replaceFirst("(?s).*link/ether (\\S+).*", "$1");
        assertThat(endpoint.path("spec")).isEqualTo(JSON.readTree("{\"orchestrator\":\"mesos\",\"workload\":\"read\",\"node\":\"host1\","
                + "\"endpoint\":\"eth0\",\"ipNetworks\":[\"" + a.address() + "/32\"],\"profiles\":[\"prod\"],"
                + "\"interfaceName\":\"" + interfaceTo(a) + "\",\"mac\":\"" + mac + "\"}"));
        assertThat(endpoint.at("/metadata/namespace").asText()).isEqualTo("default");
        assertThat(endpoint.at("/metadata/labels")).isEqualTo(JSON.readTree("{\"com.example.tier\":\"front\","
                + "\"projectcalico.org/namespace\":\"default\",\"projectcalico.org/orchestrator\":\"mesos\"}"));
        assertThat(get("profile", "prod").path("spec")).isEqualTo(JSON.readTree("{\"ingress\":[{\"action\":\"Allow\",\"source\":"
                + "{\"selector\":\"has(netgroup.calico-mesos.io/prod)\"},\"destination\":{}}],\"egress\":[{\"action\":\"Allow\",\"source\":"
                + "{},\"destination\":{}}],\"labelsToApply\":{\"netgroup.calico-mesos.io/prod\":\"\"}}"));
        assertThat(get("node", "host2").at("/spec/bgp")).isEqualTo(JSON.readTree(
                "{\"ipv4Address\":\"198.19.0.2/24\",\"ipv6Address\":\"fd00:198:19::2/64\"}"));
        assertThat(get("ippool", "mesos").path("spec")).isEqualTo(JSON.readTree("{\"cidr\":\"198.18.0.0/16\",\"ipipMode\":\"Never\","
                + "\"vxlanMode\":\"Never\",\"blockSize\":26,\"nodeSelector\":\"all()\",\"allowedUses\":[\"Workload\",\"Tunnel\"]"
                + (Interop.OLDER ? "}" : ASSIGNMENT_MODE + "}")));
        assertThat(calicoctl("get", "workloadendpoints", "-o", "wide")).contains("read", a.address() + "/32", "prod");
        assertThat(calicoctl("ipam", "show", "--ip=" + a.address())).contains("is in use", "node: host1");
        String block = Arrays.stream(calicoctl("ipam", "show", "--show-blocks").split("\n"))
                .filter(each -> each.contains("Block") && isInBlock(a.address(), each)).findFirst().orElseThrow();
        assertThat(block.replace(" ", "")).matches("\\|Block\\|198\\.18\\.[0-9.]+/26\\|64\\|1\\(2%\\)\\|63\\(98%\\)\\|");
        Map<String, String> before = resources();
        for (String kind : List.of("workloadendpoint/host1-mesos-read-eth0", "profile/prod", "node/host1", "ippool/mesos")) {
            String[] name = kind.split("/");
            assertThat(apply(calicoctl("get", name[0], name[1], "-o", "yaml"))).contains("Successfully applied");
        }
        if (Interop.OLDER) { // It drops a field that is newer than it.
            before.computeIfPresent("/calico/resources/v3/projectcalico.org/ippools/mesos", (key, value) -> value.replace(ASSIGNMENT_MODE, ""));
        }
        assertThat(resources()).isEqualTo(before);
        destroy("read");
    }

    @Test
    void whatIsExportedDeletedAndAppliedAgainWorksAsBefore() throws IOException {
        Container a = launch("from", "again", "a", "b");
        Container b = launch("to", "again", "a", "b");
        assertThat(a.reachesByTcp(b)).isTrue();
        for (String kind : List.of("workloadendpoint/host1-mesos-to-eth0", "profile/again", "ippool/mesos")) {
            String[] name = kind.split("/");
            String exported = calicoctl("get", name[0], name[1], "-o", "yaml");
            calicoctl("delete", name[0], name[1]);
            if (name[0].equals("profile")) { // Written again at once, as a resource of its own.
                Eventually.holds("containers have their profile", () -> !resources().keySet().stream().filter(
                        each -> each.endsWith("/profiles/again")).toList().isEmpty());
                exported = exported.replaceAll("(?m)^  resourceVersion: .*\\n", "");
            }
            if (name[0].equals("workloadendpoint")) {
                Eventually.holds("Felix cuts it off", () -> !a.reachesByTcp(b));
            }
            apply(exported);
            Eventually.holds(kind + " does what it did", () -> a.reachesByTcp(b));
        }
        Container c = launch("later", "again", "a", "b");
        assertThat(c.reachesByTcp(b)).isTrue();
        assertThat(c.address()).isNotIn(a.address(), b.address());
        destroy("from", "to", "later");
        assertThat(calicoctl("get", "workloadendpoints")).doesNotContain("host1");
        Eventually.holds("its rules and its route are gone", () -> !host.run("ip", "route").contains(b.address() + " "));
    }

    @Test
    void aNodeThatIsDeletedTakesItsContainersOffTheNetworkAndThoseLaunchedLaterAreAsBefore() throws IOException {
        Container before = launch(secondAgent, second, "before", "nodes", "a", "b");
        String exported = calicoctl("get", "node", "host2", "-o", "yaml");
        calicoctl("delete", "node", "host2");
        assertThat(calicoctl("get", "workloadendpoints")).as("as calicoctl does for any runtime").doesNotContain("host2");
        assertThat(calicoctl("ipam", "show", "--ip=" + before.address())).contains("is not assigned");
        apply(exported);
        Container a = launch("outside", "nodes", "a", "b");
        Container b = launch(secondAgent, second, "after", "nodes", "a", "b");
        Eventually.holds("later ones reach each other", () -> a.reachesByTcp(b) && b.reachesByTcp(a));
        assertThat(secondAgent.destroy("before").path("ok").asBoolean()).isTrue();
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(calicoctl("ipam", "show", "--ip=" + b.address())).contains("is in use", "node: host2");
        destroy("outside");
        assertThat(secondAgent.destroy("after").path("ok").asBoolean()).isTrue();
    }

    @Test
    void aPoolIsAddedDisabledAndDeletedWhileContainersComeAndGo() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Set<String> inSecond = ConcurrentHashMap.newKeySet();
        Set<String> inFirst = ConcurrentHashMap.newKeySet();
        List<CompletableFuture<Void>> launching = Stream.of(agent, secondAgent).map(each -> CompletableFuture.runAsync(() -> {
            for (int i = 0; !over.get(); i++) {
                JsonNode launched = each.launch("pools-" + i, TestAgent.groups("prod"), List.of("sleep", "1000"));
                assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
                String address = each.ask(TestAgent.line("status", "pools-" + i)).findValue("ip_address").asText();
                assertThat((address.startsWith("198.18.") ? inFirst : inSecond).add(address + " " + i)).isTrue();
                assertThat(each.destroy("pools-" + i).path("ok").asBoolean()).isTrue();
            }
        })).toList();
        try {
            Eventually.holds("they run", () -> !inFirst.isEmpty());
            apply("{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"IPPool\",\"metadata\":{\"name\":\"second\"},\"spec\":{"
                    + "\"cidr\":\"198.19.128.0/24\",\"blockSize\":29,\"nodeSelector\":\"all()\"}}");
            calicoctl("patch", "ippool", "mesos", "-p", "{\"spec\":{\"disabled\":true}}");
            Eventually.holds("addresses come from the second pool", () -> inSecond.size() > 4);
            calicoctl("patch", "ippool", "mesos", "-p", "{\"spec\":{\"disabled\":false}}");
            calicoctl("patch", "ippool", "second", "-p", "{\"spec\":{\"disabled\":true}}");
            inFirst.clear();
            Eventually.holds("and from the first again", () -> inFirst.size() > 4);
            calicoctl("delete", "ippool", "second");
            int before = inSecond.size();
            inFirst.clear();
            Eventually.holds("and go on", () -> inFirst.size() > 4);
            assertThat(inSecond).as("of what is deleted nothing is given").hasSize(before);
        } finally {
            over.set(true);
        }
        for (CompletableFuture<Void> each : launching) {
            each.get();
        }
        assertThat(cluster.etcd().under("/calico/ipam/v2/assignment/ipv4/block/198.19.128.")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }

    @Test
    void anAddressThatCalicoctlReleasesIsFreeForTheNextAndForNobodyElseToGiveBack() {
        Container a = launch("released", "prod", "a", "b");
        assertThat(calicoctl("ipam", "release", "--ip=" + a.address())).contains("Successfully released IP address " + a.address());
        assertThat(calicoctl("ipam", "show", "--ip=" + a.address())).contains("is not assigned");
        ObjectNode wish = TestAgent.groups("prod");
        wish.putArray("ip_addresses").addObject().put("ip_address", a.address());
        JsonNode launched = secondAgent.launch("next", wish, List.of("sleep", "1000"));
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        destroy("released");
        assertThat(calicoctl("ipam", "show", "--ip=" + a.address())).contains("is in use", "node: host2");
        assertThat(secondAgent.destroy("next").path("ok").asBoolean()).isTrue();
        assertThat(calicoctl("ipam", "show", "--ip=" + a.address())).contains("is not assigned");
    }

    @Test
    void aHostEndpointAndItsFailsafesHoldWhateverContainersComeAndGo() throws IOException {
        Container server = Container.launch(secondAgent, second, "on-the-host", null);
        JsonNode ssh = secondAgent.launch("ssh", null, List.of(Build.prober().toString(), "serve", "ssh", "22"));
        assertThat(ssh.path("ok").asBoolean()).isTrue();
        Container from = Container.launch(agent, host, "outside", null);
        Eventually.holds("without it the host is open", () -> from.reachesByTcp(server) && reachesSsh(from));

        apply("{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"HostEndpoint\",\"metadata\":{\"name\":\"host2-eth0\"},\"spec\":{"
                + "\"node\":\"host2\",\"interfaceName\":\"eth0\",\"expectedIPs\":[\"" + second.address() + "\"]}}");
        Eventually.holds("it closes the host", () -> !from.reachesByTcp(server));
        assertThat(reachesSsh(from)).as("but for its failsafes").isTrue();
        Container a = launch("inside", "prod", "a", "b"); // etcd, too, is behind a failsafe of host2.
        Container b = Container.launch(secondAgent, second, "behind", List.of("prod"));
        Eventually.holds("containers are not behind it", () -> a.reachesByTcp(b) && b.reachesByTcp(a));
        assertThat(secondAgent.destroy("behind").path("ok").asBoolean()).isTrue();
        destroy("inside");
        assertThat(from.reachesByTcp(server)).isFalse();
        assertThat(reachesSsh(from)).isTrue();
        calicoctl("delete", "hostendpoint", "host2-eth0");
        Eventually.holds("without it the host is open again", () -> from.reachesByTcp(server));
        destroy("outside");
        for (String each : List.of("on-the-host", "ssh")) {
            assertThat(secondAgent.destroy(each).path("ok").asBoolean()).isTrue();
        }
    }

    @Test
    void policiesThatSelectOurLabelsChangeWhatPasses() throws IOException {
        Container web = launch("web", "prod", "tier", "web");
        Container app = launch("app", "prod", "tier", "app");
        Container other = launch(secondAgent, second, "other", "dev", "tier", "other");
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
        destroy("web", "app");
        assertThat(secondAgent.destroy("other").path("ok").asBoolean()).isTrue();
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
    void anEndpointIsInFelixsStatusAndTakesItsRulesAndItsRouteWithItWhenItGoes() {
        comesAndGoes(agent, host, felix, "iptables-save");
        comesAndGoes(secondAgent, second, secondFelix, Interop.OLDER ? "iptables-save" : "nft list ruleset");
    }

    private static void comesAndGoes(TestAgent by, Host where, Felix its, String rules) {
        Container a = launch(by, where, "gone", "prod", "a", "b");
        String status = "/calico/felix/v2/no-region/host/" + where.name() + "/workload/mesos/default%2fgone/endpoint/eth0";
        assertThat(its.status()).contains("mesos default%2Fgone eth0");
        Eventually.holds("all see that it is up", () -> cluster.etcd().under(status).containsValue("{\"status\":\"up\"}"));
        String interfaceName = interfaceTo(a);
        assertThat(read(where, rules)).contains(interfaceName);
        assertThat(by.destroy("gone").path("ok").asBoolean()).isTrue();
        Eventually.holds("its rules are gone", () -> !read(where, rules).contains(interfaceName));
        Eventually.holds("its status is gone", () -> !its.status().contains("mesos default%2Fgone eth0")
                && cluster.etcd().under(status).isEmpty());
        assertThat(where.run("ip", "route")).doesNotContain(a.address() + " ");
        assertThat(calicoctl("get", "workloadendpoints")).doesNotContain("gone");
    }

    /** The kernel's rules at one moment: iptables-save gives up when Felix changes them while it reads. */
    private static String read(Host where, String rules) {
        AtomicReference<String> read = new AtomicReference<>();
        Eventually.holds("the rules can be read", () -> {
            Command.Ended ended = where.attempt(rules.split(" "));
            read.set(ended.out());
            return ended.ok();
        });
        return read.get();
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
        return launch(agent, host, id, netgroup, label, value);
    }

    private static Container launch(TestAgent by, Host where, String id, String netgroup, String label, String value) {
        ObjectNode info = TestAgent.groups(netgroup);
        info.putObject("labels").putArray("labels").addObject().put("key", label).put("value", value);
        return Container.launch(by, where, id, List.of(netgroup), info);
    }

    private static void destroy(String... ids) {
        for (String each : ids) {
            assertThat(agent.destroy(each).path("ok").asBoolean()).isTrue();
        }
    }

    private static String interfaceTo(Container container) {
        return container.host().run("ip", "-o", "route", "get", container.address()).replaceFirst("(?s).* dev (\\S+) .*", "$1");
    }

    private static boolean isInBlock(String address, String row) {
        String block = row.replaceFirst(".*\\| (198\\.18\\.\\d+)\\.(\\d+)/26 .*", "$1.$2");
        int dot = address.lastIndexOf('.') + 1;
        return block.equals(address.substring(0, dot) + (Integer.parseInt(address.substring(dot)) & ~63));
    }

    private static boolean reachesSsh(Container from) {
        return from.attempt("socat", "-T2", "-", "TCP4:" + second.address() + ":22,connect-timeout=1").out().equals("ssh");
    }

    /** What we write and calicoctl can write again. */
    private static Map<String, String> resources() {
        return cluster.etcd().under("/calico/resources/v3/projectcalico.org/");
    }

    private static JsonNode get(String kind, String name) throws IOException {
        return JSON.readTree(calicoctl("get", kind, name, "-o", "json"));
    }

    private static String apply(String yaml) throws IOException {
        return calicoctl("apply", "-f", Files.writeString(directory.resolve("resource.yaml"), yaml).toString());
    }

    private static String calicoctl(String... arguments) {
        List<String> line = Command.join(
                List.of("env", "DATASTORE_TYPE=etcdv3", "ETCD_ENDPOINTS=" + cluster.etcd().endpoint(), calicoctl.toString()), arguments);
        return host.run(line.toArray(String[]::new));
    }
}
