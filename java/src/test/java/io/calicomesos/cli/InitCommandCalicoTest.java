package io.calicomesos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.calicomesos.calico.Calicoctl;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdProcess;
import io.calicomesos.ipam.Libcalico;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** {@code calico-mesos init} and the real calicoctl on an empty etcd: the same bytes. */
class InitCommandCalicoTest {
    @Test
    void whatInitMakesIsToTheByteWhatCalicoctlMakes() throws Exception {
        Optional<Path> program = Libcalico.program("calicoctl");
        assumeTrue(program.isPresent(), "calicoctl cannot be built here");
        try (EtcdProcess etcd = EtcdProcess.started()) {
            Calicoctl calicoctl = new Calicoctl(program.get(), etcd);
            calicoctl.run("""
                    apiVersion: projectcalico.org/v3
                    kind: IPPool
                    metadata: {name: mesos}
                    spec: {cidr: 198.18.0.0/16, blockSize: 27}
                    ---
                    apiVersion: projectcalico.org/v3
                    kind: IPPool
                    metadata: {name: mesos6}
                    spec: {cidr: 'fd00:198:18::/112'}
                    ---
                    apiVersion: projectcalico.org/v3
                    kind: Node
                    metadata: {name: host1}
                    spec: {bgp: {ipv4Address: 198.19.0.1/24, ipv6Address: 'fd00:198:19::1/64'}}
                    ---
                    apiVersion: projectcalico.org/v3
                    kind: Node
                    metadata: {name: host2}
                    spec: {bgp: {ipv4Address: 198.19.0.2/24}}
                    """, "create", "-f", "-");
            Map<String, String> calicos = calicoctl.timeless();
            etcd.deleteUnder("/calico/");

            String endpoint = etcd.endpoint().toString();
            assertThat(CalicoMesos.line().execute("init", "--etcd-endpoints", endpoint, "--pool", "198.18.0.0/16", "--block-size",
                    "27", "--node", "host1=198.19.0.1/24,fd00:198:19::1/64", "--node", "host2=198.19.0.2/24")).isZero();
            assertThat(CalicoMesos.line().execute(
                    "init", "--etcd-endpoints", endpoint, "--pool", "fd00:198:18::/112", "--pool-name", "mesos6")).isZero();
            Map<String, String> ours = calicoctl.timeless();
            // calicoctl leaves it to whoever gives the first address: see LibcalicoBytesTest.
            assertThat(ours.remove("/calico/ipam/v2/config")).isNotNull();
            if (Libcalico.OLDER) {
                ours.keySet().removeIf(each -> each.startsWith(Keys.TIERS));
                ours.replaceAll((key, value) -> value.replace(",\"assignmentMode\":\"Automatic\"", ""));
            }
            assertThat(ours).isEqualTo(calicos).containsKeys(
                    Keys.CLUSTER_INFORMATIONS + "default", Keys.pool("mesos"), Keys.pool("mesos6"), Keys.NODES + "host1",
                    Keys.NODES + "host2");
        }
    }
}
