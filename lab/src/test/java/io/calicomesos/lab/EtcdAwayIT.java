package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users meet while etcd is away: the agent starts, launches fail in bounded time, nothing that was given is lost. */
class EtcdAwayIT {
    private static final int MOST_UNDER_WAY = 5_000;
    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose("auditAndClose")
    private Cluster cluster;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
    }

    @Test
    void agentStartsAndALaunchFailsInTimeAndNamesTheEndpoint() {
        cluster.etcd().kill();
        TestAgent agent = agent("1secs");
        JsonNode refused = agent.launch("early", TestAgent.groups("prod"), SLEEP);
        assertThat(refused.path("ok").asBoolean()).isFalse();
        assertThat(refused.path("error").asText()).contains("no network within 1000 ms", cluster.etcd().endpoint());

        cluster.etcd().start();
        Eventually.holds("launches work again", () -> {
            boolean launched = agent.launch("late", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean();
            agent.destroy("late");
            return launched;
        });
        nothingIsHeld();
    }

    @Test
    void cleanupSucceedsAndIsCommittedWhenEtcdIsBack() {
        TestAgent agent = agent();
        assertThat(agent.launch("one", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        assertThat(isNothingHeld()).isFalse();
        cluster.etcd().kill();
        assertThat(agent.destroy("one").path("ok").asBoolean()).isTrue();
        assertThat(Remains.of(cluster.host(0))).doesNotContainValue(false);
        cluster.etcd().start();
        Eventually.holds("the release is committed", this::isNothingHeld);
    }

    @Test
    void aReleaseSurvivesTheAgentsDeath() {
        TestAgent agent = agent();
        assertThat(agent.launch("one", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        cluster.etcd().kill();
        assertThat(agent.destroy("one").path("ok").asBoolean()).isTrue();
        agent.kill();
        agent.start();
        cluster.etcd().start();
        Eventually.holds("the release is committed", this::isNothingHeld);
    }

    @Test
    void whenTooMuchWaitsForEtcdNoLaunchIsBegunBeforeItAnswers() throws Exception {
        TestAgent agent = agent();
        cluster.etcd().kill();
        agent.send(TestAgent.containerInfo(TestAgent.line("prepare", "c0"), TestAgent.groups("prod"))).get(60, TimeUnit.SECONDS);
        agent.kill();
        Path launches = Path.of(cluster.parameters(cluster.host(0)).get("runtime_dir"), "launches");
        String intent = Files.readString(launches.resolve("c0.launch"));
        for (int i = 1; i < MOST_UNDER_WAY; i++) {
            String json = intent.substring(intent.indexOf('\n') + 1).replace("c0\"", "c" + i + "\"");
            CRC32C checksum = new CRC32C();
            checksum.update(json.getBytes(StandardCharsets.UTF_8));
            Files.writeString(launches.resolve("c" + i + ".launch"), String.format("calico-mesos journal 1 %08x%n%s", checksum.getValue(), json));
        }
        agent.start();
        JsonNode refused = agent.launch("more", TestAgent.groups("prod"), SLEEP);
        assertThat(refused.path("error").asText()).isEqualTo(
                "calico-mesos: 5000 launches and releases on this host wait for etcd already: no more are begun until it answers");
        cluster.etcd().start();
        for (int left = MOST_UNDER_WAY; left > 0; left -= 500) {
            int atMost = left - 500;
            Eventually.holds("at most " + atMost + " wait", () -> launches.toFile().list().length <= atMost);
        }
        assertThat(agent.launch("more", TestAgent.groups("prod"), SLEEP).path("ok").asBoolean()).isTrue();
        agent.destroy("more");
        nothingIsHeld();
    }

    private TestAgent agent() {
        return agent("10secs");
    }

    private TestAgent agent(String launchTimeout) {
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("etcd_launch_timeout", launchTimeout);
        parameters.put("etcd_request_timeout", "500ms");
        return cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    private void nothingIsHeld() {
        Eventually.holds("nothing is held", this::isNothingHeld);
    }

    private boolean isNothingHeld() {
        return cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty()
                && cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/").isEmpty()
                && cluster.etcd().under("/calico/ipam/v2/assignment/").values().stream()
                        .allMatch(block -> block.contains("\"attributes\":[]"));
    }
}
