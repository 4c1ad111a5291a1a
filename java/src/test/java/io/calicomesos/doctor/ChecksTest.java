package io.calicomesos.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.ipam.AuditReport;
import io.calicomesos.ipam.Finding;
import io.calicomesos.ipam.Leak;
import io.calicomesos.live.ReportClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each check but etcd's, with the fault that it is to find, and without. */
class ChecksTest {
    private static final String ROUTES = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
            + "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n" // The default.
            + "eth0\t00000A0A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n" // 10.10.0.0/16.
            + "eth1\t0000010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n" // 10.1.0.0/24.
            + "*\t0002010A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0\n" // A block.
            + "cali0123456789a\t0102010A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n"
            + "eth0\t0003010A\t02000A0A\t0003\t0\t0\t0\tC0FFFFFF\t0\t0\t0\n"; // Another host's block.

    @TempDir
    private Path directory;

    // ---- what etcd has ----

    @Test
    void aHostThatCalicoDoesNotKnow() {
        assertThat(check("h1").troubles()).singleElement().asString().startsWith("etcd has no Node h1: ")
                .contains("`calico-mesos init --node h1=ADDRESS/LENGTH`");
    }

    @Test
    void aNodeWithAnAddressThatIsNotThisHosts() {
        assertThat(check("h1", node("h1", "127.0.0.1/8", Map.of())).troubles()).isEmpty();
        assertThat(check("h1", node("h1", "198.18.255.254/24", Map.of())).troubles()).singleElement().asString()
                .startsWith("Node h1 has the address 198.18.255.254, which no interface of this host has: ").contains("set node_name to ");
        assertThat(check("h1", node("h1", null, Map.of())).troubles()).singleElement().asString()
                .startsWith("Node h1 has no address in spec.bgp: ");
    }

    @Test
    void aHostThatCalicoKnowsByAnotherName() throws IOException {
        Node other = node("h1.example.com", "127.0.0.1/8", Map.of());
        assertThat(check("h1", other, node("h2", "198.18.255.254/24", Map.of())).troubles()).containsExactly("node_name is h1, but Node "
                + "h1.example.com has the address 127.0.0.1 of this host, and there is no Node h1: set node_name to h1.example.com");
        assertThat(check("h1", node("h1", "127.0.0.1/8", Map.of()), other).troubles()).singleElement().asString()
                .startsWith("node_name is h1, but Node h1.example.com has the address 127.0.0.1 of this host: ").contains("delete that Node");
        Files.writeString(directory.resolve("nodename"), "h1.example.com\n");
        assertThat(check("h1.example.com", other).troubles()).isEmpty();
        assertThat(check("h1", node("h1", "127.0.0.1/8", Map.of())).troubles()).containsExactly("node_name is h1, but calico-node on this "
                + "host goes by h1.example.com (" + directory + "/nodename): set node_name to that; if calico-node is gone, delete the file");
    }

    private NodeCheck check(String name, Node... nodes) {
        return new NodeCheck(name, List.of(nodes), directory.resolve("nodename"));
    }

    @Test
    void noPoolOrADisabledOneOrOneForOthers() {
        Optional<Node> node = Optional.of(node("h1", "127.0.0.1/8", Map.of("rack", "a")));
        assertThat(new PoolsCheck(List.of(), node).troubles()).singleElement().asString().startsWith("there is no IPPool: ");
        assertThat(new PoolsCheck(List.of(pool("\"disabled\":true")), node).troubles())
                .containsExactly("no IPPool is in use: mesos is disabled. Enable one with calicoctl");
        assertThat(new PoolsCheck(List.of(pool("\"nodeSelector\":\"rack == 'b'\"")), node).troubles()).singleElement().asString()
                .startsWith("no IPPool selects this host: mesos has nodeSelector rack == 'b'. ");
        assertThat(new PoolsCheck(List.of(pool("\"blockSize\":8")), node).troubles()).first().asString()
                .startsWith("pool mesos is not used: blockSize 8 in 10.1.0.0/16: must be ");
        assertThat(new PoolsCheck(List.of(pool("\"nodeSelector\":\"rack == 'a'\"")), node).troubles()).isEmpty();
    }

    @Test
    void aPoolThatOverlapsANetworkOfThisHost() throws IOException {
        Path routes = Files.writeString(directory.resolve("route"), ROUTES);
        Optional<Set<InetAddress>> hosts = Optional.of(Set.of(InetAddresses.forString("10.10.0.2")));
        assertThat(new RoutesCheck(List.of(pool("\"disabled\":false")), directory, hosts).troubles()).containsExactly(
                "IPPool mesos (10.1.0.0/16) overlaps 10.1.0.0/24, which is on eth1 of this host: give the pool another network");
        Files.writeString(routes, ROUTES.replaceAll("eth1.*\n", ""));
        assertThat(new RoutesCheck(List.of(pool("\"disabled\":false")), directory, hosts).troubles()).isEmpty();
        assertThat(new RoutesCheck(List.of(), Path.of("/proc/net"), hosts).troubles()).as("the kernel's own can be read").isEmpty();
    }

    @Test
    void aPoolThatOverlapsANetworkBehindARouter() throws IOException {
        Files.writeString(directory.resolve("route"), ROUTES.replaceAll("eth1.*\n", ""));
        Optional<Set<InetAddress>> others = Optional.of(Set.of(InetAddresses.forString("10.10.0.3")));
        assertThat(new RoutesCheck(List.of(pool("\"disabled\":false")), directory, others).troubles()).containsExactly("IPPool mesos "
                + "(10.1.0.0/16) overlaps 10.1.3.0/26, which this host reaches by 10.10.0.2 on eth0: give the pool another network");
        assertThat(new RoutesCheck(List.of(pool("\"disabled\":false")), directory, Optional.empty()).troubles())
                .as("with Felix any router may lead to other hosts' blocks").isEmpty();
    }

    @Test
    void aPoolOfIpv6ThatOverlapsANetworkOfThisHost() throws IOException {
        Files.writeString(directory.resolve("route"), ROUTES.replaceAll("eth1.*\n", ""));
        String none = "00000000000000000000000000000000 00 ";
        String rest = " 00000400 00000001 00000000 00000001 ";
        Files.writeString(directory.resolve("ipv6_route"), "fd000198001800000000000000000000 40 " + none + none.substring(0, 32) + rest
                + "    eth2\n" + none + none + "fe800000000000000000000000000001" + rest + "    eth2\n");
        IpPool pool = Json.read(IpPool.class, "/pool", "{\"metadata\":{\"name\":\"six\"},\"spec\":{\"cidr\":\"fd00:198:18::/112\"}}"
                .getBytes(StandardCharsets.UTF_8));
        assertThat(new RoutesCheck(List.of(pool), directory, Optional.empty()).troubles()).containsExactly(
                "IPPool six (fd00:198:18::/112) overlaps fd00:198:18::/64, which is on eth2 of this host: give the pool another network");
    }

    @Test
    void addressesThatAreLost() {
        Finding leaked = new Finding(Finding.Kind.ADDRESS_LEAKED, "/a", "");
        Finding overlap = new Finding(Finding.Kind.BLOCKS_OVERLAP, "/b", "");
        Finding notice = new Finding(Finding.Kind.HANDLE_EMPTY, "/c", "");
        Leak leak = new Leak("mesos.h1.a", "h1", List.of(InetAddresses.forString("10.1.0.1"), InetAddresses.forString("10.1.0.2")));
        assertThat(new LostAddressesCheck(new AuditReport(1, 2, 1, 0, List.of(leaked, overlap, notice), List.of(leak))).troubles()).containsExactly(
                "2 addresses are held by containers without an endpoint: `calico-mesos gc --dry-run` says which, and what becomes of them",
                "1 contradiction among blocks, handles and endpoints: `calico-mesos ipam check` lists them");
        assertThat(new LostAddressesCheck(new AuditReport(1, 2, 1, 0, List.of(notice), List.of())).troubles()).isEmpty();
    }

    // ---- what this host has ----

    @Test
    void anAgentThatNamesBothIsolators() throws IOException {
        process("7", "mesos-agent\0--modules=file:///m\0--isolation=cgroups/cpu,network/calico\0", "");
        process("8", "grep\0--isolation=network/calico,network/cni\0", "");
        process("10", "bash\0", "MESOS_MODULES=file:///m\0MESOS_ISOLATION=network/cni,network/calico\0");
        Files.writeString(directory.resolve("uptime"), "1");
        assertThat(isolation().troubles()).isEmpty();
        process("9", "mesos-agent\0--modules=file:///m\0", "PATH=/bin\0MESOS_ISOLATION=network/cni,network/calico\0");
        assertThat(isolation().troubles()).containsExactly("the agent with process id 9 has --isolation=network/cni,network/calico, with "
                + "which Mesos does not start: leave network/cni out, in whose place network/calico stands");
        assertThat(Agent.running(Path.of("/proc"))).as("this host's can be read").isNotNull();
    }

    @Test
    void anAgentThatHasItsOptionsFromTheEnvironment() throws IOException {
        process("9", "/usr/sbin/mesos-slave\0--work_dir=/w\0", "MESOS_MODULES=file:///m\0MESOS_ISOLATION=network/cni,network/calico\0");
        assertThat(isolation().troubles()).singleElement().asString().startsWith("the agent with process id 9 has --isolation=");
    }

    @Test
    void anAgentThatDoesNotStartForItNamesBothIsolators() throws IOException {
        Path env = Files.createDirectories(directory.resolve("calico-mesos")).resolve("agent.env");
        Files.writeString(env, "# MESOS_ISOLATION=network/cni,network/calico\nMESOS_ISOLATION=filesystem/linux,network/calico\n");
        assertThat(isolation().troubles()).isEmpty();
        Files.writeString(env, "MESOS_ISOLATION=filesystem/linux,network/cni,network/calico\n");
        Path option = Files.createDirectories(directory.resolve("mesos-slave")).resolve("isolation");
        Files.writeString(option, "network/calico,network/cni\n");
        assertThat(isolation().troubles()).hasSize(2).anySatisfy(each -> assertThat(each).startsWith(env + " has --isolation=filesystem/"))
                .anySatisfy(each -> assertThat(each).startsWith(option + " has --isolation=network/calico,network/cni, with which Mesos does "));
    }

    private IsolationCheck isolation() {
        return new IsolationCheck(Agent.running(directory), directory);
    }

    @Test
    void aHostWithoutJavaOrWithOneThatIsTooOld() throws IOException {
        assertThat(java(Optional.empty()).troubles()).singleElement().asString().startsWith("no Java for an agent that is started here: "
                + "there is no " + directory + "/usr/lib/jvm/default-java/lib/server/libjvm.so (the distribution's default), no ")
                .endsWith("install a Java runtime, 17 or newer (Debian: openjdk-17-jre-headless), or set java_home in modules.json");
        jdk(directory.resolve("usr/lib/jvm/default-java"), "17.0.15");
        assertThat(java(Optional.empty()).troubles()).isEmpty();
        jdk(directory.resolve("usr/lib/jvm/default-java"), "11.0.2");
        assertThat(java(Optional.empty()).troubles()).singleElement().asString().startsWith(directory + "/usr/lib/jvm/default-java (the "
                + "distribution's default), which an agent that is started here loads, is Java 11.0.2, and the module needs 17 or newer: ");
    }

    @Test
    void aJavaHomeThatIsNoneOrTooOld() throws IOException {
        jdk(directory.resolve("usr/lib/jvm/default-java"), "17.0.15");
        Path named = directory.resolve("jdk8");
        assertThat(java(Optional.of(named.toString())).troubles()).singleElement().asString().startsWith("no Java for an agent that is started "
                + "here: there is no " + named + "/lib/server/libjvm.so (the parameter java_home): correct that, or install ");
        Files.createDirectories(named);
        Files.writeString(named.resolve("release"), "JAVA_VERSION=\"1.8.0_412\"\n"); // Its library is in another place.
        assertThat(java(Optional.of(named.toString())).troubles()).singleElement().asString()
                .startsWith(named + " (the parameter java_home), which an agent that is started here loads, is Java 1.8.0_412, ");
        jdk(named, "21");
        assertThat(java(Optional.of(named.toString())).troubles()).isEmpty();
        assertThat(new JavaCheck(List.of(loading(Optional.empty(), Optional.of("/nowhere"))), directory).troubles()).singleElement()
                .asString().contains("/nowhere/lib/server/libjvm.so (the agent's environment variable JAVA_HOME)");
    }

    @Test
    void thisHostsJavaIsNewEnough() {
        assertThat(new JavaCheck(List.of(loading(Optional.of(System.getProperty("java.home")), Optional.empty())), Path.of("/")).troubles())
                .isEmpty();
    }

    private JavaCheck java(Optional<String> parameter) {
        return new JavaCheck(List.of(loading(parameter, Optional.empty())), directory);
    }

    private Loading loading(Optional<String> javaHome, Optional<String> variable) {
        return new Loading("an agent that is started here", Optional.empty(), directory.resolve("lib.so"), javaHome, variable);
    }

    private static void jdk(Path home, String version) throws IOException {
        Files.createDirectories(home.resolve("lib/server"));
        Files.writeString(home.resolve("lib/server/libjvm.so"), "");
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=\"" + version + "\"\nJAVA_VERSION_DATE=\"2025\"\n");
    }

    @Test
    void aLibraryThatWasBuiltForAnotherMesos() throws IOException {
        Path library = directory.resolve("libcalico_mesos.so");
        Path agent = directory.resolve("mesos-agent");
        MesosVersionCheck check = new MesosVersionCheck(
                List.of(new Loading("an agent that is started here", Optional.of(agent), library, Optional.empty(), Optional.empty())));
        assertThat(check.troubles()).containsExactly(library + ", which an agent that is started here loads, is missing: install the package "
                + "calico-mesos, or correct the library's file in modules.json");
        Files.write(library, "\177ELF\0, built for Mesos 1.11.0\0\377".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(check.troubles()).as("without an agent").isEmpty();
        Files.writeString(agent, "#!/bin/sh\n[ \"$1\" = --version ] && echo mesos 1.11.0");
        assertThat(agent.toFile().setExecutable(true)).isTrue();
        assertThat(check.troubles()).isEmpty();
        Files.writeString(agent, "#!/bin/sh\n[ \"$1\" = --version ] && echo mesos 1.10.1");
        assertThat(check.troubles()).containsExactly(library + " was built for Mesos 1.11.0, but an agent that is started here (" + agent
                + ") is Mesos 1.10.1, which does not start with it: install the package calico-mesos whose version ends with +mesos1.10.1");
    }

    @Test
    void aKernelWithoutAModule() throws IOException {
        setting("proc/sys/kernel/osrelease", "6.1.0-9");
        KernelModulesCheck check = new KernelModulesCheck(Set.of("veth", "nf_tables", "nf_conntrack", "nft_ct"), directory);
        assertThat(check.troubles()).as("where nothing is known of what is built in").isEmpty();
        setting("lib/modules/6.1.0-9/modules.builtin", "kernel/drivers/net/veth.ko");
        setting("lib/modules/6.1.0-9/modules.dep", "kernel/net/netfilter/nf_tables.ko.xz: kernel/lib/x.ko.xz\nkernel/net/nf-conntrack.ko:");
        assertThat(check.troubles()).singleElement().asString().startsWith("the kernel 6.1.0-9 has no module nft_ct, neither loaded nor "
                + "built in nor in " + directory + "/lib/modules/6.1.0-9: install ");
        Files.createDirectories(directory.resolve("sys/module/nft_ct"));
        assertThat(check.troubles()).isEmpty();
    }

    @Test
    void aStrictHostThatDropsPackets() throws IOException {
        setting("net/ipv4/conf/all/rp_filter", "0");
        setting("net/ipv4/conf/default/rp_filter", "1");
        setting("net/ipv4/conf/cali0123456789a/rp_filter", "1");
        setting("net/ipv4/conf/eth0/rp_filter", "1");
        setting("net/ipv4/conf/eth1/rp_filter", "2");
        setting("netstat", "TcpExt: SyncookiesSent IPReversePathFilter TCPFoo\nTcpExt: 1 0 3\nIpExt: A\nIpExt: 1");
        ReversePathCheck check = new ReversePathCheck(new ProcSys(directory), directory.resolve("netstat"));
        assertThat(check.troubles()).isEmpty();
        setting("netstat", "TcpExt: SyncookiesSent IPReversePathFilter TCPFoo\nTcpExt: 1 7 3\nIpExt: A\nIpExt: 1");
        assertThat(check.troubles()).singleElement().asString().startsWith("net.ipv4.conf.*.rp_filter is 1 (strict) on eth0, and the kernel "
                + "has dropped 7 packets for it since it started: ").endsWith("set net.ipv4.conf.eth0.rp_filter to 2 (loose) with sysctl");
        setting("net/ipv4/conf/all/rp_filter", "2");
        assertThat(check.troubles()).as("the larger counts").isEmpty();
    }

    @Test
    void aHostThatDoesNotForward() throws IOException {
        assertThat(new ForwardingCheck(new ProcSys(directory)).troubles()).isEmpty();
        setting("net/ipv4/ip_forward", "0");
        assertThat(new ForwardingCheck(new ProcSys(directory)).troubles()).singleElement().asString().startsWith("net.ipv4.ip_forward is 0: ");
        setting("net/ipv4/ip_forward", "1");
        assertThat(new ForwardingCheck(new ProcSys(directory)).troubles()).isEmpty();
    }

    @Test
    void aTableOfConnectionsThatIsNearlyFull() throws IOException {
        assertThat(new ConnectionsCheck(new ProcSys(directory)).troubles()).as("without the kernel's module").isEmpty();
        setting("net/netfilter/nf_conntrack_max", "1000");
        setting("net/netfilter/nf_conntrack_count", "899");
        assertThat(new ConnectionsCheck(new ProcSys(directory)).troubles()).isEmpty();
        setting("net/netfilter/nf_conntrack_count", "900");
        assertThat(new ConnectionsCheck(new ProcSys(directory)).troubles()).singleElement().asString()
                .startsWith("the kernel follows 900 connections of at most 1000 ");
    }

    @Test
    void aNumberOfTheKernelIsReadToItsEnd() {
        assertThat(new ProcSys(Path.of("/proc/sys")).read("kernel/pid_max").map(Long::parseLong).orElseThrow()).isGreaterThan(100);
    }

    @Test
    void felixWithoutCalicoNode() {
        assertThat(new FelixCheck(directory).troubles()).isEmpty();
        assertThat(new FelixCheck(directory.resolve("endpoint-status")).troubles()).singleElement().asString()
                .startsWith("enforcer is felix, but " + directory + "/endpoint-status is missing");
    }

    @Test
    void felixThatIsNotThere() {
        assertThat(new FelixStatusCheck("h1", Set.of("/calico/felix/v2/no-region/host/h10/status"), Map.of()).troubles()).singleElement()
                .asString().startsWith("enforcer is felix, but calico-node has never said that it runs as node h1 (etcd has no "
                        + "/calico/felix/v2/no-region/host/h1/status): ").endsWith("; or set enforcer to builtin");
        Set<String> died = Set.of("/calico/felix/v2/no-region/host/h1/last_reported_status");
        assertThat(new FelixStatusCheck("h1", died, Map.of()).troubles()).singleElement().asString()
                .startsWith("enforcer is felix, but calico-node has said nothing of itself for 90 s as node h1 ");
        assertThat(new FelixStatusCheck("h1", Set.of("/calico/felix/v2/no-region/host/h1/status"), Map.of()).troubles()).isEmpty();
        assertThat(new FelixStatusCheck("h1", died, Map.of("default", felix("\"reportingInterval\":\"0s\""))).troubles())
                .as("where it says nothing by order").isEmpty();
    }

    @Test
    void felixThatCutsExecutorsOff() {
        assertThat(new ExecutorsCheck("h1", Map.of("default", felix("\"defaultEndpointToHostAction\":\"Accept\""))).troubles()).isEmpty();
        assertThat(new ExecutorsCheck("h1", Map.of()).troubles()).singleElement().asString().startsWith("executors in containers cannot reach "
                + "their agent: defaultEndpointToHostAction is set neither in FelixConfiguration node.h1 nor in default, ").endsWith("calicoctl create -f -");
        assertThat(new ExecutorsCheck("h1", Map.of("node.h1", felix("\"defaultEndpointToHostAction\":\"Drop\""))).troubles())
                .singleElement().asString().contains("is Drop in FelixConfiguration node.h1", "calicoctl patch felixconfiguration node.h1 ");
    }

    private static FelixConfiguration felix(String field) {
        return Json.read(FelixConfiguration.class, "/felix", ("{\"spec\":{" + field + "}}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aHostWithoutAModule() {
        assertThat(new ModuleCheck(new ReportClient(directory)).troubles()).singleElement().asString()
                .startsWith("no module runs here: " + directory + "/calico-mesos.sock is missing");
    }

    private void process(String id, String arguments, String environment) throws IOException {
        Path process = Files.createDirectory(directory.resolve(id));
        Files.writeString(process.resolve("cmdline"), arguments);
        Files.writeString(process.resolve("environ"), environment);
    }

    private void setting(String name, String value) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, value + "\n");
    }

    private static Node node(String name, String address, Map<String, String> labels) {
        return Node.of(Metadata.created(name, null, UUID.randomUUID(), Instant.now()).withLabels(labels), address, null);
    }

    private static IpPool pool(String field) {
        return Json.read(IpPool.class, "/pool", ("{\"metadata\":{\"name\":\"mesos\"},\"spec\":{\"cidr\":\"10.1.0.0/16\"," + field + "}}")
                .getBytes(StandardCharsets.UTF_8));
    }
}
