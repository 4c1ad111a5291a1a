package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysTest {
    private static final NodeName HOST = new NodeName("host1");
    private static final Cidr BLOCK = Cidr.parse("198.18.119.0/26");
    private static final Cidr BLOCK6 = Cidr.parse("fd00::40/122");

    @Test
    void keysAreCalicos() {
        assertThat(Keys.block(BLOCK)).isEqualTo("/calico/ipam/v2/assignment/ipv4/block/198.18.119.0-26");
        assertThat(Keys.block(BLOCK6)).isEqualTo("/calico/ipam/v2/assignment/ipv6/block/fd00::40-122");
        assertThat(Keys.affinity(HOST, BLOCK)).isEqualTo("/calico/ipam/v2/host/host1/ipv4/block/198.18.119.0-26");
        assertThat(Keys.handle(HandleId.of(HOST, WorkloadName.of(List.of("a"))))).isEqualTo("/calico/ipam/v2/handle/mesos.host1.a");
        assertThat(Keys.IPAM_CONFIG).isEqualTo("/calico/ipam/v2/config");
        assertThat(Keys.endpoint("prod", new EndpointName("host-1", "mesos", "w", "eth0")))
            .isEqualTo("/calico/resources/v3/projectcalico.org/workloadendpoints/prod/host--1-mesos-w-eth0");
    }

    @Test
    void eachKeyIsReadBack() {
        assertThat(Keys.parse(Keys.block(BLOCK6))).contains(new Key.Block(BLOCK6));
        assertThat(Keys.parse(Keys.affinity(HOST, BLOCK))).contains(new Key.Affinity("host1", BLOCK));
        assertThat(Keys.parse(Keys.handle(new HandleId("net-a.x")))).contains(new Key.Handle(new HandleId("net-a.x")));
        assertThat(Keys.parse(Keys.IPAM_CONFIG)).contains(new Key.Config());
        assertThat(Keys.parse(Keys.pool("p"))).contains(new Key.Pool("p"));
        assertThat(Keys.parse(Keys.reservation("r"))).contains(new Key.Reservation("r"));
        assertThat(Keys.parse(Keys.profile(ProfileName.ofNetgroup("net-a")))).contains(new Key.ProfileKey("net-a"));
        assertThat(Keys.parse(Keys.node(HOST))).contains(new Key.NodeKey("host1"));
        assertThat(Keys.parse(Keys.tier("default"))).contains(new Key.TierKey("default"));
        assertThat(Keys.parse(Keys.felixConfiguration("node.host1"))).contains(new Key.FelixKey("node.host1"));
        assertThat(Keys.parse(Keys.clusterInformation())).contains(new Key.Cluster("default"));
        final EndpointName name = new EndpointName("host-1", "mesos", "w", "eth0");
        assertThat(Keys.parse(Keys.endpoint("prod", name))).contains(new Key.Endpoint("prod", name.toString()));
    }

    @Test
    void eachGoldenKeyIsWrittenAgain() {
        for (final String key : Golden.values().keySet()) {
            final Key parsed = Keys.parse(key).orElseThrow();
            if (parsed instanceof Key.Block block) {
                assertThat(Keys.block(block.cidr())).isEqualTo(key);
            } else if (parsed instanceof Key.Affinity affinity) {
                assertThat(Keys.affinity(new NodeName(affinity.host()), affinity.cidr())).isEqualTo(key);
            } else if (parsed instanceof Key.Endpoint endpoint) {
                assertThat(Keys.endpoint(endpoint.namespace(), EndpointName.parse(endpoint.name()).orElseThrow())).isEqualTo(key);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/calico/ipam/v2/", "/calico/ipam/v2/handle/", "/calico/ipam/v2/handle/a/b", "/calico/ipam/v2/config/",
        "/calico/ipam/v2/assignment/ipv4/block/fd00::-122", "/calico/ipam/v2/assignment/ipv4/block/198.18.119.1-26",
        "/calico/ipam/v2/assignment/ipv4/block/nonsense", "/calico/ipam/v2/assignment/ipv6/block/FD00::-122",
        "/calico/ipam/v2/host//ipv4/block/198.18.119.0-26", "/calico/ipam/v2/host/h/ipv6/block/198.18.119.0-26",
        "/calico/resources/v3/projectcalico.org/ippools/", "/calico/resources/v3/projectcalico.org/ippools/a/b",
        "/calico/resources/v3/projectcalico.org/workloadendpoints/a", "/calico/resources/v3/projectcalico.org/networksets/default/x",
        "/calico/resources/v3/projectcalico.org/ippools", "/calico/felix/v2/x", "/calico/ipam/v2/assignment/ipv4/block/198.18.119.0-26/x"})
    void otherKeysAreNone(final String key) {
        assertThat(Keys.parse(key)).isEmpty();
    }
}
