package io.calicomesos.lab;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiPredicate;

/** The main job, to watch: two hosts, seven containers, who reaches whom, and that nothing is left. */
public final class Demo {
    private static final String ISOLATOR = "network/calico";
    private static final int PAIRS_AT_ONCE = 8;

    private boolean asExpected = true;

    private Demo() {}

    /**
     * Runs it.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        Demo demo = new Demo();
        demo.run();
        System.out.println(demo.asExpected ? "\nAll was as expected." : "\nNOT as expected: see above.");
        System.exit(demo.asExpected ? 0 : 1);
    }

    private void run() {
        say("Two hosts, network namespaces on one link, and an etcd on the first");
        try (Cluster cluster = new Cluster(2)) {
            show(cluster.host(0).name() + " " + cluster.host(0).address() + ", " + cluster.host(1).name() + " "
                    + cluster.host(1).address() + ", etcd at " + cluster.etcd().endpoint());

            say("calico-mesos init: a pool, the nodes, and what Calico expects");
            show(cluster.init(Cluster.POOL, 26));

            say("An agent on each host loads the module " + ISOLATOR + " from its modules.json");
            TestAgent one = cluster.agent(cluster.host(0), ISOLATOR, cluster.parameters(cluster.host(0)));
            TestAgent two = cluster.agent(cluster.host(1), ISOLATOR, cluster.parameters(cluster.host(1)));
            show("both are ready");

            say("Seven containers, each a process that answers TCP on port " + Container.PORT);
            List<Container> containers = List.of(
                    Container.launch(one, cluster.host(0), "prod-1", List.of("prod")),
                    Container.launch(two, cluster.host(1), "prod-2", List.of("prod")),
                    Container.launch(one, cluster.host(0), "dev-1", List.of("dev")),
                    Container.launch(two, cluster.host(1), "dev-2", List.of("dev")),
                    Container.launch(one, cluster.host(0), "both", List.of("prod", "dev")),
                    Container.launch(two, cluster.host(1), "public", List.of("public")),
                    Container.launch(two, cluster.host(1), "no-opt-in", null));
            for (Container each : containers) {
                show(String.format("%-10s on %s  %-15s %s", each.id(), each.host().name(), each.address(), each.groups()));
            }

            say("Who reaches whom, by TCP and by ICMP: every pair, from the row to the column");
            matrix(containers);

            say("What stands in etcd");
            cluster.etcd().under("/calico/").keySet().forEach(Demo::show);

            say("Destroying the containers");
            for (Container each : containers) {
                check("destroyed " + each.id(), each.agent().destroy(each.id()).path("ok").asBoolean());
            }

            say("What is left while the agents run");
            Map<String, String> keys = cluster.etcd().under("/calico/");
            check("no endpoint in etcd", keys.keySet().stream().noneMatch(key -> key.contains("/workloadendpoints/")));
            check("no handle in etcd", keys.keySet().stream().noneMatch(key -> key.contains("/ipam/v2/handle/")));
            check("no address allocated in a block", keys.entrySet().stream()
                    .filter(entry -> entry.getKey().contains("/assignment/"))
                    .allMatch(entry -> entry.getValue().contains("\"attributes\":[]")));
            for (Container each : containers) {
                check("no process of " + each.id(), !ProcessHandle.of(each.pid()).map(ProcessHandle::isAlive).orElse(false));
            }
            Remains.of(cluster.host(0), cluster.host(1)).forEach(this::check);

            say("The agents end in order");
            one.close();
            two.close();
            for (Host host : List.of(cluster.host(0), cluster.host(1))) {
                check("no nftables table on " + host.name(), host.run("nft", "list", "tables").isEmpty());
            }
        }
    }

    private void matrix(List<Container> containers) {
        Map<String, BiPredicate<Container, Container>> ways =
                Map.of("TCP", Container::reachesByTcp, "ICMP", Container::reachesByIcmp);
        ExecutorService executor = Executors.newFixedThreadPool(PAIRS_AT_ONCE);
        Map<String, CompletableFuture<Boolean>> found = new HashMap<>();
        ways.forEach((way, reaches) -> containers.forEach(from -> containers.forEach(to -> {
            if (from != to) {
                found.put(way + from.id() + to.id(), CompletableFuture.supplyAsync(() -> reaches.test(from, to), executor));
            }
        })));

        StringBuilder head = new StringBuilder(String.format("%-11s", ""));
        containers.forEach(to -> head.append(String.format("%-10s", to.id())));
        show(head.toString());
        List<String> wrong = new ArrayList<>();
        for (Container from : containers) {
            StringBuilder row = new StringBuilder(String.format("%-11s", from.id()));
            for (Container to : containers) {
                if (from == to) {
                    row.append(String.format("%-10s", "·"));
                    continue;
                }
                boolean expected = from.mayReach(to);
                boolean right = true;
                for (String way : List.of("TCP", "ICMP")) {
                    boolean reached = found.get(way + from.id() + to.id()).join();
                    if (reached != expected) {
                        right = false;
                        wrong.add(way + " from " + from.id() + " to " + to.id() + ": " + word(reached) + ", expected " + word(expected));
                    }
                }
                row.append(String.format("%-10s", (expected ? "yes" : "no") + (right ? " ✓" : " ✗")));
            }
            show(row.toString());
        }
        executor.shutdown();
        show("yes, no: what the netgroups say; ✓: so it was, by TCP and by ICMP");
        wrong.forEach(Demo::show);
        check((containers.size() * (containers.size() - 1)) + " pairs as the netgroups say", wrong.isEmpty());
    }

    private static String word(boolean reached) {
        return reached ? "reached" : "not reached";
    }

    private void check(String what, boolean holds) {
        show((holds ? "✓ " : "✗ ") + what);
        asExpected &= holds;
    }

    private static void say(String what) {
        System.out.println("\n== " + what);
    }

    private static void show(String text) {
        text.lines().forEach(line -> System.out.println("   " + line));
    }
}
