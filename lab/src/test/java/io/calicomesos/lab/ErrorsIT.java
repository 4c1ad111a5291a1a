package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
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
        assertThat(host.failures(where.startsWith("PREPARE") ? "prepare" : "isolate", "unexpected")).isOne();
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
        assertThat(host.failures("isolate", "timeout")).isOne();
        assertThat(agent.launch("host", null, List.of("true")).path("ok").asBoolean()).as("the agent goes on").isTrue();
        agent.kill();
        agent.start();
        nothingIsLeft();
    }

    @Test
    void aDeadlockIsNamed() {
        startToFailAt("ISOLATE_ADMITTED=deadlock");
        JsonNode failed = launch("a");
        assertThat(failed.path("error").asText()).as("%s", failed).matches("calico-mesos: no answer within 8000 ms \\(parameter call_timeout\\): "
                + "there is a deadlock, which ends when the agent is started again: calico-mesos-kernel-\\d waits for \\S+, which "
                + "calico-mesos-other holds, calico-mesos-other waits for \\S+, which calico-mesos-kernel-\\d holds.*");
        assertThat(agent.launch("host", null, List.of("true")).path("ok").asBoolean()).as("the agent goes on").isTrue();
        agent.kill();
        agent.start();
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"STATUS", "USAGE"})
    void aQuestionFailsWithAMessageAndTheNextIsAnswered(String call) {
        startToFailAt(call + "_BEGUN=error");
        assertThat(launch("a").path("ok").asBoolean()).isTrue();
        JsonNode failed = agent.ask(TestAgent.line(call.toLowerCase(Locale.ROOT), "a"));
        assertThat(failed.path("error").asText()).as("%s", failed).isEqualTo("calico-mesos: java.lang.OutOfMemoryError: thrown at " + call
                + "_BEGUN: see the parameters java_heap and java_options");
        JsonNode answered = agent.ask(TestAgent.line(call.toLowerCase(Locale.ROOT), "a"));
        assertThat(answered.path("ok").asBoolean()).as("%s", answered).isTrue();
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
        nothingIsLeft();
    }

    @Test
    void aContainerThatCannotBeWatchedIsWatchedLater() {
        startToFailAt("WATCH_BEGUN=error");
        Container web = Container.launch(agent, host, "a", List.of("prod"));
        Eventually.holds("it is said", () -> agent.logged("cannot begin, and will be begun again: java.lang.OutOfMemoryError"));
        assertThat(agent.events("limited")).as("it is not ended for that").isEmpty();
        host.run("ip", "link", "del", host.run("ip", "-o", "route", "get", web.address()).replaceFirst("(?s).* dev (cali\\w+) .*", "$1"));
        Eventually.holds("it is ended for the loss of its network", () -> agent.events("limited").stream()
                .anyMatch(each -> each.path("container_id").asText().equals("a")));
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RECOVER_BEGUN", "RECOVER_TAKEN_OVER", "RECOVER_CLEANED", "RECOVER_FILED"})
    void anAgentThatCannotRecoverSaysSoAndTheNextDoes(String where) {
        agent.kill();
        agent.start();
        Container a = Container.launch(agent, host, "a", List.of("prod"));
        agent.kill();
        assertThat(agent.startToFailAt(where + "=error")).isFalse();
        assertThat(agent.logged("calico-mesos: unexpected: java.lang.OutOfMemoryError: thrown at " + where)).isTrue();
        agent.start();
        assertThat(agent.ask(TestAgent.line("status", "a")).findValue("ip_address").asText()).isEqualTo(a.address());
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
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
        assertThat(host.failures("cleanup", "too_many")).isPositive();
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
