package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code calico-mesos probe}: what it finds on a host that is well and on one that is not, and that nothing of it is left. */
class ProbeIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEYS = "/calico/";
    private static final String POOL_KEY = "/calico/resources/v3/projectcalico.org/ippools/mesos";

    private Cluster cluster;
    private Host host;
    private Map<String, String> parameters;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        parameters = cluster.parameters(host);
        parameters.put("sweep_interval", "2secs");
        agent = cluster.agent(host, "network/calico", parameters);
    }

    @AfterEach
    void nothingIsLeft() {
        try {
            assertNothingIsLeft();
        } finally {
            cluster.auditAndClose();
        }
    }

    private void assertNothingIsLeft() {
        Eventually.holds("etcd has nothing of a probe any more", () -> cluster.etcd().under(KEYS).entrySet().stream()
                .noneMatch(each -> (each.getKey() + each.getValue()).contains("probe")));
        Remains.of(host).forEach((what, clean) -> assertThat(clean).as(what).isTrue());
    }

    // ---- what it finds ----

    @Test
    void onAHostThatIsWellAllIsAsExpected() {
        Command.Ended ended = probe();
        assertThat(ended.status()).as(ended.out()).isZero();
        assertThat(ended.out()).containsPattern("(?m)^launch one in calico-mesos-probe-1 \\(198.18.\\S+\\) +launched +launched +\\d+\\.\\d ms$")
                .containsPattern("(?m)^one to two \\(198.18.\\S+\\) +reached +reached +\\d")
                .containsPattern("(?m)^one to three \\(198.18.\\S+\\) +denied +denied +\\d")
                .containsPattern("(?m)^three to host \\(" + host.address() + "\\) +reached +reached +\\d")
                .containsPattern("(?m)^remove +removed +removed +\\d").doesNotContain("not as expected");
        assertThat(agent.logged("a probe launches 3 containers")).isTrue();
    }

    @Test
    void whatItSaysForProgramsIsTheSame() throws JsonProcessingException {
        JsonNode json = JSON.readTree(probe("--output", "json").out());
        assertThat(json.findValuesAsText("found")).as(json.toString()).containsExactly(
                "launched", "launched", "launched", "reached", "denied", "reached", "reached", "denied", "reached", "denied", "denied",
                "reached", "reached", "reached", "reached", "removed").isEqualTo(json.findValuesAsText("expected"));
        assertThat(json.findValues("milliseconds")).allMatch(each -> each.asDouble() > 0);
    }

    @Test
    void rulesThatLetNobodyThroughAreFound() {
        host.run("nft", "add table inet planted; add chain inet planted forward { type filter hook forward priority 100; policy drop; }");
        Command.Ended ended = probe();
        host.run("nft", "delete table inet planted");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).containsPattern("(?m)^one to two \\S+ +reached +denied: no answer within 3000 ms +\\d")
                .containsPattern("(?m)^host to one \\S+ +reached +reached +\\d")
                .contains("not as expected: 2 of 16. What stands in the way: `calico-mesos doctor`");
    }

    @Test
    void rulesThatLetEverybodyThroughAreFound() {
        agent.launch("first", TestAgent.groups("prod"), List.of("sleep", "1000")); // So the rules are there.
        host.run("nft", "flush chain inet calico-mesos to-container");
        Command.Ended ended = probe();
        agent.destroy("first");
        assertThat(ended.status()).as(ended.out()).isEqualTo(1);
        assertThat(ended.out()).containsPattern("(?m)^one to three \\S+ +denied +reached +\\d").contains("not as expected: 4 of 16.");
    }

    @Test
    void aFirewallBetweenContainersAndTheirHostIsFound() {
        host.run("nft", "add table inet planted; add chain inet planted input { type filter hook input priority 100; }; "
                + "add rule inet planted input ct state new iifname cali* reject");
        Command.Ended ended = probe();
        host.run("nft", "delete table inet planted");
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).containsPattern("(?m)^one to host \\S+ +reached +denied: Connection refused +\\d")
                .contains("not as expected: 3 of 16. Executors cannot reach their agent: another firewall of this host drops");
    }

    @Test
    void aPoolWithoutAnAddressIsFound() {
        Map<String, String> pool = cluster.etcd().under(POOL_KEY);
        cluster.etcd().etcdctl("put", POOL_KEY, pool.get(POOL_KEY).replace("\"spec\":{", "\"spec\":{\"disabled\":true,"));
        Eventually.holds("the module knows", () -> probe().status() == 1);
        Command.Ended ended = probe();
        assertThat(ended.status()).isEqualTo(1);
        assertThat(ended.out()).containsPattern("(?m)^launch one in \\S+ +launched +failed: .*IPPool.* +\\d")
                .contains("not as expected: 3 of 4.").doesNotContain("one to two")
                .containsPattern("(?m)^remove +removed +removed");
    }

    @Test
    void whoMayNotJoinIsToldAndMayNameARole() {
        parameters.put("netgroups", "{\"*\": {\"roles\": [\"eng\"]}}");
        agent.close();
        agent.start();
        Command.Ended refused = probe();
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out()).contains("failed: the netgroup 'calico-mesos-probe-1' is closed to this container, which has no role");
        assertThat(probe("--role", "eng").status()).isZero();
    }

    @Test
    void aNetworkCanBeProbed() {
        assertThat(probe("--network", "nowhere").out()).contains("failed: NetworkInfo.name is 'nowhere': known networks are none");
        parameters.put("networks", "{\"back\": {}}");
        agent.close();
        agent.start();
        assertThat(probe("--network", "back").status()).isZero();
    }

    @Test
    void withoutAModuleNothingIsTried() {
        agent.close();
        Command.Ended ended = probe();
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.out()).startsWith("calico-mesos: no module runs here: ").doesNotContain("\n");
        agent.start();
    }

    // ---- how it ends ----

    @Test
    void whenItIsKilledOrInterruptedNothingIsLeft() throws IOException, InterruptedException {
        host.run("nft", "add table inet planted; add chain inet planted forward { type filter hook forward priority 100; policy drop; }");
        for (String signal : List.of("-INT", "-KILL")) {
            Process process = begun();
            Command.run("kill", signal, Long.toString(process.pid()));
            process.waitFor();
            assertNothingIsLeft();
            assertThat(process.descendants()).isEmpty();
        }
        host.run("nft", "delete table inet planted");
        assertThat(probe().status()).isZero();
    }

    @Test
    void whenTheAgentIsKilledTheNextOneRemovesAll() throws IOException, InterruptedException {
        host.run("nft", "add table inet planted; add chain inet planted forward { type filter hook forward priority 100; policy drop; }");
        Process process = begun();
        agent.kill();
        assertThat(process.waitFor()).isEqualTo(2);
        String said = Cluster.withoutProgress(process.errorReader(StandardCharsets.UTF_8).lines().map(each -> each + "\n").collect(Collectors.joining()));
        assertThat(said.lines()).hasSize(1).first().asString().startsWith("calico-mesos: the module has ended meanwhile, or");
        assertThat(cluster.etcd().under(KEYS).toString()).as("nobody could remove it").contains("probe");
        agent.start();
        host.run("nft", "delete table inet planted");
    }

    /** One whose containers are there, and that waits for those that do not reach each other. */
    private Process begun() throws IOException {
        Process process = new ProcessBuilder(host.inside(Cluster.calicoMesosLine(line()))).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        Eventually.holds("three containers are launched", () ->
                host.run("ip", "-o", "link").lines().filter(each -> each.contains(" cali")).count() == 3);
        return process;
    }

    private Command.Ended probe(String... arguments) {
        return cluster.attemptCalicoMesos(host, line(arguments));
    }

    private String[] line(String... arguments) {
        List<String> line = new ArrayList<>(List.of("probe"));
        line.addAll(List.of(arguments));
        line.addAll(List.of("--config", agent.log().resolveSibling("modules.json").toString()));
        return line.toArray(String[]::new);
    }
}
