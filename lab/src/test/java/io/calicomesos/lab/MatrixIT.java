package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Up to twelve containers on two hosts come and go at random, in random netgroups; after each step every pair is tried by TCP,
 * UDP and ICMP, the hosts included. Whoever enforces, who reaches whom is what the netgroups say.
 *
 * <p>System properties: {@code matrix.steps}, how many ({@code scripts/soak} asks for more), and {@code matrix.seed}.
 */
class MatrixIT {
    private static final int STEPS = Integer.getInteger("matrix.steps", 12);
    private static final int MOST_CONTAINERS = 12;
    private static final int MOST_CHANGES = 4; // In a step.
    private static final int ANSWER_MS = 1_000;
    private static final List<List<String>> NETGROUPS = List.of(
            List.of(), List.of("prod"), List.of("dev"), List.of("prod", "dev"), List.of("public"), List.of("dev", "public"),
            List.of("test"), List.of("prod", "test"), List.of("Not a Calico name"));
    private static final List<int[]> FAMILIES = Link.IPV6
            ? List.of(new int[] {4}, new int[] {6}, new int[] {4, 6}, new int[] {6, 4}) : List.of(new int[] {4});

    enum Enforcer { BUILTIN, FELIX_NFTABLES, FELIX_IPTABLES }

    private final List<Container> running = new ArrayList<>();
    private final List<TestAgent> agents = new ArrayList<>();
    private Cluster cluster;

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoReachesWhomIsWhatTheNetgroupsSay(Enforcer enforcer) {
        Optional<Path> felix = enforcer == Enforcer.BUILTIN ? Optional.empty() : Interop.program("calico-felix");
        assumeTrue(enforcer != Enforcer.FELIX_NFTABLES || !Interop.OLDER, "v3.28's Felix has no nftables mode");
        assumeTrue(enforcer == Enforcer.BUILTIN || felix.isPresent(), "no Felix: see the line of scripts/interop-build");
        long seed = Long.getLong("matrix.seed", System.nanoTime());
        System.out.println("MatrixIT " + enforcer + ": -Dmatrix.seed=" + seed);
        start(enforcer, felix);

        Random random = new Random(seed);
        int launched = 0;
        List<Container> hosts = new ArrayList<>();
        for (int i = 0; i < agents.size(); i++) {
            hosts.add(Container.launch(agents.get(i), cluster.host(i), "on-" + cluster.host(i).name(), null));
        }
        for (int step = 1; step <= STEPS; step++) {
            List<String> done = new ArrayList<>();
            for (int change = 1 + random.nextInt(MOST_CHANGES); change > 0; change--) {
                if (running.isEmpty() || running.size() < MOST_CONTAINERS && random.nextInt(4) > 0) {
                    done.add("launched " + launch(random, "c" + ++launched));
                } else {
                    Container gone = running.remove(random.nextInt(running.size()));
                    assertThat(gone.agent().destroy(gone.id()).path("ok").asBoolean()).isTrue();
                    done.add("destroyed " + gone.id());
                }
            }
            List<Container> all = new ArrayList<>(hosts);
            all.addAll(running);
            compare("seed " + seed + ", step " + step + ": " + done, all);
        }
        hosts.forEach(each -> each.agent().destroy(each.id()));
        running.forEach(each -> each.agent().destroy(each.id()));
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
        if (enforcer == Enforcer.BUILTIN) {
            Eventually.holds("nothing is left", () -> !Remains.of(cluster.host(0), cluster.host(1)).containsValue(false));
        }
    }

    private void start(Enforcer enforcer, Optional<Path> felix) {
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
        cluster.calicoMesos("init", "--etcd-endpoints", cluster.etcd().endpoint(), "--pool", Cluster.POOL6, "--pool-name", "mesos6");
        for (Host host : List.of(cluster.host(0), cluster.host(1))) {
            felix.ifPresent(program -> cluster.felix(
                    program, host, enforcer == Enforcer.FELIX_NFTABLES ? Felix.Mode.NFTABLES : Felix.Mode.IPTABLES, "ACCEPT"));
            agents.add(cluster.agent(
                    host, "network/calico", felix.isPresent() ? cluster.felixParameters(host) : cluster.parameters(host)));
        }
    }

    private String launch(Random random, String id) {
        int where = random.nextInt(agents.size());
        List<String> netgroups = NETGROUPS.get(random.nextInt(NETGROUPS.size()));
        int[] families = FAMILIES.get(random.nextInt(FAMILIES.size()));
        Container container = Container.launch(agents.get(where), cluster.host(where), id, netgroups, families);
        running.add(container);
        return id + " " + netgroups + " " + container.addresses() + " on " + container.host().name();
    }

    /** What is forbidden never passes; what is allowed passes once both hosts have heard of the other's containers. */
    private static void compare(String when, List<Container> containers) {
        Set<String> expected = Matrix.expected(containers);
        Set<String> seen = new HashSet<>();
        Eventually.holds(when + ", all who may reach each other do", () -> {
            Set<String> reached = Matrix.reached(containers, ANSWER_MS);
            Set<String> forbidden = new TreeSet<>(reached);
            forbidden.removeAll(expected);
            assertThat(forbidden).as(when + ", who must not reach each other").isEmpty();
            Set<String> missing = new TreeSet<>(expected);
            missing.removeAll(reached);
            if (!missing.isEmpty() && seen.addAll(missing)) {
                System.out.println(when + ", not yet: " + missing);
            }
            return missing.isEmpty();
        });
    }
}
