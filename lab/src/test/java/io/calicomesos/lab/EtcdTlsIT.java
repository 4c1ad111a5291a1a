package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd with TLS that asks who everybody is, with the roles that docs/etcd.md names and no other. */
class EtcdTlsIT {
    private static final List<String> SLEEP = List.of("sleep", "1000");
    private static final String ROOT = "root:roots-own";
    private static final String AGENT_PASSWORD = "agents-secret-7f3a";
    private static final String INIT_PASSWORD = "inits-secret-91c2";

    @TempDir
    private Path directory;
    private Certificates certificates;
    private Certificates.Identity client;
    @AutoClose
    private Cluster cluster;

    @BeforeEach
    void start() throws Exception {
        certificates = new Certificates(directory);
        Host first = new Host("host1", "", "198.19.0.1", ""); // As the cluster will call it.
        Certificates.Identity member = certificates.member(first);
        client = certificates.client("any-client");
        cluster = new Cluster(1, 1, List.of(
                "--cert-file=" + member.certificate(), "--key-file=" + member.key(), "--trusted-ca-file=" + certificates.ca(),
                "--client-cert-auth", "--bcrypt-cost=4")); // A password is checked in no time.
        runTheLinesOfTheDocs();
        addUser("agent", AGENT_PASSWORD, "calico-mesos");
        addUser("init", INIT_PASSWORD, "calico-mesos-init");
        addUser("root", "roots-own", "root");
        etcdctl("auth", "enable");
        cluster.etcd().as(ROOT);
        cluster.calicoMesos(with("init", "init", "--pool", Cluster.POOL, "--node", "host1=198.19.0.1/24"));
    }

    private void runTheLinesOfTheDocs() throws IOException {
        List<String> lines = Files.readAllLines(Build.repository().resolve("docs/etcd.md")).stream()
                .filter(each -> each.startsWith("    $ etcdctl role ")).map(each -> each.strip().substring(2)).toList();
        assertThat(lines).hasSizeGreaterThan(10);
        lines.forEach(each -> etcdctl(each.substring("etcdctl ".length()).split(" ")));
    }

    private void addUser(String name, String password, String role) {
        etcdctl("user", "add", name + ":" + password);
        etcdctl("user", "grant-role", name, role);
    }

    private void etcdctl(String... line) {
        Command.Ended ended = cluster.etcd().etcdctl(line);
        assertThat(ended.ok()).as("%s", ended).isTrue();
    }

    /** The arguments of calico-mesos with the options that lead to etcd. */
    private String[] with(String user, String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        access(user).forEach((key, value) -> line.addAll(List.of("--" + key.replace('_', '-'), value)));
        return line.toArray(String[]::new);
    }

    private Map<String, String> access(String user) {
        try {
            Path password = Certificates.writeSecret(directory.resolve(user), user.equals("init") ? INIT_PASSWORD : AGENT_PASSWORD);
            return Map.of(
                    "etcd_endpoints", cluster.etcd().tlsEndpoint(), "etcd_ca_cert_file", directory.resolve("ca.pem").toString(),
                    "etcd_cert_file", client.certificate().toString(), "etcd_key_file", client.key().toString(),
                    "etcd_username", user, "etcd_password_file", password.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TestAgent agent(String... more) {
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.putAll(access("agent"));
        parameters.put("etcd_request_timeout", "5secs");
        parameters.put("etcd_launch_timeout", "20secs");
        parameters.put("sweep_interval", "1secs");
        parameters.put("verbose", "true");
        for (int i = 0; i < more.length; i += 2) {
            parameters.put(more[i], more[i + 1]);
        }
        return cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void theRoleOfTheDocsSufficesForAllThatAnAgentDoes() throws Exception {
        TestAgent agent = agent();
        Container one = Container.launch(agent, cluster.host(0), "one", List.of("prod"));
        Container two = Container.launch(agent, cluster.host(0), "two", List.of("prod"));
        Container other = Container.launch(agent, cluster.host(0), "other", List.of("dev"));
        assertThat(one.reachesByTcp(two)).isTrue();
        assertThat(one.reachesByTcp(other)).isFalse();
        assertThat(agent.destroy("other").path("ok").asBoolean()).isTrue();
        String modules = agent.log().resolveSibling("modules.json").toString();
        assertThat(cluster.calicoMesos("status", "--config", modules)).contains(cluster.etcd().tlsEndpoint() + " answers");
        assertThat(cluster.calicoMesos("netgroups", "--config", modules)).contains("one", "two");
        assertThat(cluster.calicoMesos("explain", "one", "two", "--config", modules)).startsWith("allowed: ");
        assertThat(cluster.calicoMesos("ipam", "show", "--config", modules)).contains(Cluster.POOL);
        assertThat(cluster.calicoMesos("gc", "--config", modules)).isEqualTo("nothing is lost");
        cluster.calicoMesos(with("agent", "ipam", "check"));

        agent.kill();
        cluster.forgetRuntime(cluster.host(0)); // As after a reboot: what they held is left over.
        agent.start();
        Eventually.holds("the sweep gives back what is left over", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty()
                && cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/").isEmpty());
        Eventually.holds("the sweep of profiles deletes the unused",
                () -> cluster.etcd().under("/calico/resources/v3/projectcalico.org/profiles/").isEmpty());
        assertThat(agent.logged("permission denied")).isFalse();
        cluster.calicoMesos(with("agent", "ipam", "check"));
    }

    @Test
    void theRolesSufficeForNothingElse() {
        String agent = "agent:" + AGENT_PASSWORD;
        String v3 = "/calico/resources/v3/projectcalico.org/";
        for (String each : List.of("/calico/ipam/v2/config", v3 + "ippools/x", v3 + "nodes/x", v3 + "tiers/x", "/other", "/calico/x")) {
            assertDenied(agent, "put", each, "v");
            assertDenied(agent, "del", each);
        }
        for (String each : List.of("/", "/calico/", v3, v3 + "networkpolicies/")) {
            assertDenied(agent, "get", "--prefix", each);
        }
        assertDenied("init:" + INIT_PASSWORD, "put", v3 + "profiles/x", "v");
        assertDenied("init:" + INIT_PASSWORD, "get", "--prefix", "/calico/ipam/v2/assignment/");
        assertThat(cluster.etcd().etcdctlAs(agent, "get", "--prefix", "/calico/ipam/v2/assignment/").ok()).as("that one is allowed").isTrue();
    }

    private void assertDenied(String user, String... line) {
        assertThat(cluster.etcd().etcdctlAs(user, line).out()).as("%s", List.of(line)).contains("permission denied");
    }

    @Test
    void aCertificateThatExpiresIsReplacedUnderARunningAgent() throws Exception {
        TestAgent agent = agent("etcd_request_timeout", "1secs", "etcd_launch_timeout", "3secs");
        assertThat(agent.launch("before", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        replaceBy(certificates.expiredClient("expired"));
        cluster.etcd().kill(); // A connection lasts longer than the certificate that it was made with.
        cluster.etcd().start();
        JsonNode refused = agent.launch("meanwhile", TestAgent.groups("prod"), SLEEP);
        assertThat(refused.path("error").asText()).contains(cluster.etcd().tlsEndpoint());
        assertThat(Files.readString(agent.log())).contains("etcd's certificate file " + client.certificate() + " is valid from ");

        replaceBy(certificates.client("renewed"));
        Eventually.holds("launches work", () -> agent.launch("after", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean());
        for (String each : List.of("before", "after")) {
            assertThat(agent.destroy(each).path("ok").asBoolean()).isTrue();
        }
        Eventually.holds("all is given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
    }

    private void replaceBy(Certificates.Identity other) throws IOException {
        Files.move(other.certificate(), client.certificate(), StandardCopyOption.REPLACE_EXISTING);
        Files.move(other.key(), client.key(), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void noSecretIsInALogAnErrorACommandLineOrAnyFileOfOurs() throws Exception {
        Path crash = directory.resolve("crash.log");
        TestAgent agent = agent("java_options", "-XX:ErrorFile=" + crash);
        assertThat(agent.launch("one", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        etcdctl("user", "passwd", "agent", "--interactive=false"); // An empty one: from now on ours is wrong.
        JsonNode refused = agent.launch("two", TestAgent.groups("prod"), SLEEP);
        assertThat(refused.path("error").asText()).contains("authentication failed, invalid user ID or password");
        assertNoSecret("the error", refused.toString());
        assertThat(agent.logged("a sweep failed")).as("more than that it waits").isFalse();
        Path process = Path.of("/proc", Long.toString(agent.process().pid()));
        assertNoSecret("the command line", Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1));
        assertNoSecret("the environment", Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1));

        Command.run("kill", "-SEGV", Long.toString(agent.process().pid()));
        assertThat(agent.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertNoSecret("the crash file", Files.readString(crash, StandardCharsets.ISO_8859_1));
        assertThat(Files.readString(agent.log())).contains("calico-mesos: ");
        try (Stream<Path> files = Files.walk(agent.log().getParent().getParent())) { // All that the cluster has, logs and checkpoints.
            for (Path each : files.filter(file -> Files.isRegularFile(file) && !file.toString().matches(".*(-etcd|/netns)/.*")).toList()) {
                assertNoSecret(each.toString(), Files.readString(each, StandardCharsets.ISO_8859_1));
            }
        }
    }

    private void assertNoSecret(String what, String text) throws IOException {
        String key = Files.readAllLines(client.key()).get(1);
        assertThat(text.contains(AGENT_PASSWORD)).as("the password in %s", what).isFalse();
        assertThat(text.contains(key.substring(8, 40))).as("the key in %s", what).isFalse();
    }
}
