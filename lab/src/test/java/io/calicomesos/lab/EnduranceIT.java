package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Containers come and go for a long time, and the agent is no larger than before.
 *
 * <p>System properties: {@code endurance.launches}, how many ({@code scripts/soak} asks for more), and {@code endurance.seconds},
 * after which no more begin.
 */
class EnduranceIT {
    private static final int LAUNCHES = Integer.getInteger("endurance.launches", 400);
    private static final int SECONDS = Integer.getInteger("endurance.seconds", 600);
    private static final int AT_ONCE = 16;
    private static final int PARTS = 10;
    private static final int IDLE_THREADS = 8; // The virtual machine's own, which it ends when it likes.
    /** Until a virtual machine has grown to the heap that it may have, its memory says nothing. */
    private static final int LAUNCHES_THAT_SAY_SOMETHING = 10_000;

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private Host host;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        agent = cluster.agent(host, "network/calico", cluster.parameters(host));
    }

    @Test
    void containersThatCameAndWentLeaveNothingBehind() throws Exception {
        long beginNs = System.nanoTime();
        AtomicInteger launched = new AtomicInteger();
        List<ProcessUsage> usages = new ArrayList<>();
        for (int part = 1; part <= PARTS; part++) {
            comeAndGo(launched, LAUNCHES * part / PARTS, beginNs);
            nothingIsHeld();
            usages.add(usage());
            System.out.println(launched + " launches after " + secondsSince(beginNs) + " s: " + usages.get(part - 1));
        }
        ProcessUsage first = usages.get(0); // A tenth of all have warmed it up.
        ProcessUsage last = usages.get(PARTS - 1);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("launches", launched.get());
        figures.put("seconds", secondsSince(beginNs));
        figures.put("usage after each tenth", usages);
        Figures.keep("endurance", figures);
        Eventually.holds("as many descriptors as before", () -> usage().descriptors() <= first.descriptors());
        Eventually.holds("no more threads than before, but those that come and go", () -> usage().threads() <= first.threads() + IDLE_THREADS);
        if (launched.get() >= LAUNCHES_THAT_SAY_SOMETHING) {
            assertThat(last.residentKib()).as("memory in KiB").isLessThanOrEqualTo(first.residentKib() * 105 / 100);
        }
    }

    private void comeAndGo(AtomicInteger launched, int to, long beginNs) throws Exception {
        ExecutorService some = Executors.newFixedThreadPool(AT_ONCE);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            all.add(CompletableFuture.runAsync(() -> {
                while (secondsSince(beginNs) < SECONDS) {
                    int number = launched.getAndUpdate(before -> Math.min(before + 1, to));
                    if (number >= to) {
                        return;
                    }
                    comeAndGo("c" + number);
                }
            }, some));
        }
        for (CompletableFuture<Void> each : all) {
            each.get(SECONDS + 60L, TimeUnit.SECONDS);
        }
        some.shutdown();
    }

    private void comeAndGo(String id) {
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", id), TestAgent.groups("prod"));
        line.withArray("command").add("sleep").add("1000");
        JsonNode launched = agent.ask(line);
        assertThat(launched.path("ok").asBoolean()).as("%s", launched).isTrue();
        JsonNode destroyed = agent.destroy(id);
        assertThat(destroyed.path("ok").asBoolean()).as("%s", destroyed).isTrue();
    }

    private ProcessUsage usage() {
        return ProcessUsage.of(agent.process().pid());
    }

    private void nothingIsHeld() {
        Eventually.holds("etcd holds none", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty()); // On a slow machine, later.
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/assignment/").values()).allMatch(block -> block.contains("\"attributes\":[]"));
        assertThat(Remains.of(host)).doesNotContainValue(false);
        Path run = cluster.checkpoint(host, "c0").getParent().getParent();
        for (Path each : List.of(run.resolve("containers"), run.resolve("files"), run.resolve("netns"), run.resolve("launches"),
                run.resolveSibling(host.name() + "-state").resolve("journal"))) {
            assertThat(each).satisfiesAnyOf(path -> assertThat(Files.exists(path)).isFalse(), path -> assertThat(path).isEmptyDirectory());
        }
    }

    private static long secondsSince(long beginNs) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beginNs);
    }
}
