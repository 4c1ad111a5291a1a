package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an operator sees of a cluster that runs, by the installed command, which finds etcd and the module in the agent's modules.json. */
class CommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NETWORKS = "{\"back\": {\"netgroups\": [\"dev\"]}}";

    @AutoClose
    private static final Cluster cluster = new Cluster(2);
    private static TestAgent one;
    private static TestAgent two;
    private static Container web;
    private static Container db;
    private static Container alone;

    @BeforeAll
    static void start() {
        cluster.init(Cluster.POOL, 26);
        one = cluster.agent(cluster.host(0), "network/calico", parameters(cluster.host(0)));
        two = cluster.agent(cluster.host(1), "network/calico", parameters(cluster.host(1)));
        web = Container.launchIn(one, cluster.host(0), "web", TestAgent.groups("prod"), TestAgent.groups().put("name", "back"));
        alone = Container.launch(one, cluster.host(0), "alone", List.of());
        db = Container.launch(two, cluster.host(1), "db", List.of("prod", "Odd Name!"));
        Eventually.holds("the hosts know of each other's containers", () -> web.reachesByTcp(db) && db.reachesByTcp(web));
    }

    /** Nothing is swept by itself while these tests look. */
    private static Map<String, String> parameters(Host host) {
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("networks", NETWORKS);
        parameters.put("sweep_grace", "1hrs");
        return parameters;
    }

    @Test
    void namesInAnyScriptAreReadAndWrittenWithoutALocale() {
        Container.launch(one, cluster.host(0), "umlaut", List.of("Größe"));
        String line = "LC_ALL=C " + String.join(" ", Cluster.calicoMesosLine()) + " %s --config " + one.log().resolveSibling("modules.json");
        String explain = "explain $(printf 'Gr\\303\\266\\303\\237e') web"; // These tests themselves may have no locale.
        List<String> said = List.of("netgroups", explain).stream()
                .map(each -> cluster.host(0).attempt("sh", "-c", "unset LANG LC_CTYPE; " + line.formatted(each)).out()).toList();
        one.destroy("umlaut");
        assertThat(said).allMatch(each -> each.contains("Größe"));
    }

    // ---- what is live ----

    @Test
    void statusSaysWhatTheModuleDoes() {
        Container brief = Container.launch(one, cluster.host(0), "brief", List.of("prod"));
        one.destroy("brief");
        Command.Ended status = on(one, "status");
        assertThat(status.status()).as(status.out()).isZero();
        assertThat(status.out()).containsPattern("(?m)^module +network/calico \\S+, for \\d").containsPattern("(?m)^node +host1$")
                .containsPattern("(?m)^enforcer +builtin, in place, heard of etcd \\d+s ago, \\d+ ms behind it$")
                .containsPattern("(?m)^etcd +" + cluster.etcd().endpoint() + " answers$")
                .containsPattern("(?m)^under way +0 launches, 0 departures$").containsPattern("(?m)^containers +2$")
                .containsPattern("(?m)^web +" + String.join(",", web.addresses()) + " +prod,dev +\\d")
                .containsPattern("(?m)^\\d+s +launch +brief +" + brief.address()
                        + " +\\d+\\.\\d+ +register \\d+\\.\\d+, admit .*, attach .*, enforce ")
                .containsPattern("(?m)^\\d+s +cleanup +brief +" + brief.address() + " +\\d+\\.\\d+ +detach .*, dismiss .*, disconnect .*, release ");
        JsonNode json = json(on(one, "status", "--output", "json"));
        assertThat(json.path("node").asText()).isEqualTo("host1");
        assertThat(Instant.parse(json.path("since").asText())).isBefore(Instant.now());
        assertThat(json.at("/enforcer/kind").asText()).isEqualTo("builtin");
        assertThat(json.at("/etcd/0/error").isNull()).isTrue();
        assertThat(json.path("containers").findValuesAsText("id")).containsExactly("alone", "web");
        JsonNode cleanup = json.at("/recent/0");
        JsonNode launch = json.at("/recent/1");
        assertThat(List.of(cleanup.path("what").asText(), cleanup.path("container").asText())).containsExactly("cleanup", "brief");
        assertThat(List.of(launch.path("what").asText(), launch.path("container").asText())).containsExactly("launch", "brief");
        assertThat(launch.path("steps").findValuesAsText("name")).containsExactly("register", "admit", "attach", "enforce");
        assertThat(launch.path("totalMs").asDouble()).isPositive();
        assertThat(launch.path("error").isNull()).isTrue();
    }

    @Test
    void containersAreListedWithAllTheirNetworks() {
        JsonNode launched = one.ask(command(TestAgent.framework(
                TestAgent.containerInfo(TestAgent.line("launch", "task"), TestAgent.groups("prod")), "eng", "executor-7"), "sleep", "1000"));
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        JsonNode json = json(on(one, "containers", "--output", "json"));
        assertThat(json.findValuesAsText("id")).containsExactly("alone", "task", "web");
        assertThat(json.at("/1/owner").toString())
                .isEqualTo("{\"framework\":\"a1b2c3-0007\",\"executor\":\"executor-7\",\"task\":null,\"roles\":[\"eng\"]}");
        JsonNode networks = json.at("/2/networks");
        assertThat(networks.findValuesAsText("containerInterface")).containsExactly("eth0", "eth1");
        assertThat(networks.at("/1/name").asText()).isEqualTo("back");
        List<String> addresses = new ArrayList<>();
        networks.forEach(each -> {
            addresses.add(each.at("/addresses/0").asText());
            assertThat(cluster.host(0).run("ip", "link", "show", each.path("hostInterface").asText())).contains("UP");
        });
        assertThat(addresses).isEqualTo(web.addresses());
        assertThat(on(one, "containers").out()).containsPattern("(?m)^web +back +" + web.addresses().get(1) + " +dev +eth1,cali\\w+ +\\d")
                .containsPattern("(?m)^task +- .* a1b2c3-0007/executor-7 \\(eng\\)$");
        one.destroy("task");
        assertThat(json(on(one, "containers", "--output", "json")).findValuesAsText("id")).containsExactly("alone", "web");
    }

    @Test
    void withoutAModuleTheCommandSaysSo() throws IOException {
        String socket = parameters(cluster.host(1)).get("runtime_dir") + "/calico-mesos.sock";
        assertThat(Files.getPosixFilePermissions(Path.of(socket))).hasSize(2);
        two.kill();
        Command.Ended killed = on(two, "status");
        assertThat(killed.status()).isEqualTo(2);
        assertThat(killed.out()).startsWith("calico-mesos: the module cannot be asked at " + socket).endsWith("Is the agent running?");
        two.start();
        assertThat(json(on(two, "status", "--output", "json")).path("containers").findValuesAsText("id")).containsExactly("db");
        two.close();
        assertThat(on(two, "containers").out()).startsWith("calico-mesos: no module runs here: " + socket + " is missing");
        two.start();
        assertThat(on(two, "containers").status()).isZero();
    }

    @Test
    void anEtcdThatIsAwayIsSaid() {
        cluster.etcd().kill();
        try {
            Command.Ended status = on(one, "status");
            assertThat(status.status()).isEqualTo(1);
            assertThat(status.out()).contains("etcd        " + cluster.etcd().endpoint() + " does not answer: ", "containers  2");
        } finally {
            cluster.etcd().start();
        }
        Eventually.holds("all is well again", () -> on(one, "status").ok());
    }

    // ---- what etcd says ----

    @Test
    void netgroupsAreListedOverTheHosts() {
        assertThat(on(two, "netgroups", "prod").out().lines().skip(1).map(each -> each.replaceAll(" +", " "))).containsExactly(
                "prod host1 web " + web.address(), "prod host2 db " + db.address());
        JsonNode json = json(on(two, "netgroups", "--output", "json", "Odd Name!"));
        assertThat(json.at("/0/hosts/host2/0/container").asText()).isEqualTo("db");
    }

    @Test
    void whatIsExplainedIsWhatPacketsDo() {
        for (Container from : List.of(web, db, alone)) {
            for (Container to : List.of(db, alone)) {
                if (from != to) {
                    Command.Ended said = on(one, "explain", from.id(), to.address(), "--port", Integer.toString(Container.PORT));
                    assertThat(said.ok()).as(said.out()).isEqualTo(from.reachesByTcp(to));
                    assertThat(said.out()).startsWith(said.ok() ? "allowed: container " : "denied: container ");
                }
            }
        }
        JsonNode json = json(on(one, "explain", "host2", "alone", "--output", "json"));
        assertThat(json.path("answer").asText()).isEqualTo("denied");
        assertThat(cluster.host(1).attempt("ping", "-c1", "-W1", alone.address()).ok()).isFalse();
    }

    // ---- addresses ----

    @Test
    void addressesAreCountedAndThoseInUseAreKept() {
        assertThat(on(one, "ipam", "show").out()).containsPattern("(?m)^mesos +" + Cluster.POOL + " +2 +4 +65532 +enabled$")
                .containsPattern("(?m)^host1 +1 +3 +61 +0$").containsPattern("(?m)^host2 +1 +1 +63 +0$");
        JsonNode blocks = json(on(one, "ipam", "show", "--output", "json")).path("blocks");
        assertThat(blocks.findValuesAsText("host")).containsExactlyInAnyOrder("host1", "host2");
        Command.Ended refused = on(one, "ipam", "release", db.address());
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out()).startsWith(db.address() + "  refused: endpoint default/host2-mesos-db-eth0 has it.");
        assertThat(on(one, "ipam", "check", "--output", "json").out()).isEqualTo("[ ]");
    }

    @Test
    void gcGivesBackWhatThisHostsModuleDoesNotKnow() throws IOException {
        Container lost = Container.launch(one, cluster.host(0), "lost", List.of("prod"));
        one.kill();
        Command.attempt(List.of("kill", "-9", Long.toString(lost.pid())));
        one.forget("lost");
        Files.delete(cluster.checkpoint(cluster.host(0), "lost"));
        String endpoints = "/calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-mesos-";
        cluster.etcd().etcdctl("del", endpoints + "lost-eth0");
        Map<String, String> kept = cluster.etcd().under(endpoints + "alone-eth0");
        cluster.etcd().etcdctl("del", endpoints + "alone-eth0");

        Command.Ended other = on(two, "gc", "--dry-run");
        assertThat(other.status()).isEqualTo(1);
        assertThat(other.out()).contains("kept: the module on that host gives them back");
        one.start();
        Command.Ended dry = on(one, "gc", "--dry-run");
        assertThat(dry.out()).containsPattern("(?m)^mesos.host1.lost +host1 +" + lost.address() + " +would be released$")
                .containsPattern("(?m)^mesos.host1.alone +host1 +" + alone.address() + " +kept: container alone runs here; somebody deleted");
        Command.Ended ran = on(one, "gc");
        assertThat(ran.status()).as("alone's is kept").isEqualTo(1);
        assertThat(ran.out()).containsPattern("(?m)^mesos.host1.lost .* released$");
        cluster.etcd().putAll(kept);
        assertThat(on(one, "gc")).isEqualTo(new Command.Ended(0, "nothing is lost"));
        assertThat(on(one, "ipam", "check").status()).isZero();
        assertThat(on(one, "ipam", "show").out()).containsPattern("(?m)^host1 +1 +3 +61 +0$");
    }

    private static Command.Ended on(TestAgent agent, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(List.of("--config", agent.log().resolveSibling("modules.json").toString()));
        return cluster.attemptCalicoMesos(cluster.host(agent == one ? 0 : 1), line.toArray(String[]::new));
    }

    private static ObjectNode command(
            ObjectNode line, String... command) {
        List.of(command).forEach(line.withArray("command")::add);
        return line;
    }

    private static JsonNode json(Command.Ended ended) {
        try {
            return JSON.readTree(ended.out());
        } catch (JsonProcessingException e) {
            throw new AssertionError(ended.out(), e);
        }
    }
}
