package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.calicomesos.calico.Calicoctl;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.IpamConfig;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MacAddress;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.EtcdProcess;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The same content written by libcalico-go and by us: the same bytes, but for uids, times and sequence numbers. ({@code
 * InitCommandCalicoTest} has the kinds that init writes.)
 */
class LibcalicoBytesTest {
    private static final Instant NOW = Instant.parse("2026-11-23T19:25:08.147427988Z");
    private static final String POOL = "198.18.0.0/28";

    private static EtcdProcess process;
    private static Path allocator;
    private static Calicoctl calicoctl;

    @BeforeAll
    static void startEtcd() throws Exception {
        Optional<Path> program = Libcalico.program("allocator");
        assumeTrue(program.isPresent(), "libcalico-go's allocator cannot be built here");
        allocator = program.get();
        process = EtcdProcess.started();
        calicoctl = new Calicoctl(Libcalico.program("calicoctl").orElseThrow(), process);
    }

    @AfterAll
    static void stopEtcd() {
        if (process != null) {
            process.close();
        }
    }

    @BeforeEach
    void emptyEtcd() {
        process.deleteUnder("/calico/");
    }

    @Test
    void endpointsAndProfiles() throws Exception {
        Map<String, Object> ours = new TreeMap<>();
        for (String workload : List.of("11111111-aaaa-4000-8000-000000000001", "a", "a-b--c")) {
            EndpointName name = EndpointName.of(new NodeName("host-1.example"), new WorkloadName(workload), "eth0");
            Metadata metadata = Metadata.created(name.toString(), "prod", UUID.randomUUID(), NOW)
                    .withLabels(Map.of("com.example.Tier", "web", "rack", "r-1", "empty", "", "a", "b"));
            ours.put(Keys.endpoint("prod", name), WorkloadEndpoint.of(
                    metadata, name, List.of(Cidr.parse("198.18.0.3/32"), Cidr.parse("fd00:198:18::3/128")),
                    List.of(ProfileName.ofNetgroup("prod"), ProfileName.ofNetgroup("Odd name <&> \u2028")),
                    InterfaceName.of(name), MacAddress.of(name)));
        }
        Stream.concat(
                Profile.ofContainer(List.of("prod", "public", "Odd name <&> \u2028", "kns.dev", "a_b"), NOW).stream(),
                Profile.ofContainer(List.of(), NOW).stream())
                .forEach(each -> ours.put(Keys.profile(new ProfileName(each.metadata().name())), each));
        assertThat(ours).hasSize(9);
        ours.forEach((key, value) -> process.put(key, LedgerHost.json(value)));
        Map<String, String> before = calicoctl.timeless();

        String exported = calicoctl.run("", "get", "workloadendpoints", "-n", "prod", "-o", "yaml")
                + "---\n" + calicoctl.run("", "get", "profiles", "-o", "yaml");
        // As calicoctl writes what has not been there: with nothing of what it read of it.
        String anew = exported.replaceAll("(?m)^ *(uid|resourceVersion|creationTimestamp): .*\n", "");
        process.deleteUnder("/calico/");
        calicoctl.run(anew, "create", "--skip-exists", "-f", "-");
        Map<String, String> after = calicoctl.timeless();
        after.keySet().retainAll(ours.keySet());
        assertThat(after).isEqualTo(before);
    }

    @Test
    void blocksHandlesAffinitiesAndTheConfig() throws Exception {
        datastore();
        try (Libcalico libcalico = new Libcalico(allocator, process.endpoint(), "host1")) {
            libcalico.ask("assign", Libcalico.with().put("handle", "mesos.host1.a").put("v4", 2));
            libcalico.ask("assign", Libcalico.with().put("handle", "mesos.host1.b").put("v4", 1));
            libcalico.ask("assign-this", Libcalico.with().put("handle", "mesos.host1.c").put("address", "198.18.0.9"));
            // By address, as ours: by handle, libcalico-go leaves the old sequence numbers in the block.
            libcalico.ask("release-address", Libcalico.with().put("handle", "mesos.host1.a").put("address", "198.18.0.0"));
            libcalico.ask("release-address", Libcalico.with().put("handle", "mesos.host1.a").put("address", "198.18.0.1"));
            libcalico.ask("assign", Libcalico.with().put("handle", "mesos.host1.d").put("v4", 1));
        }
        Map<String, String> calicos = addresses();
        process.deleteUnder("/calico/");
        datastore();
        process.put(Keys.IPAM_CONFIG, LedgerHost.json(IpamConfig.DEFAULT));
        try (LedgerHost host = new LedgerHost(process, "host1")) {
            Launched a = LedgerHost.outcome(host.launch("a", 2));
            host.addressesOf("b");
            host.addressesOf("c", "198.18.0.9");
            LedgerHost.outcome(host.depart("a", a));
            host.addressesOf("d");
        }
        assertThat(addresses()).isEqualTo(calicos).containsKeys(
                Keys.IPAM_CONFIG, Keys.block(Cidr.parse(POOL)), Keys.affinity(new NodeName("host1"), Cidr.parse(POOL)),
                Keys.HANDLES + "mesos.host1.d").hasSize(6);
    }

    private static void datastore() {
        LedgerHost.pool(process, "one", POOL, 28); // A single block: both take it.
        process.put(Keys.NODES + "host1", LedgerHost.json(
                Node.of(Metadata.created("host1", null, UUID.randomUUID(), NOW), "198.19.0.1/24", null)));
    }

    private static Map<String, String> addresses() {
        Map<String, String> found = calicoctl.timeless();
        found.keySet().removeIf(each -> !each.startsWith("/calico/ipam/"));
        return found;
    }
}
