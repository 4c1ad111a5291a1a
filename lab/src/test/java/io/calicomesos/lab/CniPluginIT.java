package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Another runtime, with Calico's own CNI plug-in, on our hosts: same pool, same netgroups, same Felix, at the same time. */
class CniPluginIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String PROFILES = "/calico/resources/v3/projectcalico.org/profiles/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";
    private static final int ANSWER_MS = 1_000;
    private static final int ROUNDS = 4;

    private static final List<TestAgent> AGENTS = new ArrayList<>();
    private static final List<CniPlugin> PLUGINS = new ArrayList<>();
    private static Cluster cluster;
    private static Host host;

    @BeforeAll
    static void start() {
        Optional<Path> felix = Interop.program("calico-felix");
        assumeTrue(felix.isPresent(), "no Felix: see the line of scripts/interop-build");
        Path plugin = Interop.program("calico").orElseThrow();
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 29); // Small blocks, of which both claim many.
        host = cluster.host(0);
        for (Host each : List.of(host, cluster.host(1))) {
            // The plug-in's containers ask by ARP for 169.254.1.1, and a host answers only for what it has a route to.
            each.run("ip", "route", "add", "default", "dev", "eth0");
            cluster.felix(felix.get(), each, Felix.Mode.NFTABLES, "ACCEPT");
            Map<String, String> parameters = cluster.felixParameters(each);
            parameters.put("sweep_interval", "300ms");
            parameters.put("sweep_grace", "300ms");
            AGENTS.add(cluster.agent(each, "network/calico", parameters));
            PLUGINS.add(cluster.cniPlugin(plugin, each));
        }
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.auditAndClose();
        }
    }

    @Test
    void containersOfBothReachEachOtherAsTheProfilesSay() {
        List<Container> all = List.of(
                PLUGINS.get(0).add("11111111-aaaa", "theirs"), // Whoever is first makes the profile.
                Container.launch(AGENTS.get(0), host, "a", List.of("ours")),
                Container.launch(AGENTS.get(0), host, "b", List.of("theirs")),
                Container.launch(AGENTS.get(1), cluster.host(1), "c", List.of("ours", "theirs")),
                PLUGINS.get(0).add("22222222-aaaa", "ours"),
                PLUGINS.get(1).add("33333333-aaaa", "ours"),
                PLUGINS.get(1).add("44444444-aaaa", "elsewhere"));
        Set<String> expected = Matrix.expected(all);
        assertThat(expected).contains("b to 11111111-aaaa: tcp " + all.get(0).address(), "22222222-aaaa to c: udp " + all.get(3).address())
                .noneMatch(each -> each.contains("44444444"));
        Eventually.holds("who reaches whom is what the profiles say", () -> Matrix.reached(all, ANSWER_MS).equals(expected));
        end(all);
    }

    @Test
    void ourSweepsTakeOursAndNeverTheirsNorTheirDeletionOurs() throws IOException {
        // Names that read as ours would: a network "mesos", a container called like a living one, and like one that is gone.
        PLUGINS.get(0).add("stays", "mesos");
        PLUGINS.get(0).add("left", "plugins");
        PLUGINS.get(0).add("last", "unused");
        assertThat(PLUGINS.get(0).delete("last", "unused").ok()).isTrue();
        Map<String, String> theirs = theirs();
        assertThat(theirs).containsKeys(PROFILES + "unused", HANDLES + "mesos.stays", HANDLES + "plugins.left");

        Container.launch(AGENTS.get(0), host, "stays", List.of("mesos"));
        Container left = Container.launch(AGENTS.get(0), host, "left", List.of("only-ours"));
        assertThat(AGENTS.get(0).destroy("stays").path("ok").asBoolean()).isTrue();
        assertThat(theirs()).as("nor does a cleanup").isEqualTo(theirs);
        AGENTS.get(0).kill();
        ProcessHandle.of(left.pid()).ifPresent(ProcessHandle::destroyForcibly);
        cluster.forgetRuntime(host);
        AGENTS.get(0).start();
        Eventually.holds("what is left of ours is swept", () -> cluster.etcd().under(ENDPOINTS).keySet().stream()
                .noneMatch(each -> each.contains("-mesos-")) && cluster.etcd().under(HANDLES + "mesos.host1.").isEmpty());
        Eventually.holds("and its profile", () -> !cluster.etcd().under(PROFILES).containsKey(PROFILES + "only-ours"));
        assertThat(theirs()).isEqualTo(theirs);

        Container ours = Container.launch(AGENTS.get(0), host, "stays", List.of("mesos"));
        Map<String, String> before = cluster.etcd().under(ENDPOINTS + "default/host1-mesos-");
        assertThat(before).hasSize(1);
        assertThat(PLUGINS.get(0).delete("stays", "mesos").ok()).isTrue();
        assertThat(PLUGINS.get(0).delete("left", "plugins").ok()).isTrue();
        assertThat(cluster.etcd().under(ENDPOINTS)).isEqualTo(before);
        assertThat(cluster.etcd().under(HANDLES)).containsOnlyKeys(HANDLES + "mesos.host1.stays");
        assertThat(ours.reachesByIcmp(host.address())).isTrue();
        assertThat(host.attempt("ping", "-c1", "-W1", ours.address()).ok()).isTrue();
        end(List.of(ours));
    }

    @Test
    void anAddressThatTheOtherHasIsRefusedToBoth() {
        Container theirs = PLUGINS.get(0).add("theirs", "prod");
        Container ours = Container.launch(AGENTS.get(0), host, "ours", List.of("prod"));
        ObjectNode wish = TestAgent.groups("prod");
        wish.withArray("ip_addresses").addObject().put("ip_address", theirs.address());
        JsonNode launched = AGENTS.get(0).launch("wants", wish, List.of("sleep", "1000"));
        assertThat(launched.path("error").asText()).contains(theirs.address(), "prod.theirs");
        Command.Ended added = PLUGINS.get(0).addWithAddress("wants", "prod", ours.address());
        assertThat(added.ok()).isFalse();
        assertThat(added.out()).contains("resource already exists: " + ours.address());
        assertThat(cluster.etcd().under(HANDLES)).containsOnlyKeys(HANDLES + "prod.theirs", HANDLES + "mesos.host1.ours");
        assertThat(theirs.reachesByTcp(ours) && ours.reachesByTcp(theirs)).isTrue();
        end(List.of(theirs, ours));
    }

    @Test
    void bothComeAndGoAtOnceAndNeitherTakesWhatTheOtherHas() throws Exception {
        List<Container> survivors = new ArrayList<>(List.of(
                Container.launch(AGENTS.get(0), host, "first", List.of("prod")), PLUGINS.get(0).add("01234567-first", "prod")));
        Map<String, String> heldBy = new ConcurrentHashMap<>();
        survivors.forEach(each -> heldBy.put(each.address(), each.id()));
        ExecutorService executor = Executors.newFixedThreadPool(6);
        try {
            List<CompletableFuture<Container>> last = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int number = i;
                last.add(CompletableFuture.supplyAsync(() -> {
                    Container mine = null;
                    for (int round = 0; round <= ROUNDS; round++) {
                        if (mine != null) {
                            heldBy.remove(mine.address());
                            assertThat(AGENTS.get(0).destroy(mine.id()).path("ok").asBoolean()).isTrue();
                        }
                        mine = Container.launch(AGENTS.get(0), host, "ours-" + number + "-" + round, List.of("prod"));
                        assertThat(heldBy.putIfAbsent(mine.address(), mine.id())).as(mine.address()).isNull();
                    }
                    return mine;
                }, executor));
                last.add(CompletableFuture.supplyAsync(() -> {
                    Container mine = null;
                    for (int round = 0; round <= ROUNDS; round++) {
                        if (mine != null) {
                            heldBy.remove(mine.address());
                            Command.Ended deleted = PLUGINS.get(0).delete(mine.id(), "prod");
                            assertThat(deleted.ok()).as(deleted.out()).isTrue();
                        }
                        mine = PLUGINS.get(0).add(number + "" + round + "abcdef-theirs", "prod");
                        assertThat(heldBy.putIfAbsent(mine.address(), mine.id())).as(mine.address()).isNull();
                    }
                    return mine;
                }, executor));
            }
            for (CompletableFuture<Container> each : last) {
                survivors.add(each.get());
            }
        } finally {
            executor.shutdown();
        }
        assertThat(routes()).as("each has a route, through an interface of its own").containsOnlyKeys(
                survivors.stream().map(Container::address).toArray(String[]::new));
        assertThat(Set.copyOf(routes().values())).hasSize(survivors.size());
        Set<String> expected = Matrix.expected(survivors);
        Eventually.holds("and all reach each other", () -> Matrix.reached(survivors, ANSWER_MS).equals(expected));

        end(survivors);
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
        Eventually.holds("no interface and no route is left", () -> Stream.of("link", "route").noneMatch(
                each -> host.run("ip", each).contains(" cali")));
    }

    private static void end(List<Container> containers) {
        for (Container each : containers) {
            if (each.agent() != null) {
                assertThat(each.agent().destroy(each.id()).path("ok").asBoolean()).isTrue();
            } else {
                CniPlugin plugin = PLUGINS.get(each.host().equals(host) ? 0 : 1);
                assertThat(plugin.delete(each.id(), each.netgroups().get(0)).ok()).isTrue();
            }
        }
    }

    /** What the plug-in wrote, the addresses that it holds, and what it made on the host, but for what counts up. */
    private static Map<String, String> theirs() {
        Map<String, String> found = new TreeMap<>();
        cluster.etcd().under(ENDPOINTS).forEach((key, value) -> {
            if (key.contains("-cni-")) {
                found.put(key, value);
                String name = value.replaceFirst(".*\"interfaceName\":\"([^\"]*)\".*", "$1");
                String address = value.replaceFirst(".*\"ipNetworks\":\\[\"([0-9.]+)/32\"\\].*", "$1");
                found.put(name, host.run("ip", "-o", "link", "show", name).replaceAll("^\\d+: |link-netns\\S* \\S+", ""));
                found.put(address, routes().get(address));
            }
        });
        cluster.etcd().under(HANDLES).forEach((key, value) -> {
            if (!key.startsWith(HANDLES + "mesos.host1.")) {
                found.put(key, value);
            }
        });
        cluster.etcd().under(PROFILES).forEach((key, value) -> {
            if (!value.contains("netgroup.calico-mesos.io/")) {
                found.put(key, value);
            }
        });
        return found;
    }

    /** The routes to containers of the first host, by address, and their interfaces. */
    private static Map<String, String> routes() {
        Map<String, String> routes = new HashMap<>();
        host.run("ip", "-4", "route").lines().filter(each -> each.matches("198\\.18\\.\\S+ dev cali.*")).forEach(each -> {
            String[] words = each.split(" ");
            assertThat(routes.put(words[0], words[2])).as("two routes to " + words[0]).isNull();
        });
        return routes;
    }
}
