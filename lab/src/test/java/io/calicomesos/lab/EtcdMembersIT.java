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
    void withoutAQuorumLaunchesFailAndLeaveNothing() throws Exception {
        agent.close();
        agent = agent("2secs");
        launchAll("before");
        List<EtcdServer> lost = cluster.etcds().subList(1, 3);
        lost.forEach(EtcdServer::kill);
        Map<String, CompletableFuture<JsonNode>> launches = new LinkedHashMap<>();
        for (int i = 0; i < LOST_RATE * LOST_SECONDS; i++) {
            launches.put("lost" + i, agent.send(line("lost" + i)));
            Thread.sleep(1_000 / LOST_RATE); // Not all at once: for as long as it lasts.
        }
        for (Map.Entry<String, CompletableFuture<JsonNode>> each : launches.entrySet()) {
            JsonNode refused = each.getValue().get(60, TimeUnit.SECONDS);
            assertThat(refused.path("ok").asBoolean()).as("%s", refused).isFalse();
            assertThat(refused.path("error").asText()).contains(cluster.etcd().endpoint());
        }
        assertThat(agent.destroy("before0").path("ok").asBoolean()).as("a cleanup without a quorum").isTrue();
        lost.forEach(EtcdServer::startUnheard);
        lost.forEach(EtcdServer::awaitAnswer);
        Eventually.holds("launches work", () -> {
            boolean launched = agent.ask(line("back")).path("ok").asBoolean();
            if (!launched) {
                agent.destroy("back");
            }
            return launched;
        });
        Eventually.holds("what failed holds nothing, and what ended neither",
                () -> cluster.etcd().under("/calico/ipam/v2/handle/").size() == LAUNCHES);
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
