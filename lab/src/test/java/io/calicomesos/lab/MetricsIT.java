package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus gets from an agent. */
class MetricsIT {
    private static final int NO_PROCESS = (1 << 22) - 1; // The kernel gives them in order.

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private Host host;
    private Map<String, String> parameters;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
        parameters = cluster.parameters(host);
    }

    @Test
    void launchesFailuresAndStepsAreCountedAndAllIsDocumented() throws IOException {
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        Container first = Container.launch(agent, host, "first", List.of("prod"));
        Container.launch(agent, host, "second", List.of("prod"));
        assertThat(agent.launch("third", TestAgent.groups("prod").put("name", "nowhere"), List.of("true")).path("ok").asBoolean()).isFalse();
        agent.destroy("second");

        JsonNode ofAgent = agent.ask(new ObjectMapper().createObjectNode().put("do", "metrics")).path("metrics");
        assertThat(ofAgent.path("calico_mesos/prepare_calls").asInt()).isEqualTo(3);
        assertThat(ofAgent.path("calico_mesos/prepare_failures").asInt()).isEqualTo(1);
        assertThat(ofAgent.path("calico_mesos/isolate_failures").asInt(-1)).isZero();
        assertThat(ofAgent.path("calico_mesos/cleanup_ms").asDouble()).isPositive();

        String metrics = metrics();
        assertThat(metrics.lines()).contains(
                "calico_mesos_call_duration_seconds_count{call=\"prepare\"} 3",
                "calico_mesos_call_failures_total{call=\"prepare\",reason=\"refused\"} 1.0",
                "calico_mesos_call_duration_seconds_count{call=\"isolate\"} 2",
                "calico_mesos_step_duration_seconds_count{step=\"register\"} 2",
                "calico_mesos_step_duration_seconds_count{step=\"attach\"} 2",
                "calico_mesos_step_duration_seconds_count{step=\"release\"} 1",
                "calico_mesos_addresses{pool=\"mesos\",state=\"used\"} 1.0",
                "calico_mesos_addresses{pool=\"mesos\",state=\"free\"} 63.0",
                "calico_mesos_ledger_launches_total{blocks=\"known\"} 2.0",
                "calico_mesos_containers 1.0", "calico_mesos_journal_entries 0.0", "calico_mesos_ledger_queue_length 0.0",
                "calico_mesos_calls_queue_length 0.0", "calico_mesos_kernel_queue_length 0.0");
        assertThat(metrics).contains(
                "calico_mesos_build_info{enforcer=\"builtin\",module=\"network/calico\",version=", "jvm_memory_used_bytes{area=\"heap\"}");
        assertThat(first.addresses()).hasSize(1);

        Set<String> documented = names("`(calico_mesos_[a-z_]+)`", Files.readString(Path.of("..", "docs", "metrics.md")));
        Set<String> served = names("# TYPE (calico_mesos_[a-z_]+)", metrics);
        served.add("calico_mesos_etcd_request_failures_total"); // It has no value before the first failure.
        assertThat(served).isEqualTo(documented);
        for (String each : List.of("alerts.yml", "dashboard.json")) {
            String used = Files.readString(Path.of("..", "docs", "prometheus", each));
            assertThat(served).as(each).containsAll(names("(calico_mesos_[a-z_]+?)(?:_bucket|_count)?\\b", used));
        }
    }

    /** Those of defects, of too many calls, of a wrong name and of Felix are in ErrorsIT, ManyAtOnceIT, NodeNameIT and FelixIT. */
    @Test
    void aFailureIsCountedByWhatItFailedOf() {
        parameters.put("etcd_launch_timeout", "1secs");
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        prepare(agent, "refused", TestAgent.groups("prod").put("name", "nowhere"));
        ObjectNode outside = TestAgent.groups("prod");
        outside.putArray("ip_addresses").addObject().put("ip_address", "198.51.100.1");
        prepare(agent, "address", outside);
        assertThat(agent.ask(TestAgent.containerInfo(TestAgent.line("prepare", "kernel"), TestAgent.groups("prod"))).path("ok").asBoolean()).isTrue();
        assertThat(agent.ask(TestAgent.line("isolate", "kernel").put("pid", NO_PROCESS)).path("ok").asBoolean()).isFalse();
        agent.ask(TestAgent.line("cleanup", "kernel"));
        cluster.etcd().kill();
        prepare(agent, "etcd", TestAgent.groups("prod"));
        ObjectNode labelled = TestAgent.groups("prod");
        labelled.putObject("labels").putArray("labels").addObject().put("key", "colour").put("value", "red");
        prepare(agent, "etcd-labels", labelled);
        assertThat(List.of("refused", "address", "etcd", "unexpected", "timeout"))
                .extracting(each -> host.failures("prepare", each)).containsExactly(1, 1, 2, 0, 0);
        assertThat(host.failures("isolate", "kernel")).isOne();
        cluster.etcd().start();
    }

    private static void prepare(TestAgent agent, String id, ObjectNode networkInfo) {
        assertThat(agent.ask(TestAgent.containerInfo(TestAgent.line("prepare", id), networkInfo)).path("ok").asBoolean()).as(id).isFalse();
        agent.ask(TestAgent.line("cleanup", id));
    }

    @Test
    void promtoolHasNothingToSay(@TempDir Path directory) throws IOException {
        assumeTrue(Command.attempt(List.of("sh", "-c", "command -v promtool")).ok(), "no promtool: scripts/test brings it");
        assertThat(Command.run("promtool", "check", "rules", "../docs/prometheus/alerts.yml")).contains("SUCCESS");
        ObjectMapper json = new ObjectMapper(); // Which is YAML, too.
        ArrayNode rules = json.createArrayNode();
        for (JsonNode each : json.readTree(Path.of("..", "docs", "prometheus", "dashboard.json").toFile()).findValues("expr")) {
            rules.addObject().put("record", "panel:" + rules.size()).put("expr", each.asText());
        }
        assertThat(rules).isNotEmpty();
        ObjectNode queries = json.createObjectNode();
        queries.putArray("groups").addObject().put("name", "dashboard").set("rules", rules);
        Path queried = Files.writeString(directory.resolve("queries.yml"), queries.toString());
        assertThat(Command.run("promtool", "check", "rules", queried.toString())).contains("SUCCESS: " + rules.size() + " rules found");
        try (TestAgent agent = cluster.agent(host, "network/calico", parameters)) {
            agent.launch("one", TestAgent.groups("prod"), List.of("true"));
            agent.launch("refused", TestAgent.groups("prod").put("name", "nowhere"), List.of("true"));
            Path served = Files.writeString(directory.resolve("metrics"), metrics() + "\n");
            assertThat(Command.run("sh", "-c", "promtool check metrics <" + served)).isEmpty();
            agent.destroy("one");
        }
    }

    @Test
    void whereTheyCannotBeServedOrAreOffTheAgentWorks() {
        parameters.put("metrics_address", "off");
        try (TestAgent off = cluster.agent(host, "network/calico", parameters)) {
            assertThat(off.launch("first", TestAgent.groups("prod"), List.of("true")).path("ok").asBoolean()).isTrue();
            assertThat(host.attempt("curl", "-s", "http://127.0.0.1:19091/metrics").ok()).isFalse();
            off.destroy("first");
        }
        parameters.put("metrics_address", "192.0.2.1:80"); // An address that the host does not have.
        TestAgent agent = cluster.agent(host, "network/calico", parameters);
        Eventually.holds("it is said", () -> agent.logged("there are no metrics at /192.0.2.1:80 (parameter metrics_address)"));
        assertThat(agent.launch("second", TestAgent.groups("prod"), List.of("true")).path("ok").asBoolean()).isTrue();
        agent.destroy("second");
    }

    private String metrics() {
        StringBuilder metrics = new StringBuilder();
        Eventually.holds("Prometheus is answered", () -> {
            Command.Ended got = host.attempt("curl", "-s", "-f", "http://127.0.0.1:19091/metrics");
            metrics.append(got.out());
            return got.ok();
        });
        return metrics.toString();
    }

    private static Set<String> names(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().map((MatchResult each) -> each.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
