package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * etcd is away while launches keep coming and containers keep going: each launch is refused in its time, nothing that was given is
 * lost, and the next launch succeeds once etcd is back.
 *
 * <p>System properties: {@code outage.seconds}, how long it is away, {@code outage.rate}, how many launches there are in each second
 * ({@code scripts/soak} asks for more), and {@code outage.figures}, whether the times are held against what is promised.
 */
class EtcdOutageIT {
    private static final int SECONDS = Integer.getInteger("outage.seconds", 6);
    private static final int RATE = Integer.getInteger("outage.rate", 5);
    private static final boolean FIGURES = Boolean.getBoolean("outage.figures");
    private static final int BEFORE_AND_AFTER_SECONDS = 5;
    private static final int LAUNCH_TIMEOUT_MS = 4_000;
    private static final int ANSWER_MS = 1_000; // On its way to whoever asked.
    private static final int BACK_MS = 2_000;
    private static final int CONNECTIONS = 2; // That were not needed before.
    private static final int IDLE_THREADS = 16; // Of the virtual machine and of a client of etcd, which come and go.

    private final List<TimedLaunch> launches = new ArrayList<>();
    @AutoClose("auditAndClose")
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 24);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("etcd_launch_timeout", LAUNCH_TIMEOUT_MS + "ms");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void noAddressIsLostAndTheServiceIsBackWithEtcd() throws Exception {
        launchFor(BEFORE_AND_AFTER_SECONDS);
        List<TimedLaunch> before = List.copyOf(launches);
        ProcessUsage usageBefore = ProcessUsage.of(agent.process().pid());
        assertThat(before).allMatch(TimedLaunch::succeeded);
        cluster.etcd().kill();
        long awayNs = System.nanoTime();
        for (TimedLaunch each : before.subList(0, before.size() / 2)) {
            agent.send(TestAgent.line("cleanup", each.id())); // Succeeds when it has waited for etcd for a while.
        }
        launchFor(SECONDS);
        cluster.etcd().start();
        long backNs = System.nanoTime();
        launchFor(BEFORE_AND_AFTER_SECONDS);

        List<TimedLaunch> during = launches.stream().filter(each -> each.sentNs() > awayNs).toList();
        List<TimedLaunch> refused = during.stream().filter(each -> !each.succeeded()).toList();
        assertThat(refused).as("somebody was refused").isNotEmpty()
                .allMatch(each -> each.error().contains(cluster.etcd().endpoint()));
        List<TimedLaunch> served = during.stream().filter(TimedLaunch::succeeded).toList();
        assertThat(served).as("somebody was served when it was back").isNotEmpty();
        long servedAfterMs = TimedLaunch.firstAnswerMs(served, backNs);
        long latestRefusalMs = TimedLaunch.slowestMs(refused);

        launches.stream().filter(each -> !before.subList(0, before.size() / 2).contains(each))
                .forEach(each -> agent.send(TestAgent.line("cleanup", each.id())));
        Eventually.holds("nothing is held", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/assignment/").values()).allMatch(block -> block.contains("\"attributes\":[]"));

        Eventually.holds("as many descriptors as before", () -> usage().descriptors() <= usageBefore.descriptors() + CONNECTIONS);
        Eventually.holds("no more threads than before, but those that come and go",
                () -> usage().threads() <= usageBefore.threads() + IDLE_THREADS);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("seconds away", TimeUnit.NANOSECONDS.toSeconds(backNs - awayNs));
        figures.put("launches while it was away", during.size());
        figures.put("refused", refused.size());
        figures.put("latest refusal after ms", latestRefusalMs);
        figures.put("deadline of each ms", LAUNCH_TIMEOUT_MS);
        figures.put("first launch served after etcd's return, ms", servedAfterMs);
        figures.put("addresses lost", 0);
        figures.put("usage before", usageBefore);
        figures.put("usage after", usage());
        Figures.keep("etcd outage", figures);
        if (FIGURES) {
            assertThat(latestRefusalMs).as("latest refusal").isLessThanOrEqualTo(LAUNCH_TIMEOUT_MS + ANSWER_MS);
            assertThat(servedAfterMs).as("service is back").isLessThanOrEqualTo(BACK_MS);
        }
    }

    private ProcessUsage usage() {
        return ProcessUsage.of(agent.process().pid());
    }

    private void launchFor(int seconds) throws Exception {
        long beginNs = System.nanoTime();
        List<TimedLaunch> sent = new ArrayList<>();
        for (int i = 0; i < seconds * RATE; i++) {
            TimeUnit.NANOSECONDS.sleep(beginNs + i * 1_000_000_000L / RATE - System.nanoTime());
            String id = "c" + (launches.size() + sent.size());
            sent.add(TimedLaunch.send(agent, id, TestAgent.containerInfo(TestAgent.line("prepare", id), TestAgent.groups("prod"))));
        }
        launches.addAll(sent);
    }
}
