package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sets of the interfaces of a network's containers, seen with ip, tc and sysctl, and by what gets through. */
class LimitsIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String QOS = "qos.projectcalico.org/";
    private static final String NETWORKS = """
            {"plain": {}, "small": {"mtu": 1400}, "six": {"ip_versions": [6]}, "long": {"tx_queue_len": 500},
             "tuned": {"sysctls": {"net.core.somaxconn": 77, "net.ipv4.ip_local_port_range": "10000 20000"}},
             "wrong": {"sysctls": {"net.ipv4.ip_forward": "maybe"}}, "absent": {"sysctls": {"net.ipv4.no_such": 1}},
             "slow": {"bandwidth": {"ingress_rate": 8000000, "egress_rate": 8000000}}}
            """;

    private Cluster cluster;
    private Host host;
    private TestAgent agent;
    private final List<Process> servers = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void start() {
        cluster = new Cluster(2);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        cluster.calicoMesos("init", "--etcd-endpoints", cluster.etcd().endpoint(), "--pool", Cluster.POOL6, "--pool-name", "mesos6");
        agent = cluster.agent(host, "network/calico", parameters(host));
    }

    @AfterEach
    void stop() {
        servers.forEach(Process::destroyForcibly);
        cluster.close();
    }

    @Test
    void theMtuIsThatOfTheNetworkOrOfTheParameterOrOfTheDefaultRoutesDevice() {
        assertThat(mtusOf(Container.launchIn(agent, host, "none", in("plain")))).as("no default route").containsExactly("1500", "1500");
        host.run("ip", "link", "set", "eth0", "mtu", "1450");
        host.run("ip", "route", "add", "default", "via", "198.19.0.254");
        assertThat(mtusOf(Container.launchIn(agent, host, "route", in("plain")))).containsExactly("1450", "1450");
        assertThat(mtusOf(Container.launchIn(agent, host, "own", in("small")))).containsExactly("1400", "1400");
        host.run("ip", "link", "set", "eth0", "mtu", "1480");
        Container two = Container.launchIn(agent, host, "two", in("small"), in("plain"));
        assertThat(mtu(two.attempt("ip", "-o", "link", "show", "eth0").out())).isEqualTo("1400");
        assertThat(mtu(two.attempt("ip", "-o", "link", "show", "eth1").out())).as("as it is now").isEqualTo("1480");

        Host other = cluster.host(1);
        other.run("ip", "route", "add", "default", "via", "198.19.0.254");
        Map<String, String> parameters = parameters(other);
        parameters.put("mtu", "1380");
        TestAgent second = cluster.agent(other, "network/calico", parameters);
        assertThat(mtusOf(Container.launchIn(second, other, "set", in("plain")))).containsExactly("1380", "1380");
        assertThat(mtusOf(Container.launchIn(second, other, "both", in("small")))).containsExactly("1400", "1400");
    }

    @Test
    void anMtuThatIsTooSmallForIpv6FailsTheLaunchInOneLineAndLeavesNothing() {
        assumeTrue(Link.IPV6, "this kernel has no IPv6");
        host.run("ip", "link", "set", "eth0", "mtu", "1200");
        host.run("ip", "route", "add", "default", "via", "198.19.0.254");
        assertThat(refusal(in("six"))).isEqualTo("calico-mesos: an IPv6 address needs an MTU of at least 1280, and that of the host's default "
                + "route is 1200: set the parameter mtu, or networks.<name>.mtu");
        nothingIsLeft();
    }

    @Test
    void theQueueLengthIsThatOfTheNetworkAtBothEnds() {
        Container given = Container.launchIn(agent, host, "given", in("long"));
        assertThat(host.run("ip", "link", "show", interfaceOf("given"))).contains(" qlen 500");
        assertThat(given.attempt("ip", "link", "show", "eth0").out()).contains(" qlen 500");
        Container plain = Container.launchIn(agent, host, "plain", in("plain"));
        assertThat(plain.attempt("ip", "link", "show", "eth0").out()).as("the kernel's").contains(" qlen 1000");
    }

    @Test
    void sysctlsAreSetBeforeTheTaskRunsInItsNetworkAlone() throws IOException {
        String before = host.run("sysctl", "-n", "net.ipv4.ip_local_port_range");
        Path seen = directory.resolve("seen");
        JsonNode launched = agent.launch("a", in("tuned"), List.of(
                "sh", "-c", "sysctl -n net.core.somaxconn net.ipv4.ip_local_port_range >" + seen + ".tmp; mv " + seen + ".tmp " + seen + "; sleep 1000"));
        assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
        Eventually.holds("the task has looked", () -> Files.exists(seen));
        assertThat(Files.readString(seen)).isEqualTo("77\n10000\t20000\n");
        assertThat(host.run("sysctl", "-n", "net.ipv4.ip_local_port_range")).isEqualTo(before);
        gone("a");
    }

    @Test
    void aSysctlThatTheKernelRefusesFailsTheLaunchInOneLineAndLeavesNothing() {
        assertThat(refusal(in("wrong"))).isEqualTo("calico-mesos: networks.wrong.sysctls: writing maybe to /proc/sys/net/ipv4/ip_forward: "
                + "Invalid argument (EINVAL)");
        assertThat(refusal(in("absent"))).isEqualTo("calico-mesos: networks.absent.sysctls: writing 1 to /proc/sys/net/ipv4/no_such: "
                + "No such file or directory (ENOENT)");
        nothingIsLeft();
    }

    @Test
    void littleGetsThroughToAndFromALimitedContainer() {
        Container slow = Container.launchIn(agent, host, "slow", in("slow"));
        Container plain = Container.launchIn(agent, host, "plain", in("plain"));
        Container asked = Container.launchIn(agent, host, "asked",
                labelled(in("plain"), QOS + "ingressBandwidth", "8M", QOS + "egressBandwidth", "8M"));
        for (List<String> where : List.of(host.inside(), inside(slow), inside(plain), inside(asked))) {
            serveZeros(where);
        }
        Eventually.holds("all serve", () -> List.of(slow.address(), plain.address(), asked.address(), host.address()).stream()
                .allMatch(each -> host.attempt("socat", "-u", "/dev/null", "TCP4:" + each + ":9100,connect-timeout=1").ok()));

        List<Long> ingress = together(List.of(inside(slow), inside(asked), inside(plain)), List.of(host.address(), host.address(), host.address()));
        List<Long> egress = together(List.of(host.inside(), host.inside(), host.inside()), List.of(slow.address(), asked.address(), plain.address()));
        for (List<Long> bytes : List.of(ingress, egress)) {
            assertThat(bytes).as("slow, asked, plain: something gets through").allMatch(each -> each > 0);
            assertThat(bytes.get(2)).as("%s: the network's limit", bytes).isGreaterThan(10 * bytes.get(0));
            assertThat(bytes.get(2)).as("%s: the label's limit", bytes).isGreaterThan(10 * bytes.get(1));
        }
        gone("slow", "plain", "asked");
    }

    @Test
    void limitsAreOutOfTheContainersReachAndInItsEndpoint() {
        Container slow = Container.launchIn(agent, host, "slow", labelled(in("slow"), QOS + "egressBandwidth", "4M"));
        String hostInterface = interfaceOf("slow");
        assertThat(host.run("tc", "qdisc", "show", "dev", hostInterface)).contains("tbf", "rate 8Mbit burst 100000b");
        assertThat(host.run("tc", "qdisc", "show", "dev", egressDevice())).contains("tbf", "rate 4Mbit burst 80000b");
        assertThat(host.run("tc", "filter", "show", "dev", hostInterface, "parent", "ffff:")).contains("Redirect to device " + egressDevice());
        assertThat(slow.attempt("tc", "qdisc", "show", "dev", "eth0").out()).doesNotContain("tbf");
        assertThat(endpoint("slow")).contains("\"qosControls\":{\"ingressBandwidth\":8000000,\"ingressBurst\":800000,"
                + "\"egressBandwidth\":4000000,\"egressBurst\":640000}").doesNotContain(QOS);
        Container plain = Container.launchIn(agent, host, "plain", in("plain"));
        assertThat(endpoint("plain")).doesNotContain("qosControls");
        assertThat(plain.reachesByIcmp(host.address())).isTrue();
        gone("slow", "plain");
    }

    @Test
    void aLabelLiftsNoLimitOfTheNetwork() {
        assertThat(refusal(labelled(in("slow"), QOS + "ingressBandwidth", "10M"))).isEqualTo("calico-mesos: NetworkInfo.labels.qos.projectcalico.org/"
                + "ingressBandwidth is '10M': a number of bits per second from 1000 to 8000000 is expected, as in 10M; more is not allowed in "
                + "the network slow");
        nothingIsLeft();
    }

    @Test
    void limitsOutliveTheAgentAndGoWithTheContainer() throws IOException {
        Container.launchIn(agent, host, "slow", in("slow"));
        Container dies = Container.launchIn(agent, host, "dies", in("slow"));
        Container lost = Container.launchIn(agent, host, "lost", in("slow"));
        String hostInterface = interfaceOf("slow");
        String limits = host.run("tc", "qdisc", "show", "dev", hostInterface);
        agent.kill();
        cluster.breakCheckpoint(host, "lost");
        for (Container each : List.of(dies, lost)) {
            ProcessHandle.of(each.pid()).ifPresent(ProcessHandle::destroyForcibly);
        }
        agent.start();
        Eventually.holds("what belonged to the others has gone", () -> host.run("ip", "-o", "link", "show", "type", "ifb").lines().count() == 1);
        Eventually.holds("and in etcd", () -> cluster.etcd().under("/calico/ipam/v2/handle/").size() == 1);
        assertThat(host.run("tc", "qdisc", "show", "dev", hostInterface)).isEqualTo(limits).contains("tbf", "ingress");
        gone("slow");
    }

    @Test
    void felixFindsTheLimitsThatItWouldSet() {
        Optional<Path> felix = Interop.program("calico-felix");
        assumeTrue(felix.isPresent(), "there is no Go to build calico-felix with");
        Host other = cluster.host(1);
        Felix running = cluster.felix(felix.get(), other, Felix.Mode.NFTABLES, "Accept");
        Map<String, String> parameters = cluster.felixParameters(other);
        parameters.put("networks", NETWORKS);
        TestAgent second = cluster.agent(other, "network/calico", parameters);
        Container slow = Container.launchIn(second, other, "slow", in("slow"));
        Container again = Container.launchIn(second, other, "again", in("slow"));
        running.close();
        running.start(); // It sees to all that is there.
        for (Container each : List.of(slow, again)) {
            String hostInterface = interfaceOf(each.id());
            assertThat(other.run("tc", "qdisc", "show", "dev", hostInterface)).contains("tbf", "rate 8Mbit");
            String filters = other.run("tc", "filter", "show", "dev", hostInterface, "parent", "ffff:");
            assertThat(filters).contains("Redirect to device bwcali");
            assertThat(other.attempt("ping", "-c1", "-W1", each.address()).ok()).isTrue();
        }
        assertThat(other.run("ip", "-o", "link", "show", "type", "ifb").lines()).as("one for each, not one of ours and one of Felix's").hasSize(2);
        assertThat(second.destroy("slow").path("ok").asBoolean()).isTrue();
        assertThat(second.destroy("again").path("ok").asBoolean()).isTrue();
        assertThat(other.run("ip", "-o", "link", "show", "type", "ifb")).isEmpty();
    }

    private Map<String, String> parameters(Host host) {
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("networks", NETWORKS);
        parameters.put("sweep_interval", "2secs");
        return parameters;
    }

    private static ObjectNode in(String network) {
        return TestAgent.groups("prod").put("name", network);
    }

    private static ObjectNode labelled(ObjectNode info, String... keysAndValues) {
        for (int i = 0; i < keysAndValues.length; i += 2) {
            info.withObject("/labels").withArray("labels").addObject().put("key", keysAndValues[i]).put("value", keysAndValues[i + 1]);
        }
        return info;
    }

    private String refusal(ObjectNode info) {
        return agent.launch("refused", info, List.of("true")).path("error").asText();
    }

    private String endpoint(String id) {
        return cluster.etcd().under(ENDPOINTS).entrySet().stream().filter(each -> each.getKey().contains("mesos-" + id + "-eth0"))
                .findFirst().orElseThrow().getValue();
    }

    private String interfaceOf(String id) {
        return endpoint(id).replaceAll(".*\"interfaceName\":\"([^\"]+)\".*", "$1");
    }

    private String egressDevice() {
        return host.run("ip", "-o", "link", "show", "type", "ifb").split(": ")[1];
    }

    private List<String> mtusOf(Container container) {
        return List.of(
                mtu(container.host().run("ip", "-o", "link", "show", interfaceOf(container.id()))),
                mtu(container.attempt("ip", "-o", "link", "show", "eth0").out()));
    }

    private static String mtu(String link) {
        return link.replaceAll("(?s).* mtu (\\d+) .*", "$1");
    }

    private static List<String> inside(Container container) {
        return List.of("nsenter", "--net=/proc/" + container.pid() + "/ns/net");
    }

    /** Whoever connects to port 9100 gets zeros without end. */
    private void serveZeros(List<String> where) {
        try {
            servers.add(new ProcessBuilder(Command.join(where, "socat", "-u", "OPEN:/dev/zero", "TCP4-LISTEN:9100,fork,reuseaddr"))
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many bytes each of some gets from a server, in the same two seconds. */
    private static List<Long> together(List<List<String>> where, List<String> servers) {
        List<CompletableFuture<Long>> counts = new ArrayList<>();
        for (int i = 0; i < where.size(); i++) {
            List<String> line = Command.join(where.get(i), "sh", "-c", "timeout 2 socat -u TCP4:" + servers.get(i) + ":9100 - | wc -c");
            counts.add(CompletableFuture.supplyAsync(() -> Long.parseLong(Command.attempt(line).out())));
        }
        return counts.stream().map(CompletableFuture::join).toList();
    }

    private void gone(String... ids) {
        for (String id : ids) {
            assertThat(agent.destroy(id).path("ok").asBoolean()).isTrue();
        }
        nothingIsLeft();
    }

    private void nothingIsLeft() {
        assertThat(Remains.of(host)).doesNotContainValue(false);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
    }
}
