package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ten thousand launches at once, without a process each: every one gets an address or one line, and nothing is lost of any. */
class ManyAtOnceIT {
    private static final int LAUNCHES = 10_000;
    private static final int MOST_AT_ONCE = 1_000;

    @AutoClose("auditAndClose")
    private Cluster cluster;

    @ParameterizedTest
    @CsvSource({"198.18.0.0/16, 24, 5120", "198.18.0.0/24, 26, 256"}) // Twenty blocks to a host, by Calico's default.
    void eachIsServedOrRefusedAndNothingIsHeldInTheEnd(String pool, int blockSize, int addresses) throws Exception {
        cluster = new Cluster(1);
        cluster.init(pool, blockSize);
        TestAgent agent = cluster.agent(cluster.host(0), "network/calico", cluster.parameters(cluster.host(0)));
        Map<String, Integer> answers = new TreeMap<>();
        for (JsonNode each : askAll(agent, "prepare")) {
            answers.merge(each.path("ok").asBoolean() ? "an address" : each.path("error").asText(),
                    1, Integer::sum);
        }
        System.out.println("ManyAtOnceIT " + pool + ": " + answers);
        int served = answers.get("an address");
        assertThat(served).isBetween(Math.min(MOST_AT_ONCE, addresses), addresses);
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).hasSizeGreaterThanOrEqualTo(served);
        assertThat(answers.keySet()).allMatch(each -> each.equals("an address")
                || each.equals("calico-mesos: too many launches at once: 1000 are under way on this host already")
                || each.contains("address is free on host ") && each.lines().count() == 1
                || each.startsWith("calico-mesos: no network within ") && each.lines().count() == 1);

        answers.forEach((answer, times) -> {
            if (answer.contains("too many launches at once")) {
                assertThat(cluster.host(0).failures("prepare", "too_many")).isEqualTo(times);
            }
        });
        assertThat(askAll(agent, "cleanup")).allMatch(each -> each.path("ok").asBoolean());
        Eventually.holds("nothing is held", () -> cluster.etcd().under("/calico/ipam/v2/handle/").isEmpty());
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/")).isEmpty();
        JsonNode after = agent.launch("after", TestAgent.groups("prod"), List.of("sleep", "1000"));
        assertThat(after.path("ok").asBoolean()).as("%s", after).isTrue();
    }

    private static List<JsonNode> askAll(TestAgent agent, String what) throws Exception {
        List<CompletableFuture<JsonNode>> asked = new ArrayList<>();
        for (int i = 0; i < LAUNCHES; i++) {
            asked.add(agent.send(TestAgent.containerInfo(TestAgent.line(what, "c" + i), TestAgent.groups("prod"))));
        }
        List<JsonNode> answers = new ArrayList<>();
        for (CompletableFuture<JsonNode> each : asked) {
            answers.add(each.get(300, TimeUnit.SECONDS));
        }
        return answers;
    }
}
