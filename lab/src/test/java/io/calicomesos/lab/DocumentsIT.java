package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command in README and docs, an indented line that begins with "$ ", is run, in their order, on host1 of the cluster that
 * docs/commands.md tells of. It succeeds; where the document shows what it prints, it prints that, but for numbers and what is
 * behind the first word of each line.
 */
class DocumentsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MESOS = "needs an installed Mesos; MesosTaskIT runs it on one";

    /** What is not run as it is written, and why. One that no document has any more is to be taken out. */
    private static final Map<String, String> NOT_RUN = Map.ofEntries(
            Map.entry("sudo scripts/demo", "scripts/test runs it: scripts/isolated does not nest"),
            Map.entry("sudo scripts/test", "runs this test"),
            Map.entry("sudo scripts/bench", "measures for half an hour"),
            Map.entry("apt-get install spin gcc libc6-dev", "scripts/setup does it"),
            Map.entry("scripts/model", "scripts/test runs it"),
            Map.entry("scripts/model --long", "takes minutes and 3 GB; run by hand when the model changes"),
            Map.entry("scripts/package --mesos /usr", "needs an installed Mesos; scripts/test --mesos does it"),
            Map.entry("ln -sf /usr/bin/calico-mesos /calico/calico_mesos",
                    "makes a link to what is installed; scripts/package-test does it in a Debian of its own"),
            Map.entry("mesos-execute --master=10.0.0.1:5050 --name=hello --command='ip address; sleep 60' --networks=calico",
                    MESOS),
            Map.entry("mesos-execute --master=10.0.0.1:5050 --name=web --command='sleep 1000' --networks=calico", MESOS),
            Map.entry("mesos-execute --master=10.0.0.1:5050 --name=web --command='sleep 1000' --networks=calico,back", MESOS),
            Map.entry("systemctl restart mesos-slave", "needs systemd; scripts/package-test does it in a Debian of its own"),
            Map.entry("calicoctl delete node host2", "takes away what the other commands show; CalicoctlIT runs it"),
            Map.entry("calico-mesos serve", "runs until it is ended; ServeIT looks at it"),
            Map.entry("apt install ./calico-mesos_*.deb", "installs; scripts/package-test does it in a Debian of its own"));

    private static final String FELIX_CONFIGURATION = "/calico/resources/v3/projectcalico.org/felixconfigurations/default";
    /** calico-node makes it when it starts first. */
    private static final String FELIX_CONFIGURATION_OF_CALICO_NODE = "{\"kind\":\"FelixConfiguration\","
            + "\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"default\",\"uid\":\"7e5e1cd8-7b6b-4d3c-9dd8-2f6c4dd4b1f5\","
            + "\"creationTimestamp\":\"2026-11-29T00:00:00Z\"},\"spec\":{\"bpfLogLevel\":\"\",\"floatingIPs\":\"Disabled\"}}";

    private static final Pattern NETWORK_INFO = Pattern.compile(" {4}NetworkInfo (\\{.+})");

    @TempDir
    private static Path directory;
    @AutoClose
    private static final Cluster cluster = new Cluster(2);
    private static TestAgent one;
    private static Container web;

    @BeforeAll
    static void start() throws IOException {
        cluster.init(Cluster.POOL, 26);
        one = cluster.agent(cluster.host(0), "network/calico", parameters(cluster.host(0)));
        TestAgent two = cluster.agent(cluster.host(1), "network/calico", parameters(cluster.host(1)));
        web = Container.launchIn(one, cluster.host(0), "web", TestAgent.groups("prod"), TestAgent.groups().put("name", "back"));
        assertThat(one.ask(sleep(TestAgent.framework(
                TestAgent.containerInfo(TestAgent.line("launch", "batch"), TestAgent.groups("dev")), "eng", "executor-7")))
                .path("ok").asBoolean()).isTrue();
        Container db = Container.launch(two, cluster.host(1), "db", List.of("prod"));
        Eventually.holds("the hosts know of each other's containers", () -> web.reachesByTcp(db) && db.reachesByTcp(web));
        Path command = Files.writeString(directory.resolve("calico-mesos"), "#!/bin/sh\n" + Build.commandEnvironment().entrySet().stream()
                .map(each -> each.getKey() + "=" + each.getValue() + " ").collect(Collectors.joining()) + Build.command() + " \"$@\"\n");
        assertThat(command.toFile().setExecutable(true)).isTrue();
        Files.writeString(directory.resolve("modules.json"), """
                {"libraries": [{"modules": [{"name": "network/calico", "parameters": [
                  {"key": "etcd_endpoints", "value": "10.0.0.1:2379"}, {"key": "enforcer", "value": "calico"}]}]}]}
                """);
        Files.writeString(directory.resolve("felix.json"), "{\"etcd_endpoints\": \"" + cluster.etcd().endpoint() + "\", \"enforcer\": \"felix\", "
                + "\"runtime_dir\": \"" + directory.resolve("run") + "\", \"state_dir\": \"" + directory.resolve("state") + "\"}");
    }

    private static ObjectNode sleep(ObjectNode line) {
        line.withArray("command").add("sleep").add("1000");
        return line;
    }

    /** Nothing is swept by itself while these tests look. */
    private static Map<String, String> parameters(Host host) {
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("networks", "{\"back\": {\"netgroups\": [\"dev\"]}, \"calico\": {}}");
        parameters.put("sweep_grace", "1hrs");
        return parameters;
    }

    @TestFactory
    Stream<DynamicTest> eachCommandDoesWhatTheDocumentSays() throws IOException {
        return DocumentedCommand.all().stream()
                .map(each -> DynamicTest.dynamicTest(each.document().getFileName() + ": " + each.line(), () -> run(each)));
    }

    @TestFactory
    Stream<DynamicTest> eachNetworkInfoIsLaunched() throws IOException {
        List<String> infos = Files.readAllLines(Build.repository().resolve("docs/launching.md")).stream()
                .map(NETWORK_INFO::matcher).filter(Matcher::matches).map(each -> each.group(1)).toList();
        assertThat(infos).hasSizeGreaterThan(5);
        return infos.stream().map(each -> DynamicTest.dynamicTest(each, () -> {
            ObjectNode line = TestAgent.ports(TestAgent.containerInfo(
                    TestAgent.line("launch", "documented"), (ObjectNode) JSON.readTree(each)), 31_000, 31_000);
            JsonNode launched = one.ask(sleep(line));
            one.destroy("documented");
            assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        }));
    }

    /** What Mesos is said to get of an app of Marathon's has its netgroups, its network's name and its labels. */
    @Test
    void whatMarathonIsGivenIsWhatMesosGets() throws IOException {
        String document = Files.readString(Build.repository().resolve("docs/launching.md"));
        List<JsonNode> apps = new ArrayList<>();
        Matcher blocks = Pattern.compile("(?m)^ {4}(\\{\"id\"(?:.|\n {4})*)(?:\n(?! {4}).*)*?\n {4}NetworkInfo (\\{.+})").matcher(document);
        while (blocks.find()) {
            JsonNode app = JSON.readTree(blocks.group(1));
            JsonNode info = JSON.readTree(blocks.group(2));
            apps.add(app);
            JsonNode network = app.has("ipAddress") ? app.path("ipAddress") : app.at("/networks/0");
            if (network.has("groups")) {
                assertThat(info.path("groups")).isEqualTo(network.path("groups"));
            }
            network.path("labels").properties().forEach(label -> assertThat(info.at("/labels/labels/0"))
                    .isEqualTo(JSON.createObjectNode().put("key", label.getKey()).put("value", label.getValue().asText())));
            if (info.has("name")) {
                assertThat(info.path("name")).isEqualTo(network.path("name"));
            }
        }
        assertThat(apps).hasSize((int) document.lines().filter(line -> line.startsWith("    {\"id\"")).count()).hasSizeGreaterThan(2);
    }

    @Test
    void whatIsNotRunIsStillThere() throws IOException {
        Set<String> gone = new TreeSet<>(NOT_RUN.keySet());
        DocumentedCommand.all().forEach(each -> gone.remove(each.line()));
        assertThat(gone).isEmpty();
    }

    private static void run(DocumentedCommand command) throws Exception {
        assumeFalse(NOT_RUN.containsKey(command.line()), NOT_RUN.get(command.line()));
        if (command.line().startsWith("calicoctl ")) {
            Optional<Path> calicoctl = Interop.program("calicoctl");
            assumeTrue(calicoctl.isPresent(), "no calicoctl: see the line of scripts/interop-build");
            if (!Files.exists(directory.resolve("calicoctl"))) {
                Files.createSymbolicLink(directory.resolve("calicoctl"), calicoctl.get());
            }
            cluster.etcd().putAll(Map.of(FELIX_CONFIGURATION, FELIX_CONFIGURATION_OF_CALICO_NODE));
        }
        if (command.document().endsWith(DocumentedCommand.LAST)) {
            plant(command.line());
        }
        ProcessBuilder program = new ProcessBuilder(cluster.host(0).inside("sh", "-c", hereAndNow(command.line()))).directory(directory.toFile());
        Map<String, String> environment = program.environment();
        environment.put("PATH", directory + ":" + environment.get("PATH"));
        environment.put("no_proxy", "*");
        environment.put("ETCDCTL_API", "3");
        environment.put("DATASTORE_TYPE", "etcdv3");
        environment.put("ETCD_ENDPOINTS", cluster.etcd().endpoint());
        environment.put("ETCDCTL_ENDPOINTS", cluster.etcd().endpoint());
        environment.put("CALICO_MESOS_CONFIG", command.document().endsWith("net-modules.md")
                ? directory.resolve("felix.json").toString() : one.log().resolveSibling("modules.json").toString());
        Command.Ended ended = Command.attempt(program);
        if (outline(command.shown().stream()).isEmpty()) {
            assertThat(ended.status()).as(ended.out()).isZero();
        } else {
            assertThat(outline(Cluster.withoutProgress(ended.out()).lines())).as(ended.out()).isEqualTo(outline(command.shown().stream()));
        }
    }

    /** The first word of each line, without its numbers, which are ages where a unit follows. */
    private static List<String> outline(Stream<String> lines) {
        return lines.filter(each -> !each.isBlank()).map(each -> each.strip().split("\\s+")[0].replaceAll("\\d+[smhd]?", "N")).toList();
    }

    /** The documents' etcd is the lab's, and their configuration the package's. */
    private static String hereAndNow(String line) {
        return line.replace("http://10.0.0.1:2379", cluster.etcd().endpoint())
                .replace("/etc/calico-mesos/config.json", Build.repository().resolve("packaging/config.json").toString());
    }

    /** Makes the trouble that a document shows, and takes away what the next one does not. */
    private static void plant(String line) throws Exception {
        switch (line) {
            case "calico-mesos ipam check" -> {
                one.kill();
                Command.run("kill", "-9", Long.toString(web.pid()));
                one.forget("web");
                Files.delete(cluster.checkpoint(cluster.host(0), "web"));
                cluster.etcd().delete("/calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-mesos-web-");
                one.start();
            }
            case "calico-mesos doctor" -> {
                Host host = cluster.host(0);
                host.run("sysctl", "-qw", "net.ipv4.ip_forward=0");
                String link = host.run("ip", "-o", "address", "show", "to", host.address()).split("\\s+")[1];
                host.run("ip", "route", "add", "198.18.201.0/24", "dev", link);
            }
            case "calico-mesos probe" -> cluster.host(0).run("sysctl", "-qw", "net.ipv4.ip_forward=1");
            default -> { }
        }
    }
}
