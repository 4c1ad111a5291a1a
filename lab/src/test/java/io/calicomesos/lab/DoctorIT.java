package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code calico-mesos doctor} says of a host on which one thing is wrong, and that it says nothing of the others. */
class DoctorIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";

    @AutoClose
    private static final Cluster cluster = new Cluster(2);
    private static final Host host = cluster.host(1);
    private static TestAgent agent;
    private static Container web;
    private static Path modules;
    private static String configured;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws IOException {
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("sweep_grace", "1hrs"); // Nothing is swept by itself while these tests look.
        agent = cluster.agent(host, "network/calico", parameters);
        web = Container.launch(agent, host, "web", List.of("prod"));
        modules = agent.log().resolveSibling("modules.json");
        configured = Files.readString(modules);
    }

    @AfterEach
    void allIsWellAgain() throws IOException {
        Files.writeString(modules, configured);
        Eventually.holds("all is well again", () -> troubles(doctor()).isEmpty());
    }

    @Test
    void ofAHostThatIsWellItHasNothingToSay() throws JsonProcessingException {
        Command.Ended ended = doctor();
        assertThat(ended.status()).as(ended.out()).isZero();
        assertThat(JSON.readTree(ended.out()).findValuesAsText("check")).containsExactly(
                "module", "isolation", "java", "mesos", "kernel", "connections", "rp_filter", "forwarding", "certificates", "etcd", "clock",
                "node", "pools", "routes", "addresses");
        Command.Ended table = cluster.attemptCalicoMesos(host, "doctor", "--config", modules.toString());
        assertThat(table.status()).isZero();
        assertThat(table.out().lines().skip(1)).hasSize(15).allMatch(each -> each.endsWith("  no trouble"));
    }

    @Test
    void withoutAConfigurationItDoesNotLook() {
        Command.Ended ended = cluster.attemptCalicoMesos(host, "doctor", "--config", directory + "/none.json");
        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.out()).contains(directory + "/none.json cannot be read: there is none");
    }

    // ---- the agent and what it loads ----

    @Test
    void anAgentThatIsNotThere() {
        agent.kill();
        try {
            found("module", "the module cannot be asked at .*calico-mesos.sock: .*. Is the agent running\\?");
        } finally {
            agent.start();
        }
    }

    @Test
    void anAgentThatNamesBothIsolators() throws IOException {
        Process other = new ProcessBuilder(host.inside(
                "sh", "-c", "sleep 1000; true", "mesos-agent", "--modules=file:///m.json", "--isolation=network/calico,network/cni"))
                .start();
        try {
            found("isolation", "the agent with process id " + other.pid() + " has --isolation=network/calico,network/cni, with which Mesos "
                    + "does not start: leave network/cni out, in whose place network/calico stands");
        } finally {
            other.descendants().forEach(ProcessHandle::destroyForcibly);
            other.destroyForcibly().onExit().join();
        }
    }

    @Test
    void aJavaThatIsTooOldOrNotThere() throws IOException {
        String javaHome = directory.resolve("jdk").toString();
        configure(module -> ((ArrayNode) module.get("parameters")).addObject().put("key", "java_home").put("value", javaHome));
        found("java", "no Java for the agent with process id \\d+: there is no " + javaHome + "/lib/server/libjvm.so \\(the parameter "
                + "java_home\\): correct that, or install a Java runtime, 17 or newer .*");
        Files.createDirectories(Path.of(javaHome, "lib/server"));
        Files.writeString(Path.of(javaHome, "lib/server/libjvm.so"), "");
        Files.writeString(Path.of(javaHome, "release"), "JAVA_VERSION=\"11.0.22\"\n");
        found("java", javaHome + " \\(the parameter java_home\\), which the agent with process id \\d+ loads, is Java 11.0.22, and the module "
                + "needs 17 or newer: install .*");
    }

    @Test
    void aLibraryThatWasBuiltForAnotherMesos() throws IOException {
        Path library = directory.resolve("libcalico_mesos.so");
        String bytes = Files.readString(Build.module(), StandardCharsets.ISO_8859_1);
        Files.writeString(library, bytes.replace("built for Mesos 1.11.0", "built for Mesos 1.10.1"), StandardCharsets.ISO_8859_1);
        ObjectNode root = (ObjectNode) JSON.readTree(configured);
        ((ObjectNode) root.at("/libraries/0")).put("file", library.toString());
        Files.writeString(modules, root.toString());
        found("mesos", library + " was built for Mesos 1.10.1, but the agent with process id \\d+ \\(.*/calico-mesos-test-agent\\) is Mesos "
                + "1.11.0, which does not start with it: install the package calico-mesos whose version ends with \\+mesos1.11.0");
    }

    // ---- the kernel ----

    @Test
    void aHostThatDoesNotForward() {
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=0");
        try {
            found("forwarding", "net.ipv4.ip_forward is 0: containers reach nobody but this host. Set it to 1 with sysctl, and look in "
                    + "/etc/sysctl.d for who switches it off");
        } finally {
            host.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        }
    }

    @Test
    void aStrictHostToWhichPacketsComeByAnotherWay() {
        String link = linkOf(host);
        Host other = cluster.host(0);
        host.run("ip", "link", "add", "elsewhere", "type", "veth", "peer", "name", "nowhere");
        host.run("ip", "link", "set", "elsewhere", "up");
        host.run("ip", "link", "set", "nowhere", "up");
        host.run("ip", "route", "add", "198.19.9.1/32", "dev", "elsewhere");
        other.run("ip", "address", "add", "198.19.9.1/32", "dev", "lo");
        String before = host.run("sysctl", "-n", "net.ipv4.conf." + link + ".rp_filter");
        host.run("sysctl", "-qw", "net.ipv4.conf." + link + ".rp_filter=1");
        try {
            assertThat(troubles(doctor())).as("strict alone does no harm").isEmpty();
            assertThat(other.attempt("ping", "-c1", "-W1", "-I", "198.19.9.1", host.address()).ok()).isFalse();
            found("rp_filter", "net.ipv4.conf.\\*.rp_filter is 1 \\(strict\\) on " + link + ", and the kernel has dropped \\d+ packets for it .*, "
                    + "correct the routes to their senders, or set net.ipv4.conf." + link + ".rp_filter to 2 \\(loose\\) with sysctl");
        } finally {
            host.run("sysctl", "-qw", "net.ipv4.conf." + link + ".rp_filter=" + before);
            host.run("ip", "link", "del", "elsewhere");
            other.run("ip", "address", "del", "198.19.9.1/32", "dev", "lo");
        }
    }

    @Test
    void aKernelWithoutAModule() throws IOException {
        Path modulesOfKernel = Files.createDirectories(directory.resolve("modules").resolve(host.run("uname", "-r").strip()));
        Files.writeString(modulesOfKernel.resolve("modules.dep"), "");
        Files.writeString(modulesOfKernel.resolve("modules.builtin"),
                Stream.of("nf_tables", "nf_conntrack", "nft_ct", "nft_chain_nat", "nft_nat", "nft_masq", "nft_fib_inet")
                        .map(each -> "kernel/net/netfilter/" + each + ".ko\n").collect(Collectors.joining()));
        found(doctorBehind(over("/usr/lib") + " && mount -t tmpfs none /sys/module"), "kernel", "the kernel .* has no module veth, neither "
                + "loaded nor built in nor in /lib/modules/.*: install the distribution's package with it .*");
    }

    @Test
    void aTableOfConnectionsThatIsNearlyFull() throws IOException {
        String setting = "/proc/sys/net/netfilter/nf_conntrack_";
        Path count = Files.writeString(directory.resolve("count"), "950\n");
        Path most = Files.writeString(directory.resolve("max"), "1000\n");
        found(doctorBehind("mount --bind " + count + " " + setting + "count && mount --bind " + most + " " + setting + "max"), "connections", "the kernel follows 950 connections of at most 1000 "
                + "\\(net.netfilter.nf_conntrack_max\\): when it is full, new ones are dropped. Raise it with sysctl");
    }

    // ---- etcd ----

    @Test
    void anEtcdThatIsAway() {
        cluster.etcd().kill();
        try {
            Map<String, List<String>> troubles = troubles(doctor());
            assertThat(troubles).containsOnlyKeys("module", "etcd");
            assertThat(troubles.get("etcd")).singleElement().asString().startsWith(cluster.etcd().endpoint() + " does not answer: ")
                    .contains("Is etcd running there, is it reached from here (`curl " + cluster.etcd().endpoint() + "/health`)");
            assertThat(troubles.get("module")).singleElement().asString()
                    .startsWith("the module gets no answer from etcd at " + cluster.etcd().endpoint() + ": ");
        } finally {
            cluster.etcd().start();
        }
    }

    @Test
    void aCertificateThatIsWrongOrNotThere() throws IOException {
        configure(module -> parameter(module, "etcd_endpoints", cluster.etcd().endpoint().replace("http:", "https:")));
        found("etcd", "https://.* does not answer: .*, and do etcd_ca_cert_file and etcd_cert_file fit\\?");
        configure(module -> {
            parameter(module, "etcd_endpoints", cluster.etcd().endpoint().replace("http:", "https:"));
            ((ArrayNode) module.get("parameters")).addObject().put("key", "etcd_ca_cert_file").put("value", directory + "/ca.pem");
        });
        found("etcd", "etcd's file " + directory + "/ca.pem cannot be read: there is none");
    }

    // ---- what etcd has ----

    @Test
    void noPoolOrADisabledOne() {
        String key = RESOURCES + "ippools/mesos";
        Map<String, String> pool = cluster.etcd().under(key);
        try {
            cluster.etcd().etcdctl("put", key, pool.get(key).replace("\"spec\":{", "\"spec\":{\"disabled\":true,"));
            found("pools", "no IPPool is in use: mesos is disabled. Enable one with calicoctl");
            cluster.etcd().etcdctl("del", key);
            assertThat(troubles(doctor()).get("pools")).singleElement().asString()
                    .isEqualTo("there is no IPPool: no container can get an address. `calico-mesos init --pool CIDR` makes one");
        } finally {
            cluster.etcd().putAll(pool);
        }
    }

    @Test
    void aPoolThatOverlapsARouteOfTheHost() {
        host.run("ip", "route", "add", "198.18.201.0/24", "dev", linkOf(host));
        try {
            found("routes", "IPPool mesos \\(198.18.0.0/16\\) overlaps 198.18.201.0/24, which is on " + linkOf(host)
                    + " of this host: give the pool another network");
            host.run("ip", "route", "change", "198.18.201.0/24", "via", "198.19.0.250", "dev", linkOf(host));
            found("routes", "IPPool mesos \\(198.18.0.0/16\\) overlaps 198.18.201.0/24, which this host reaches by 198.19.0.250 on "
                    + linkOf(host) + ": give the pool another network");
        } finally {
            host.run("ip", "route", "del", "198.18.201.0/24");
        }
    }

    @Test
    void aHostThatCalicoKnowsByAnotherName() {
        String key = RESOURCES + "nodes/" + host.name();
        Map<String, String> node = cluster.etcd().under(key);
        String other = host.name() + ".example.com";
        cluster.etcd().etcdctl("put", RESOURCES + "nodes/" + other, node.get(key).replace("\"name\":\"" + host.name() + "\"", "\"name\":\"" + other + "\""));
        cluster.etcd().etcdctl("del", key);
        try {
            assertThat(troubles(doctor()).get("node")).containsExactly("node_name is " + host.name() + ", but Node " + other + " has the "
                    + "address " + host.address() + " of this host, and there is no Node " + host.name() + ": set node_name to " + other);
        } finally {
            cluster.etcd().putAll(node);
            cluster.etcd().etcdctl("del", RESOURCES + "nodes/" + other);
        }
    }

    @Test
    void aCalicoNodeThatGoesByAnotherName() throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("calico")).resolve("nodename"), "ip-198-19-0-2");
        found(doctorBehind(over("/var/lib")), "node", "node_name is " + host.name() + ", but calico-node on this host goes by ip-198-19-0-2 "
                + "\\(/var/lib/calico/nodename\\): set node_name to that; if calico-node is gone, delete the file");
    }

    @Test
    void twoHostsWithOneName() throws IOException {
        configure(module -> parameter(module, "node_name", cluster.host(0).name()));
        assertThat(troubles(doctor()).get("node")).anySatisfy(each -> assertThat(each).isEqualTo("Node " + cluster.host(0).name()
                + " has the address " + cluster.host(0).address() + ", which no interface of this host has: if another host has that name, set "
                + "node_name to this one's own; if not, correct the Node with calicoctl"));
    }

    @Test
    void addressesThatAreLost() {
        String key = RESOURCES + "workloadendpoints/default/" + host.name() + "-mesos-web-eth0";
        Map<String, String> endpoint = cluster.etcd().under(key);
        assertThat(endpoint).hasSize(1);
        cluster.etcd().etcdctl("del", key);
        try {
            found("addresses", "1 address is held by containers without an endpoint: `calico-mesos gc --dry-run` says which, and what becomes "
                    + "of them");
        } finally {
            cluster.etcd().putAll(endpoint);
        }
        assertThat(web.addresses()).hasSize(1);
    }

    // ---- Felix ----

    @Test
    void felixThatIsNotThereAndThatCutsExecutorsOff() throws IOException {
        Path status = directory.resolve("endpoint-status");
        configure(module -> {
            parameter(module, "enforcer", "felix");
            ((ArrayNode) module.get("parameters")).addObject().put("key", "felix_status_dir").put("value", status.toString());
        });
        Map<String, List<String>> troubles = troubles(doctor());
        assertThat(troubles).containsOnlyKeys("felix", "calico-node", "executors");
        assertThat(troubles.get("felix")).singleElement().asString().startsWith("enforcer is felix, but " + status + " is missing, which "
                + "calico-node makes: run it on this host");
        assertThat(troubles.get("calico-node")).singleElement().asString()
                .startsWith("enforcer is felix, but calico-node has never said that it runs as node " + host.name());
        Files.createDirectories(status);
        cluster.etcd().etcdctl("put", "/calico/felix/v2/no-region/host/" + host.name() + "/status", "{}");
        try {
            found("executors", "executors in containers cannot reach their agent: defaultEndpointToHostAction is set neither in "
                    + "FelixConfiguration node." + host.name() + " nor in default, which means Drop, .* \\| calicoctl create -f -");
            cluster.etcd().etcdctl("put", RESOURCES + "felixconfigurations/default", "{\"kind\":\"FelixConfiguration\",\"apiVersion\":"
                    + "\"projectcalico.org/v3\",\"metadata\":{\"name\":\"default\"},\"spec\":{\"defaultEndpointToHostAction\":\"Accept\"}}");
            assertThat(troubles(doctor())).isEmpty();
        } finally {
            cluster.etcd().etcdctl("del", RESOURCES + "felixconfigurations/default");
            cluster.etcd().delete("/calico/felix/");
        }
    }

    private interface Change {
        void to(ObjectNode module);
    }

    /** In the agent's modules.json, as before its next start. */
    private static void configure(Change change) throws IOException {
        JsonNode root = JSON.readTree(configured);
        change.to((ObjectNode) root.at("/libraries/0/modules/0"));
        Files.writeString(modules, root.toString());
    }

    private static void parameter(ObjectNode module, String key, String value) {
        module.get("parameters").forEach(each -> {
            if (each.get("key").asText().equals(key)) {
                ((ObjectNode) each).put("value", value);
            }
        });
    }

    private static Command.Ended doctor() {
        return cluster.attemptCalicoMesos(host, "doctor", "--output", "json", "--config", modules.toString());
    }

    /** With other files before its eyes than the host's own. */
    private static Command.Ended doctorBehind(String mounts) {
        List<String> line = new ArrayList<>(List.of("unshare", "--mount", "bash", "-c", mounts + " && exec \"$@\"", "bash"));
        line.addAll(List.of(Cluster.calicoMesosLine("doctor", "--output", "json", "--config", modules.toString())));
        Command.Ended ended = host.attempt(line.toArray(String[]::new));
        return new Command.Ended(ended.status(), Cluster.withoutProgress(ended.out()));
    }

    /** Lays what stands in the test's directory over another. */
    private String over(String path) {
        return "mount -t overlay -o lowerdir=" + directory + ":" + path + " none " + path;
    }

    /** One trouble, by one check, and the exit status that says so. */
    private static void found(String check, String pattern) {
        found(doctor(), check, pattern);
    }

    private static void found(Command.Ended ended, String check, String pattern) {
        assertThat(ended.status()).as(ended.out()).isEqualTo(1);
        assertThat(troubles(ended)).containsOnlyKeys(check);
        assertThat(troubles(ended).get(check)).singleElement().asString().matches(pattern);
    }

    private static Map<String, List<String>> troubles(Command.Ended ended) {
        try {
            Map<String, List<String>> troubles = new TreeMap<>();
            for (JsonNode each : JSON.readTree(ended.out())) {
                List<String> lines = new ArrayList<>();
                each.get("troubles").forEach(line -> lines.add(line.asText()));
                if (!lines.isEmpty()) {
                    troubles.put(each.get("check").asText(), lines);
                }
            }
            return troubles;
        } catch (JsonProcessingException e) {
            throw new AssertionError(ended.out(), e);
        }
    }

    private static String linkOf(Host of) {
        return of.run("ip", "-o", "address", "show", "to", of.address()).split("\\s+")[1];
    }
}
