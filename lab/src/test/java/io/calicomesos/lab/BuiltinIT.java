package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator relies on with the builtin enforcer, besides who reaches whom. */
class BuiltinIT {
    /** How many containers are launched at once; scripts/soak launches more. */
    private static final int BURST = Integer.getInteger("burst.containers", 40);

    /** How long a host does not hear from etcd; scripts/soak cuts it off for longer. */
    private static final int CUT_SECONDS = Integer.getInteger("cut.seconds", 3);

    private static final String PROFILES = "/calico/resources/v3/projectcalico.org/profiles/";
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String TABLE = "calico-mesos";

    @AutoClose
    private Cluster cluster;
    private Host host1;
    private Host host2;
    private TestAgent one;
    private TestAgent two;

    @BeforeEach
    void start() {
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 23); // A block has room for the longest burst.
        host1 = cluster.host(0);
        host2 = cluster.host(1);
        one = cluster.agent(host1, "network/calico", cluster.parameters(host1));
        two = cluster.agent(host2, "network/calico", cluster.parameters(host2));
    }

    @Test
    void whatAnOperatorForbidsInATableOfHisOwnStaysForbidden() throws Exception {
        Container a = Container.launch(one, host1, "a", List.of("prod"));
        Container b = Container.launch(one, host1, "b", List.of("prod"));
        Process server = serve(host1, 9001);
        assertThat(connects(a, host1.address(), 9001)).as("the host is reached at any port").isTrue();
        host1.run("nft", """
                add table inet operator
                add chain inet operator in { type filter hook input priority 10; }
                add rule inet operator in iifname "cali*" tcp dport 9001 drop
                add chain inet operator through { type filter hook forward priority 10; }
                add rule inet operator through ip daddr %s drop
                """.formatted(b.address()));
        assertThat(connects(a, host1.address(), 9001)).isFalse();
        assertThat(a.reachesByIcmp(host1.address())).isTrue();
        assertThat(a.reachesByTcp(b)).isFalse();
        host1.run("nft", "delete table inet operator");
        assertThat(connects(a, host1.address(), 9001)).isTrue();
        assertThat(a.reachesByTcp(b)).isTrue();
        server.destroy();
    }

    @Test
    void whatLeavesThePoolsIsMasqueradedWhereThePoolSaysSo() throws Exception {
        Container a = Container.launch(one, host1, "a", List.of("prod"));
        Container b = Container.launch(two, host2, "b", List.of("prod"));
        Process server = serve(host2, 9001);
        Eventually.holds("host2 has a route back", () -> peerSeenBy(a, host2.address(), 9001).equals(a.address()));
        setNatOutgoing("false", "true");
        Eventually.holds("host2 sees host1", () -> peerSeenBy(a, host2.address(), 9001).equals(host1.address()));
        Process inside = new ProcessBuilder("nsenter", "--net=/proc/" + b.pid() + "/ns/net",
                "socat", "TCP4-LISTEN:9002,fork,reuseaddr", "SYSTEM:echo $SOCAT_PEERADDR").start();
        Eventually.holds("a container sees a container", () -> peerSeenBy(a, b.address(), 9002).equals(a.address()));
        one.kill();
        host1.run("nft", "delete", "table", "inet", TABLE + "-nat");
        one.start();
        Eventually.holds("a new agent masquerades", () -> peerSeenBy(a, host2.address(), 9001).equals(host1.address()));
        setNatOutgoing("true", "false");
        Eventually.holds("and no longer", () -> peerSeenBy(a, host2.address(), 9001).equals(a.address()));
        assertThat(host1.run("nft", "list", "tables")).doesNotContain("nat");
        inside.destroy();
        server.destroy();
    }

    private void setNatOutgoing(String from, String to) {
        Map.Entry<String, String> pool = cluster.etcd().under("/calico/resources/v3/projectcalico.org/ippools/")
                .entrySet().iterator().next();
        String value = pool.getValue().replace(",\"natOutgoing\":" + from, "");
        cluster.etcd().etcdctl("put", pool.getKey(), value.replace("\"cidr\"", "\"natOutgoing\":" + to + ",\"cidr\"")
                .replace("\"natOutgoing\":" + from + ",", ""));
    }

    @Test
    void aProfileIsEnforcedAsItIsWrittenAndWhatIsNotUnderstoodLetsNothingIn() {
        Container target = Container.launch(one, host1, "target", List.of("prod"));
        Container ops = Container.launch(two, host2, "ops", List.of("ops"));
        Container other = Container.launch(two, host2, "other", List.of("other"));
        assertThat(ops.reachesByTcp(target)).isFalse();
        String own = "{\"action\":\"Allow\",\"source\":{\"selector\":\"has(netgroup.calico-mesos.io/prod)\"}}";
        ingress("prod", own, """
                {"action":"Allow","protocol":"TCP","source":{"selector":"has(netgroup.calico-mesos.io/ops)"},
                "destination":{"ports":[%d]}}""".formatted(Container.PORT));
        Eventually.holds("ops reaches the port", () -> ops.reachesByTcp(target));
        assertThat(ops.reachesByIcmp(target)).as("the port alone").isFalse();
        assertThat(other.reachesByTcp(target)).isFalse();

        ingress("prod", own, "{\"action\":\"Deny\",\"source\":{\"nets\":[\"%s/32\"]}}".formatted(ops.address()), "{\"action\":\"Allow\"}");
        Eventually.holds("all reach it", () -> other.reachesByTcp(target));
        assertThat(ops.reachesByTcp(target)).as("but the one").isFalse();

        ingress("prod", own, "{\"action\":\"Allow\",\"source\":{\"selector\":\"role == 'web'\"}}");
        Eventually.holds("it is said", () -> one.logged(
                "profile prod, ingress rule 2: the builtin enforcer does not know source.selector 'role == 'web''"));
        Eventually.holds("nobody else reaches it", () -> !other.reachesByTcp(target));
        Container member = Container.launch(two, host2, "member", List.of("prod"));
        Eventually.holds("its members do", () -> member.reachesByTcp(target));
    }

    private void ingress(String profile, String... rules) {
        String value = cluster.etcd().under(PROFILES + profile).get(PROFILES + profile);
        String edited = value.replaceFirst("\"ingress\":\\[.*?\\],\"egress\"",
                "\"ingress\":[" + String.join(",", rules).replace("\n", "") + "],\"egress\"");
        assertThat(edited).isNotEqualTo(value);
        cluster.etcd().etcdctl("put", PROFILES + profile, edited);
    }

    @Test
    void aLaunchChangesTheSameFewElementsAmongAThousandEndpoints() throws Exception {
        Container here = Container.launch(two, host2, "here", List.of("prod"));
        List<String> alone = changesOn(host2, "first");
        Map<String, String> endpoints = new LinkedHashMap<>();
        for (int i = 0; i < 1_000; i++) {
            String address = "198.18." + (100 + i / 250) + "." + i % 250;
            endpoints.put(ENDPOINTS + "default/far-mesos-c" + i + "-eth0", """
                    {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"far-mesos-c%d-eth0"},"spec":{\
                    "orchestrator":"mesos","node":"far","endpoint":"eth0","interfaceName":"cali%d","profiles":["prod"],\
                    "ipNetworks":["%s/32"]}}""".formatted(i, i, address));
        }
        cluster.etcd().putAll(endpoints);
        Eventually.holds("host2 has heard of them", () -> host2.run("nft", "list", "table", "inet", TABLE).contains("198.18.103.249"));
        assertThat(changesOn(host2, "second")).as("among a thousand").hasSize(alone.size());
        assertThat(alone).hasSize(1).allMatch(each -> each.contains("add element inet " + TABLE + " group-prod"));
        assertThat(here.reachesByIcmp(host2.address())).isTrue();
    }

    /** What nft monitor shows on a host while a container of the first host is launched. */
    private List<String> changesOn(Host host, String id) throws Exception {
        Path seen = Files.createTempFile("monitor", ".txt");
        Process monitor = new ProcessBuilder(host.inside("nft", "monitor")).redirectOutput(seen.toFile()).start();
        host.run("sh", "-c", "sleep 0.5; nft add table inet marker-begin");
        Container launched = Container.launch(one, host1, id, List.of("prod"));
        Eventually.holds("it is heard of", () -> host.run("nft", "list", "table", "inet", TABLE).contains(launched.address()));
        host.run("nft", "add table inet marker-end; delete table inet marker-begin; delete table inet marker-end");
        Eventually.holds("all is shown", () -> lines(seen).stream().anyMatch(each -> each.contains("delete table inet marker-end")));
        monitor.destroy();
        return lines(seen).stream().filter(each -> each.contains(" inet " + TABLE + " ")).toList();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void noForbiddenPacketPassesDuringABurstOfLaunches() throws Exception {
        Container prober = Container.launch(one, host1, "prober", List.of("dev"));
        Container first = Container.launch(one, host1, "first", List.of("prod"));
        host1.run("nft", """
                add table inet probe
                add set inet probe reached { type ipv4_addr; size 1000; flags dynamic; counter; }
                add chain inet probe through { type filter hook forward priority 10; }
                add rule inet probe through ip saddr %s udp dport 9 update @reached { ip daddr }
                """.formatted(prober.address()));
        String[] octets = first.address().split("\\.");
        int even = Integer.parseInt(octets[2]) & ~1;
        // Every address of the block, also while nobody has it: the next may be launched there at any moment.
        Process probes = new ProcessBuilder("nsenter", "--net=/proc/" + prober.pid() + "/ns/net", "bash", "-c",
                "while :; do for n in %1$d %2$d; do for i in {0..255}; do echo -n x > /dev/udp/198.18.$n.$i/9; done; done; done"
                        .formatted(even, even + 1))
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        List<CompletableFuture<JsonNode>> launches = new ArrayList<>();
        for (int i = 0; i < BURST; i++) {
            var line = TestAgent.containerInfo(TestAgent.line("launch", "burst" + i), TestAgent.groups(i % 4 == 0 ? "dev" : "prod"));
            List.of("sleep", "1000").forEach(line.withArray("command")::add);
            launches.add(one.send(line));
        }
        List<String> members = new ArrayList<>();
        List<String> intruded = new ArrayList<>();
        List<Long> pids = new ArrayList<>();
        for (CompletableFuture<JsonNode> each : launches) {
            JsonNode launched = each.get(120, TimeUnit.SECONDS);
            assertThat(launched.path("ok").asBoolean()).as(launched.toString()).isTrue();
            pids.add(launched.path("pid").asLong());
        }
        long youngest = pids.get((BURST - 1) / 4 * 4);
        Eventually.holds("the youngest member has been probed", () -> datagrams(youngest) > 0);
        probes.destroy();
        probes.waitFor();
        for (int i = 0; i < BURST; i++) {
            long heard = datagrams(pids.get(i));
            if (i % 4 == 0) {
                members.add(one.ask(TestAgent.line("status", "burst" + i)).findValue("ip_address").asText());
            } else if (heard > 0) {
                intruded.add("burst" + i + " heard " + heard);
            }
        }
        assertThat(intruded).isEmpty();
        assertThat(datagrams(first.pid())).isZero();
        // What the kernel counted behind our rules, whether it arrived or not.
        String reached = host1.run("nft", "list", "set", "inet", "probe", "reached");
        List<String> counted = Pattern.compile("(\\d+\\.\\d+\\.\\d+\\.\\d+) counter packets [1-9]").matcher(reached).results()
                .map(each -> each.group(1)).toList();
        assertThat(counted).isNotEmpty().isSubsetOf(members);
    }

    /** How many datagrams have arrived in a container; nobody listens there. */
    private static long datagrams(long pid) {
        return lines(Path.of("/proc/" + pid + "/net/snmp")).stream().filter(each -> each.matches("Udp: \\d.*"))
                .mapToLong(each -> Long.parseLong(each.split(" ")[2])).sum();
    }

    @Test
    void routesToOtherHostsThatWereTakenAwayAreMadeAgain() {
        Container a = Container.launch(one, host1, "a", List.of("prod"));
        Container b = Container.launch(two, host2, "b", List.of("prod"));
        Eventually.holds("there is a route", () -> a.reachesByTcp(b));
        String before = routes();
        assertThat(before).contains(" via " + host2.address());
        host1.run("ip", "route", "flush", "proto", "77");
        Eventually.holds("it is back after it was flushed", () -> routes().equals(before));
        String link = host1.run("ip", "-o", "route", "get", host2.address()).replaceFirst("(?s).* dev (\\S+) .*", "$1");
        host1.run("ip", "link", "set", link, "down");
        assertThat(routes()).doesNotContain(" via ");
        Eventually.holds("the kernel refuses it without the link", () -> one.logged("no route to"));
        host1.run("ip", "link", "set", link, "up");
        Eventually.holds("it is back with the link", () -> routes().equals(before));
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(b.reachesByTcp(a)).isTrue();
    }

    private String routes() {
        return host1.run("ip", "-4", "route", "show", "proto", "77");
    }

    @Test
    void whatChangesWhileAHostIsCutOffFromEtcdIsMadeUpFor() throws Exception {
        Container target = Container.launch(two, host2, "target", List.of("prod"));
        Container stays = Container.launch(one, host1, "stays", List.of("prod"));
        Container goes = Container.launch(one, host1, "goes", List.of("prod"));
        Eventually.holds("host2 hears of both", () -> stays.reachesByTcp(target) && goes.reachesByTcp(target));
        host2.run("nft", """
                add table inet cut
                add chain inet cut in { type filter hook input priority -10; }
                add rule inet cut in tcp sport 2379 drop
                """);
        assertThat(one.destroy("goes").path("ok").asBoolean()).isTrue();
        Container comes = Container.launch(one, host1, "comes", List.of("prod"));
        Container stranger = Container.launch(one, host1, "stranger", List.of("dev"));
        String revision = cluster.etcd().etcdctl("get", "x", "-w", "fields").out().replaceAll("(?s).*\"Revision\" : (\\d+).*", "$1");
        assertThat(cluster.etcd().etcdctl("compact", revision).ok()).isTrue();
        Thread.sleep(CUT_SECONDS * 1_000L);
        assertThat(stays.reachesByTcp(target)).as("what was let in stays so").isTrue();
        assertThat(comes.reachesByTcp(target)).as("host2 has not heard").isFalse();
        host2.run("nft", "delete table inet cut");
        Eventually.holds("host2 hears what it missed", () -> comes.reachesByTcp(target));
        assertThat(stranger.reachesByTcp(target)).isFalse();
        assertThat(host2.run("nft", "list", "table", "inet", TABLE)).doesNotContain(goes.address() + ",", goes.address() + " ");
    }

    private static Process serve(Host host, int port) throws IOException {
        Process server = new ProcessBuilder(host.inside(
                "socat", "TCP4-LISTEN:" + port + ",fork,reuseaddr", "SYSTEM:echo $SOCAT_PEERADDR")).start();
        Eventually.holds("it listens", () -> host.run("ss", "-Hltn", "sport", "=", ":" + port).contains(":" + port));
        return server;
    }

    private static boolean connects(Container from, String address, int port) {
        return !peerSeenBy(from, address, port).isEmpty();
    }

    /** From which address a server sees a container; empty if it cannot be reached. */
    private static String peerSeenBy(Container from, String address, int port) {
        Command.Ended ended = from.attempt("socat", "-T2", "-", "TCP4:" + address + ":" + port + ",connect-timeout=1");
        return ended.ok() ? ended.out() : "";
    }
}
