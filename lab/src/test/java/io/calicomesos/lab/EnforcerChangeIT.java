package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator changes {@code enforcer} while containers run, with a real Felix: none of them ever stands open. */
class EnforcerChangeIT {
    private static final int ANSWER_MS = 500;

    private Path program;
    private Cluster cluster;
    private Host host;

    @BeforeEach
    void start() {
        Optional<Path> built = Interop.program("calico-felix");
        assumeTrue(built.isPresent(), "no Felix: see the line of scripts/interop-build");
        program = built.get();
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        host = cluster.host(0);
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void fromBuiltinToFelixTheOldRulesStayUntilFelixsAreIn() {
        TestAgent agent = cluster.agent(host, "network/calico", cluster.parameters(host));
        List<Container> containers = containers(agent);
        agent.kill();
        host.run("nft", "add", "table", "inet", "calico-mesos-nat"); // Of pools with natOutgoing.
        agent = cluster.agent(host, "network/calico", cluster.felixParameters(host));
        TestAgent restarted = agent;
        Eventually.holds("it is said", () -> restarted.logged("the builtin enforcer's table inet calico-mesos stays until Felix says"));
        asTheNetgroupsSay(containers);
        assertThat(host.run("nft", "list", "tables")).contains("inet calico-mesos");

        cluster.felix(program, host, Felix.Mode.NFTABLES, "ACCEPT");
        Eventually.holds("the old table is taken away", () -> {
            asTheNetgroupsSay(containers);
            return !host.run("nft", "list", "tables").contains("inet calico-mesos");
        });
        asTheNetgroupsSay(containers);
        assertThat(host.run("ip", "route", "show", "proto", "77")).isEmpty();
        for (Container each : containers) {
            assertThat(agent.destroy(each.id()).path("ok").asBoolean()).isTrue();
        }
        Container another = Container.launch(agent, host, "another", List.of("prod"));
        assertThat(host.attempt("ping", "-c1", "-W1", another.address()).ok()).isTrue();
    }

    @Test
    void fromFelixToBuiltinFelixsRulesStayUntilTheOperatorTakesThemAway() {
        Felix felix = cluster.felix(program, host, Felix.Mode.NFTABLES, "ACCEPT");
        TestAgent agent = cluster.agent(host, "network/calico", cluster.felixParameters(host));
        List<Container> containers = containers(agent);
        agent.kill();
        felix.close();
        asTheNetgroupsSay(containers);

        TestAgent builtin = cluster.agent(host, "network/calico", cluster.parameters(host));
        Eventually.holds("the builtin enforcer is in place", () -> builtin.logged("the builtin enforcer is in place"));
        asTheNetgroupsSay(containers);
        felix.removeTables();
        asTheNetgroupsSay(containers);
        Container another = Container.launch(builtin, host, "another", List.of("prod"));
        asTheNetgroupsSay(List.of(containers.get(0), containers.get(2), another));
        assertThat(builtin.destroy("prod1").path("ok").asBoolean()).isTrue();
    }

    private List<Container> containers(TestAgent agent) {
        return List.of(
                Container.launch(agent, host, "prod1", List.of("prod")), Container.launch(agent, host, "prod2", List.of("prod")),
                Container.launch(agent, host, "dev", List.of("dev")), Container.launch(agent, host, "alone", List.of()));
    }

    private static void asTheNetgroupsSay(List<Container> containers) {
        Set<String> reached = Matrix.reached(containers, ANSWER_MS);
        assertThat(reached).isEqualTo(new TreeSet<>(Matrix.expected(containers)));
    }
}
