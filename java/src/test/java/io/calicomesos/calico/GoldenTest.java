package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.ipam.Block;
import io.calicomesos.ipam.Handle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What real Calico wrote is understood, and written again to the byte. */
class GoldenTest {
    @TestFactory
    Stream<DynamicTest> aValueOfCalicoIsWrittenAgainToTheByte() {
        return Golden.values().entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
            final Object value = Json.read(typeOf(entry.getKey()), entry.getKey(), entry.getValue().getBytes(StandardCharsets.UTF_8));
            assertThat(new String(Json.write(value), StandardCharsets.UTF_8)).isEqualTo(entry.getValue());
        }));
    }

    @Test
    void nothingThatWeKnowHoldsUnknownFields() {
        for (final Map.Entry<String, String> entry : Golden.values().entrySet()) {
            final Object value = Json.read(typeOf(entry.getKey()), entry.getKey(), entry.getValue().getBytes(StandardCharsets.UTF_8));
            assertThat(value.toString()).doesNotContainPattern("other=\\{[^}]");
        }
    }

    @Test
    void allKeysAreThere() {
        assertThat(Golden.values()).hasSize(19);
    }

    @Test
    void theProfileOfANetgroupIsTheOneThatCalicoMakesButForItsLabelWhichNoFrameworkCanPutOn() {
        final String golden = Golden.values().get("/calico/resources/v3/projectcalico.org/profiles/net-a");
        final Profile calicos = Json.read(Profile.class, "golden", golden.getBytes(StandardCharsets.UTF_8));
        final Profile ours = Profile.ofNetgroup("net-a", UUID.fromString(calicos.metadata().uid()),
            Instant.parse("2026-11-23T19:25:08.147427988Z"));
        assertThat(new String(Json.write(ours), StandardCharsets.UTF_8)).isEqualTo(golden
            .replace("has(net-a)", "has(netgroup.calico-mesos.io/net-a)").replace("\"net-a\":\"\"", "\"netgroup.calico-mesos.io/net-a\":\"\""));
    }

    @Test
    void anEndpointHasTheFieldsOfCalicosInItsOrder() {
        final EndpointName name = EndpointName.of(new NodeName("host1"), WorkloadName.of(List.of("44444444-cccc-4000-8000-000000000001")), "eth0");
        final Metadata metadata = Metadata.created(name.toString(), "prod", UUID.fromString("694be9a4-ee99-42e7-81b9-a07f59ce1577"),
            Instant.parse("2026-11-23T19:25:43Z")).withLabels(Map.of("com.example.Tier", "web", "rack", "r-1"));
        final WorkloadEndpoint ours = WorkloadEndpoint.of(metadata, name, List.of(Cidr.parse("198.18.119.3/32")),
            List.of(ProfileName.ofNetgroup("net-a")), new InterfaceName("calim123456789a"), new MacAddress("42:f5:80:5a:fb:d8"));
        final String golden = Golden.values().get(
            "/calico/resources/v3/projectcalico.org/workloadendpoints/prod/host1-cni-44444444--cccc--4000--8000--000000000001-eth0");
        assertThat(new String(Json.write(ours), StandardCharsets.UTF_8)).isEqualTo(golden
            .replace("host1-cni-", "host1-mesos-")
            .replace("\"projectcalico.org/orchestrator\":\"cni\"", "\"projectcalico.org/orchestrator\":\"mesos\"")
            .replace("\"orchestrator\":\"cni\",", "\"orchestrator\":\"mesos\",\"workload\":\"44444444-cccc-4000-8000-000000000001\",")
            .replace("\"containerID\":\"44444444-cccc-4000-8000-000000000001\",", "")
            .replace("cali44444444-cc", "calim123456789a"));
    }

    @Test
    void limitsAreNamedAsCalicoNamesThemAndOthersAreKept() {
        final String written = "{\"kind\":\"WorkloadEndpoint\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"a\","
            + "\"creationTimestamp\":null},\"spec\":{\"qosControls\":{\"ingressBandwidth\":8000000,\"ingressBurst\":800000,"
            + "\"egressPacketRate\":5}}}";
        final WorkloadEndpoint read = Json.read(WorkloadEndpoint.class, "a", written.getBytes(StandardCharsets.UTF_8));
        assertThat(read.spec().qosControls().ingressBandwidth()).isEqualTo(8_000_000);
        assertThat(new String(Json.write(read), StandardCharsets.UTF_8)).isEqualTo(written);
        assertThat(new String(Json.write(read.withQosControls(new WorkloadEndpoint.QosControls(null, null, 1000L, 640_000L, null))),
            StandardCharsets.UTF_8)).contains("\"qosControls\":{\"egressBandwidth\":1000,\"egressBurst\":640000}}");
    }

    static Class<?> typeOf(final String key) {
        final Key parsed = Keys.parse(key).orElseThrow();
        if (parsed instanceof Key.Block) {
            return Block.class;
        } else if (parsed instanceof Key.Handle) {
            return Handle.class;
        } else if (parsed instanceof Key.Affinity) {
            return BlockAffinity.class;
        } else if (parsed instanceof Key.Config) {
            return IpamConfig.class;
        } else if (parsed instanceof Key.Pool) {
            return IpPool.class;
        } else if (parsed instanceof Key.ProfileKey) {
            return Profile.class;
        } else if (parsed instanceof Key.NodeKey) {
            return Node.class;
        } else if (parsed instanceof Key.Endpoint) {
            return WorkloadEndpoint.class;
        } else if (parsed instanceof Key.TierKey) {
            return Tier.class;
        }
        assertThat(parsed).isInstanceOf(Key.Cluster.class);
        return ClusterInformation.class;
    }
}
