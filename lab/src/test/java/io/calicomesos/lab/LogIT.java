package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator reads in the agent's log: a line for each launch and each cleanup, and nothing again and again. */
class LogIT {
    private static final List<String> SLEEP = List.of("sleep", "1000");
    private static final String MS = "\\d+\\.\\d+";
    private static final int OUTAGE_MS = 5_000;
    private static final int REFUSED = 40;

    @AutoClose("auditAndClose")
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("etcd_launch_timeout", "4secs");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void aLaunchAndACleanupAreALineEach() {
        Container web = Container.launch(agent, cluster.host(0), "web", List.of("prod", "dev"));
        assertThat(agent.destroy("web").path("ok").asBoolean()).isTrue();
        Eventually.holds("the cleanup is told", () -> about("web").size() == 2);
        String who = ": addresses " + web.address().replace(".", "\\.") + ", netgroups prod,dev; ms: ";
        assertThat(about("web").get(0)).matches("I\\d.* calico-mesos: container web launched" + who
                + "register " + MS + ", admit " + MS + ", attach " + MS + ", enforce " + MS + ", total " + MS);
        assertThat(about("web").get(1)).matches("I\\d.* calico-mesos: container web cleaned up" + who
                + "detach " + MS + ", dismiss " + MS + ", disconnect " + MS + ", release " + MS + ", total " + MS);
    }

    @Test
    void aRefusalIsAWarningWithItsReason() {
        JsonNode refused = agent.launch("odd", TestAgent.groups(""), SLEEP);
        agent.destroy("odd");
        String error = refused.path("error").asText();
        assertThat(error).startsWith("calico-mesos: ");
        assertThat(about("odd")).singleElement().asString().startsWith("W")
                .endsWith("calico-mesos: container odd not launched: " + error.substring("calico-mesos: ".length()));
    }

    @Test
    void whileEtcdIsAwayEachMessageIsWrittenOnce() throws Exception {
        Container web = Container.launch(agent, cluster.host(0), "web", List.of("prod"));
        int before = lines().size();
        cluster.etcd().kill();
        assertThat(agent.destroy(web.id()).path("ok").asBoolean()).isTrue();
        for (int i = 0; i < REFUSED; i++) {
            CompletableFuture<JsonNode> answer = agent.send(
                    TestAgent.containerInfo(TestAgent.line("prepare", "r" + i), TestAgent.groups("prod")));
            Thread.sleep(OUTAGE_MS / REFUSED);
            if (i == REFUSED - 1) {
                answer.get(20, TimeUnit.SECONDS);
            }
        }
        cluster.etcd().start();
        IntStream.range(0, REFUSED).forEach(each -> agent.ask(TestAgent.line("cleanup", "r" + each)));
        Eventually.holds("all is given back", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        Eventually.holds("and told", () -> about("r" + (REFUSED - 1)).size() == 2);

        List<String> during = lines().stream().skip(before).map(each -> each.replaceFirst("^.*?calico-mesos: ", "")).toList();
        assertThat(during).as("that etcd is away is said").anyMatch(each -> each.contains(cluster.etcd().endpoint()) && each.endsWith("wait until it does"));
        Map<String, Long> counts = during.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        assertThat(counts.entrySet()).allSatisfy(each -> assertThat(each.getValue()).as(each.getKey()).isEqualTo(1));
        List<String> others = during.stream().filter(each -> !each.startsWith("container ")).toList();
        assertThat(others).as("those of the module itself").hasSizeLessThan(30);
        for (int i = 0; i < REFUSED; i++) {
            assertThat(about("r" + i)).hasSize(2).first().asString().startsWith("W").contains("no network within 4000 ms");
        }
    }

    @Test
    void whatIsOfUseToDevelopersAloneIsWrittenIfItIsAskedFor() {
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        cluster.etcd().kill();
        agent.launch("quiet", TestAgent.groups("prod"), SLEEP);
        assertThat(agent.logged("; trying again in ")).isFalse();
        agent.close();
        parameters.put("verbose", "true");
        try (TestAgent verbose = cluster.agent(cluster.host(0), "network/calico", parameters)) {
            Eventually.holds("more is said", () -> verbose.logged("; trying again in "));
        }
        cluster.etcd().start();
    }

    /** What the log says of a container. */
    private List<String> about(String container) {
        return lines().stream().filter(each -> each.contains("container " + container + " ")).toList();
    }

    private List<String> lines() {
        try {
            return Files.readString(agent.log()).lines().filter(each -> each.contains("calico-mesos: ")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
