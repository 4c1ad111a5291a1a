package io.calicomesos.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.ipam.AuditReport;
import io.calicomesos.ipam.Finding;
import io.calicomesos.ipam.Leak;
import io.calicomesos.live.ReportClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        assertThat(new NodeCheck("h1", Optional.empty()).troubles()).singleElement().asString().startsWith("etcd has no Node h1: ");
    }

    @Test
    void aNodeWithAnAddressThatIsNotThisHosts() {
        assertThat(new NodeCheck("h1", Optional.of(node("127.0.0.1/8", Map.of()))).troubles()).isEmpty();
        assertThat(new NodeCheck("h1", Optional.of(node("198.18.255.254/24", Map.of()))).troubles()).singleElement().asString()
                .startsWith("Node h1 has the address 198.18.255.254, which no interface of this host has: ");
        assertThat(new NodeCheck("h1", Optional.of(node(null, Map.of()))).troubles()).singleElement().asString()
                .startsWith("Node h1 has no address in spec.bgp: ");
    }

    @Test
    void noPoolOrADisabledOneOrOneForOthers() {
        Optional<Node> node = Optional.of(node("127.0.0.1/8", Map.of("rack", "a")));
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
        assertThat(new RoutesCheck(List.of(pool("\"disabled\":false")), routes).troubles()).containsExactly(
                "IPPool mesos (10.1.0.0/16) overlaps 10.1.0.0/24, which is on eth1 of this host: give the pool another network");
        Files.writeString(routes, ROUTES.replaceAll("eth1.*\n", ""));
        assertThat(new RoutesCheck(List.of(pool("\"disabled\":false")), routes).troubles()).isEmpty();
        assertThat(new RoutesCheck(List.of(), Path.of("/proc/net/route")).troubles()).as("the kernel's own can be read").isEmpty();
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
        Files.writeString(directory.resolve("uptime"), "1");
        assertThat(new IsolationCheck(directory).troubles()).isEmpty();
        process("9", "mesos-agent\0--modules=file:///m\0", "PATH=/bin\0MESOS_ISOLATION=network/cni,network/calico\0");
        assertThat(new IsolationCheck(directory).troubles()).containsExactly("the agent with process id 9 has --isolation=network/cni,"
                + "network/calico: leave network/cni out, in whose place network/calico stands");
        assertThat(new IsolationCheck(Path.of("/proc")).troubles()).as("this host's can be read").isEmpty();
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

    private static Node node(String address, Map<String, String> labels) {
        return Node.of(Metadata.created("h1", null, UUID.randomUUID(), Instant.now()).withLabels(labels), address, null);
    }

    private static IpPool pool(String field) {
        return Json.read(IpPool.class, "/pool", ("{\"metadata\":{\"name\":\"mesos\"},\"spec\":{\"cidr\":\"10.1.0.0/16\"," + field + "}}")
                .getBytes(StandardCharsets.UTF_8));
    }
}
