package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers of net-modules on two hosts, with Calico's own Felix: members of a netgroup reach each other, and nobody else them. */
class NetModulesFelixIT {
    private static final int ANSWER_MS = 1_000;

    @Test
    void membersOfANetgroupReachEachOtherAndOthersDoNot(@TempDir Path directory) {
        Optional<Path> felix = Interop.program("calico-felix");
        assumeTrue(felix.isPresent(), "no Felix: see the line of scripts/interop-build");
        Cluster cluster = new Cluster(2);
        NetModulesAgent[] agents = new NetModulesAgent[2];
        try {
            cluster.init(Cluster.POOL, 26);
            for (int i = 0; i < 2; i++) {
                cluster.felix(felix.get(), cluster.host(i), Felix.Mode.NFTABLES, "ACCEPT");
                agents[i] = new NetModulesAgent(cluster.host(i), directory, cluster.felixParameters(cluster.host(i)));
            }
            List<Container> containers = List.of(
                    agents[0].launch("a", List.of("prod")), agents[1].launch("b", List.of("prod", "test")),
                    agents[0].launch("c", List.of("dev")), agents[1].launch("d", List.of("public")), agents[1].launch("e", List.of()));
            Eventually.holds("who may reach each other do", () ->
                    Matrix.reached(containers, ANSWER_MS).equals(Matrix.expected(containers)));
            assertThat(Matrix.reached(containers, ANSWER_MS)).as("and nobody else").isEqualTo(Matrix.expected(containers));
            assertThat(containers.get(0).reachesByIcmp(cluster.host(0).address())).as("an executor its agent").isTrue();
            containers.forEach(each -> agents[each.host().equals(cluster.host(0)) ? 0 : 1].destroy(each));
            assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
            assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        } finally {
            for (NetModulesAgent each : agents) {
                if (each != null) {
                    each.killAll();
                }
            }
            cluster.auditAndClose();
        }
    }
}
