package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.common.net.InetAddresses;
import io.calicomesos.etcd.EtcdAccess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    private static final String ETCD = "http://10.0.0.1:2379";

    @TempDir
    private Path directory;

    @Test
    void etcdsEndpointsAreEnough() throws Exception {
        Configuration read = read("etcd_endpoints", ETCD);
        assertThat(read.etcd()).isEqualTo(EtcdAccess.open(List.of(URI.create(ETCD))));
        assertThat(read.etcdRequestTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(read.etcdLaunchTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(read.nodeName()).isEqualTo("host1.example");
        assertThat(read.runtimeDirectory()).isEqualTo(Path.of("/var/run/calico-mesos"));
        assertThat(read.stateDirectory()).isEqualTo(Path.of("/var/lib/calico-mesos"));
        assertThat(read.mtu()).isEmpty();
        assertThat(read.networks()).isEmpty();
        assertThat(read.netgroupRoles().entries()).isEmpty();
        assertThat(read.namespaceRoles().entries()).isEmpty();
        assertThat(read.verbose()).isFalse();
    }

    @Test
    void withoutCalicoNodeTheModuleEnforces() throws Exception {
        assumeFalse(Files.exists(Configuration.CALICO_NODE_NAME), "calico-node has run on this machine");
        assertThat(read("etcd_endpoints", ETCD).enforcer()).isEqualTo(EnforcerKind.BUILTIN);
    }

    @Test
    void eachParameterIsTaken() throws Exception {
        assertThat(read(
                "etcd_endpoints", "http://10.0.0.1:2379, http://[fd00::1]:2379/,http://etcd3.example:1",
                "etcd_request_timeout", "500ms", "etcd_launch_timeout", "1.5mins", "node_name", "rack1-host7", "enforcer", "felix",
                "felix_status_dir", "/run/felix", "felix_timeout", "3secs",
                "runtime_dir", "/run/cm", "state_dir", "/lib/cm", "mtu", "9000", "verbose", "true",
                "networks", "{\"web\": {\"netgroups\": [\"prod\", \"public\"], \"pools\": [\"a\"], \"ip_versions\": [6, 4], \"dns\": {\"nameservers\": "
                        + "[\"198.18.0.53\", \"fd00::53\"], \"domain\": \"a.example\", \"search\": [\"a.example\", \"example\"], "
                        + "\"options\": [\"ndots:2\"]}}, \"alone\": {}}",
                "dns", "{\"nameservers\": [\"198.18.0.54\"]}",
                "netgroups", "{\"prod\": {\"pools\": [\"a\", \"198.18.0.0/24\"], \"roles\": [\"eng\", \"eng/%\"]}, \"p*\": {\"roles\": [\"%\"]}}",
                "namespaces", "{\"team-*\": {\"roles\": [\"*\"]}, \"x\": {}}", "sweep_interval", "1hrs", "sweep_grace", "5secs", "call_timeout", "3mins",
                "metrics_address", "[fd00::1]:9000"))
                .isEqualTo(new Configuration(
                        EtcdAccess.open(List.of(
                                URI.create(ETCD), URI.create("http://[fd00::1]:2379/"), URI.create("http://etcd3.example:1"))),
                        Duration.ofMillis(500), Duration.ofSeconds(90), "rack1-host7", EnforcerKind.FELIX,
                        Optional.of(Path.of("/run/felix")), Duration.ofSeconds(3), Path.of("/run/cm"), Path.of("/lib/cm"), OptionalInt.of(9000),
                        Map.of("web", new Network("web", List.of("prod", "public"), List.of("a"), List.of(6, 4), Optional.of(
                                        new Dns(List.of("198.18.0.53", "fd00::53"), Optional.of("a.example"), List.of("a.example", "example"), List.of("ndots:2")))),
                                "alone", new Network("alone", List.of(), List.of(), List.of(4), Optional.empty())),
                        Optional.of(new Dns(List.of("198.18.0.54"), Optional.empty(), List.of(), List.of())),
                        new ByName<>(Map.of("prod", List.of("a", "198.18.0.0/24"))),
                        new ByName<>(Map.of("prod", new Roles(List.of("eng", "eng/%")), "p*", new Roles(List.of("%")))),
                        new ByName<>(Map.of("team-*", new Roles(List.of("*")))),
                        Duration.ofHours(1), Duration.ofSeconds(5), Duration.ofMinutes(3),
                        Optional.of(new InetSocketAddress(InetAddresses.forString("fd00::1"), 9000)), true));
    }

    @ParameterizedTest
    @CsvSource({"1ms,1", "250ms,250", "1.5secs,1500", "10secs,10000", "2mins,120000", "0.5hrs,1800000", "24hrs,86400000"})
    void durationsAreWrittenAsMesosWritesThem(String text, long milliseconds) throws Exception {
        assertThat(read("etcd_endpoints", ETCD, "etcd_launch_timeout", text).etcdLaunchTimeout()).hasMillis(milliseconds);
    }

    @ParameterizedTest
    @CsvSource({"576", "65535"})
    void theLeastAndTheLargestMtuAreAllowed(int mtu) throws Exception {
        assertThat(read("etcd_endpoints", ETCD, "mtu", Integer.toString(mtu)).mtu()).hasValue(mtu);
    }

    @Test
    void whatIsSetOfANetworksInterfacesIsTaken() throws Exception {
        Configuration read = read("etcd_endpoints", ETCD, "mtu", "1400", "networks", """
                {"plain": {"ip_versions": [6]},
                 "web": {"mtu": 9000, "tx_queue_len": 500,
                         "sysctls": {"net.core.somaxconn": 1024, "net.ipv4.ip_local_port_range": "10000 20000", "net/ipv4/conf/eth0.7/rp_filter": "1"},
                         "bandwidth": {"ingress_rate": 8000000, "ingress_burst": 1000000, "egress_rate": 100000000}},
                 "slow": {"bandwidth": {"egress_rate": 1000}}}
                """);
        Network web = read.networks().get("web");
        assertThat(read.mtuOf(web)).hasValue(9000);
        assertThat(read.mtuOf(read.networks().get("plain"))).hasValue(1400);
        assertThat(web.txQueueLength()).hasValue(500);
        assertThat(web.sysctls()).isEqualTo(Map.of("net.core.somaxconn", "1024", "net.ipv4.ip_local_port_range", "10000 20000",
                "net/ipv4/conf/eth0.7/rp_filter", "1"));
        assertThat(web.bandwidth()).isEqualTo(new Bandwidth(
                Optional.of(new RateLimit(8_000_000, 1_000_000)), Optional.of(new RateLimit(100_000_000, 10_000_000))));
        assertThat(read.networks().get("slow").bandwidth().egress()).as("its least burst").hasValue(new RateLimit(1000, 640_000));
        assertThat(read.networks().get("plain").bandwidth()).isEqualTo(Bandwidth.UNLIMITED);
        assertThat(read("etcd_endpoints", ETCD, "networks", "{\"a\": {}}").mtuOf(Network.UNNAMED)).isEmpty();
    }

    @Test
    void eachKeyCanStandInTheFileWithItsJsonType() throws Exception {
        String file = file("""
                {"etcd_endpoints": "http://10.0.0.1:2379", "etcd_request_timeout": "3secs", "etcd_launch_timeout": "4secs",
                 "node_name": "n", "enforcer": "builtin", "runtime_dir": "/r", "state_dir": "/s", "mtu": 1400, "verbose": true,
                 "networks": {"web": {"netgroups": ["prod"]}}, "netgroups": {"dev": {"pools": ["p"]}},
                 "namespaces": {"team-a": {"roles": ["a"]}}}
                """);
        assertThat(read("config", file)).isEqualTo(new Configuration(
                EtcdAccess.open(List.of(URI.create(ETCD))), Duration.ofSeconds(3), Duration.ofSeconds(4), "n", EnforcerKind.BUILTIN,
                Optional.empty(), Duration.ofSeconds(10), Path.of("/r"), Path.of("/s"), OptionalInt.of(1400),
                Map.of("web", new Network("web", List.of("prod"), List.of(), List.of(4), Optional.empty())), Optional.empty(),
                new ByName<>(Map.of("dev", List.of("p"))),
                new ByName<>(Map.of()), new ByName<>(Map.of("team-a", new Roles(List.of("a")))),
                Duration.ofMinutes(10), Duration.ofMinutes(1), Duration.ofMinutes(5),
                Optional.of(new InetSocketAddress(InetAddresses.forString("127.0.0.1"), 19091)), true));
    }

    @Test
    void aParameterWinsOverTheFileAndTheFileOverTheDefault() throws Exception {
        String file = file("{\"mtu\": 1400, \"node_name\": \"from-file\", \"networks\": {\"a\": {}}}");
        Configuration read = read("mtu", "9000", "config", file, "etcd_endpoints", ETCD, "networks", "{\"b\": {}}");
        assertThat(read.mtu()).hasValue(9000);
        assertThat(read.nodeName()).isEqualTo("from-file");
        assertThat(read.networks()).containsOnlyKeys("b");
        assertThat(read("etcd_endpoints", ETCD, "config", file).mtu()).hasValue(1400);
    }

    @Test
    void whatIsReadBeforeThereIsJavaIsLetPass() throws Exception {
        assertThat(read(
                "etcd_endpoints", ETCD, "java_home", "/usr/lib/jvm/x", "java_classpath", "/a", "java_library_path", "/b",
                "java_heap", "64m", "java_options", "-Xint").nodeName()).isEqualTo("host1.example");
    }

    @Test
    void theHostsNameIsMadeLowerCaseButNotAGivenOne() throws Exception {
        assertThat(Configuration.read(Map.of("etcd_endpoints", ETCD), "HOST7.Example").nodeName()).isEqualTo("host7.example");
        assertThat(Configuration.read(Map.of("etcd_endpoints", ETCD, "node_name", "Given"), "h").nodeName()).isEqualTo("Given");
    }

    private static Configuration read(String... keysAndValues) throws ConfigurationException {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            parameters.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return Configuration.read(parameters, "Host1.example");
    }

    private String file(String json) throws IOException {
        return Files.writeString(directory.resolve("calico-mesos.json"), json).toString();
    }
}
