package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Java runs out of memory in the midst of a call, or forgets it: the call fails with a message, the agent goes on, the next call works. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ErrorsIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";

    private static final int MOST_WAITING_CALLS = 20_000;

    private Cluster cluster;
    private Host host;
    private Map<String, String> parameters;
    private TestAgent agent;

    @BeforeAll
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        parameters = cluster.parameters(host);
        parameters.put("call_timeout", "8secs");
        parameters.put("etcd_launch_timeout", "5secs");
        agent = cluster.agent(host, "network/calico", parameters);
    }

    @AfterAll
    void stop() {
        cluster.auditAndClose();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PREPARE_INTENDED", "PREPARE_COMMITTED", "PREPARE_FILED", "ISOLATE_ADMITTED", "ISOLATE_HELD"})
    void aLaunchFailsWithAMessageAndTheNextWorks(String where) {
        startToFailAt(where + "=error");
        JsonNode failed = launch("a");
        assertThat(failed.path("error").asText()).as("%s", failed)
                .isEqualTo("calico-mesos: java.lang.OutOfMemoryError: thrown at " + where + ": see the parameters java_heap and java_options");
        assertThat(launch("b").path("ok").asBoolean()).isTrue();
        assertThat(agent.destroy("b").path("ok").asBoolean()).isTrue();
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"LEDGER_SENDING", "LEDGER_ANSWERED", "LEDGER_CLAIMING", "LEDGER_CLAIMED"})
    void aTransactionIsTriedAgain(String where) {
        startToFailAt(where + "=error");
        for (int i = 0; i < 3; i++) {
            JsonNode launched = launch("a" + i);
            assertThat(launched.path("ok").asBoolean()).as("%s", launched).isTrue();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(agent.destroy("a" + i).path("ok").asBoolean()).isTrue();
        }
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLEANUP_INTENDED", "CLEANUP_DETACHED", "CLEANUP_COMMITTED"})
    void whatACleanupLeavesTheNextAgentTakes(String where) {
        startToFailAt(where + "=error");
        assertThat(launch("a").path("ok").asBoolean()).isTrue();
        agent.destroy("a");
        assertThat(launch("b").path("ok").asBoolean()).isTrue();
        assertThat(agent.destroy("b").path("ok").asBoolean()).isTrue();
        agent.kill();
        agent.start();
        nothingIsLeft();
    }

    @Test
    void aCallThatIsForgottenIsAnsweredWithAFailure() {
        startToFailAt("ISOLATE_ADMITTED=hang");
        JsonNode failed = launch("a");
        assertThat(failed.path("error").asText()).as("%s", failed).startsWith("calico-mesos: no answer within 8000 ms (parameter "
                + "call_timeout): it waits for something that does not come, see the agent's log");
        assertThat(agent.logged("Failpoint.stay")).as("where it is").isTrue();
        assertThat(agent.launch("host", null, List.of("true")).path("ok").asBoolean()).as("the agent goes on").isTrue();
        agent.kill();
        agent.start();
        nothingIsLeft();
    }

    @Test
    void ifCallsDoNotBeginThoseThatAreTooManyAreRefusedAtOnce() throws Exception {
        parameters.put("call_timeout", "5mins");
        startToFailAt("PREPARE_BEGUN=hang");
        parameters.put("call_timeout", "8secs");
        agent.send(TestAgent.containerInfo(TestAgent.line("prepare", "a"), TestAgent.groups("prod")));
        CompletableFuture<JsonNode> last = null;
        for (int i = 0; i <= MOST_WAITING_CALLS; i++) {
            last = agent.send(TestAgent.line("cleanup", "c" + i));
        }
        assertThat(last.get(60, TimeUnit.SECONDS).path("error").asText())
                .isEqualTo("calico-mesos: too many calls at once: those that came before have not begun yet");
        agent.kill();
        agent.start();
        nothingIsLeft();
    }

    private void startToFailAt(String failpoint) {
        agent.kill();
        assertThat(agent.startToFailAt(failpoint)).isTrue();
    }

    private JsonNode launch(String id) {
        return agent.launch(id, TestAgent.groups("prod"), List.of("sleep", "1000"));
    }

    private void nothingIsLeft() {
        assertThat(agent.process().isAlive()).isTrue();
        Eventually.holds("no endpoint is left", () -> cluster.etcd().under(ENDPOINTS).isEmpty());
        Eventually.holds("no address is left", () -> cluster.etcd().under(HANDLES).isEmpty());
        Eventually.holds("the host is clean", () -> !Remains.of(host).containsValue(false));
    }
}
