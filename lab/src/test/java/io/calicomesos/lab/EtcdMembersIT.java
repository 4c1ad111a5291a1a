package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three members of etcd, on three hosts, of which some fail. */
class EtcdMembersIT {
    private static final int LAUNCHES = 12;
    /** How long the quorum is lost, and how many launches there are in each second; scripts/soak has more. */
    private static final int LOST_SECONDS = Integer.getInteger("quorum.lost.seconds", 4);
    private static final int LOST_RATE = Integer.getInteger("quorum.lost.rate", 2);
    /** Whether the times are held against what is promised: by scripts/soak. */
    private static final boolean FIGURES = Boolean.getBoolean("outage.figures");
    private static final int LOST_TIMEOUT_MS = 2_000;
    private static final int ANSWER_MS = 1_000; // On its way to whoever asked.
    private static final int BACK_MS = 2_000;

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        // Elections that a busy machine does not bring about.
        cluster = new Cluster(3, 3, List.of("--heartbeat-interval=300", "--election-timeout=3000"));
        cluster.init(Cluster.POOL, 26);
        agent = agent("20secs");
    }

    private TestAgent agent(String launchTimeout) {
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("etcd_launch_timeout", launchTimeout);
        parameters.put("etcd_request_timeout", "1secs");
        return cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void aLeaderThatIsKilledFailsNoLaunch() {
        launchAll("before");
        EtcdServer leader = leader();
        List<CompletableFuture<JsonNode>> launches = send("during");
        leader.kill();
        launches.addAll(send("after"));
        assertAllLaunched(launches);
        leader.start();
        launchAll("again");
    }

    @Test
    void aLeaderThatIsCutOffFromTheOthersFailsNoLaunch() {
        launchAll("before");
        EtcdServer cutOff = leader();
        cutOff.partition();
        assertAllLaunched(send("during"));
        cutOff.rejoin();
        launchAll("again");
    }

    @Test
    void withoutAQuorumLaunchesFailInTimeAndLeaveNothing() throws Exception {
        agent.close();
        agent = agent(LOST_TIMEOUT_MS + "ms");
        launchAll("before");
        List<EtcdServer> lost = cluster.etcds().subList(1, 3);
        lost.forEach(EtcdServer::kill);
        List<TimedLaunch> launches = new ArrayList<>();
        for (int i = 0; i < LOST_RATE * LOST_SECONDS; i++) {
            launches.add(TimedLaunch.send(agent, "lost" + i, TestAgent.containerInfo(TestAgent.line("prepare", "lost" + i), TestAgent.groups("prod"))));
            Thread.sleep(1_000 / LOST_RATE); // Not all at once: for as long as it lasts.
        }
        assertThat(launches).noneMatch(TimedLaunch::succeeded).allMatch(each -> each.error().contains(cluster.etcd().endpoint()));
        launches.forEach(each -> agent.send(TestAgent.line("cleanup", each.id()))); // As an agent does after a refusal.
        assertThat(agent.destroy("before0").path("ok").asBoolean()).as("a cleanup without a quorum").isTrue();
        lost.forEach(EtcdServer::startUnheard);
        lost.forEach(EtcdServer::awaitAnswer);
        long backNs = System.nanoTime();
        List<TimedLaunch> back = new ArrayList<>();
        Eventually.holds("launches work", () -> {
            TimedLaunch launch = TimedLaunch.send(agent, "back", line("back"));
            return launch.succeeded() && back.add(launch);
        });
        Eventually.holds("what failed holds nothing, and what ended neither",
                () -> cluster.etcd().under("/calico/ipam/v2/handle/").size() == LAUNCHES);

        long latestRefusalMs = TimedLaunch.slowestMs(launches);
        long servedAfterMs = TimedLaunch.firstAnswerMs(back, backNs);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("seconds without a quorum", LOST_SECONDS);
        figures.put("refused", launches.size());
        figures.put("latest refusal after ms", latestRefusalMs);
        figures.put("deadline of each ms", LOST_TIMEOUT_MS);
        figures.put("first launch served after the quorum's return, ms", servedAfterMs);
        Figures.keep("quorum lost", figures);
        if (FIGURES) {
            assertThat(latestRefusalMs).as("latest refusal").isLessThanOrEqualTo(LOST_TIMEOUT_MS + ANSWER_MS);
            assertThat(servedAfterMs).as("service is back").isLessThanOrEqualTo(BACK_MS);
        }
    }

    private EtcdServer leader() {
        Eventually.holds("there is a leader", () -> cluster.etcds().stream().anyMatch(EtcdServer::leads));
        return cluster.etcds().stream().filter(EtcdServer::leads).findFirst().orElseThrow();
    }

    private void launchAll(String name) {
        assertAllLaunched(send(name));
    }

    private List<CompletableFuture<JsonNode>> send(String name) {
        List<CompletableFuture<JsonNode>> launches = new ArrayList<>();
        for (int i = 0; i < LAUNCHES; i++) {
            launches.add(agent.send(line(name + i)));
        }
        return launches;
    }

    private static ObjectNode line(String container) {
        ObjectNode line =
                TestAgent.containerInfo(TestAgent.line("launch", container), TestAgent.groups("prod"));
        line.withArray("command").add("sleep").add("1000");
        return line;
    }

    private static void assertAllLaunched(List<CompletableFuture<JsonNode>> launches) {
        for (CompletableFuture<JsonNode> each : launches) {
            JsonNode launched = each.orTimeout(60, TimeUnit.SECONDS).join();
            assertThat(launched.path("ok").asBoolean()).as("%s", launched).isTrue();
        }
    }
}
