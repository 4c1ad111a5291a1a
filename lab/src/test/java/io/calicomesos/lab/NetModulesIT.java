package io.calicomesos.lab;

import static io.calicomesos.lab.NetModulesAgent.arguments;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command as net-modules calls it, a process for each call. What Felix says are files, which the tests here write themselves.
 */
class NetModulesIT {
    private static final String DONE = "{\"error\":null}\n";
    private static final List<String> PROD = List.of("prod");
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";

    @TempDir
    private Path directory;
    private Cluster cluster;
    private Host host;
    private Map<String, String> parameters;
    private NetModulesAgent agent;

    @BeforeEach
    void start() throws IOException {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        host = cluster.host(0);
        parameters = cluster.felixParameters(host);
        parameters.put("sweep_interval", "1hrs");
        agent = agent();
        Path status = Path.of(parameters.get("felix_status_dir"));
        Files.createDirectories(status);
        for (String each : List.of("a", "b")) {
            Files.writeString(status.resolve("mesos default%2F" + each + " eth0"), ""); // Its rules are in.
        }
    }

    @AfterEach
    void stop() {
        agent.killAll();
        cluster.auditAndClose();
    }

    private NetModulesAgent agent() {
        return new NetModulesAgent(host, directory, parameters);
    }

    @Test
    void aContainerLivesAsUnderTheModuleAndNothingIsLeft() {
        Container a = agent.launch("a", PROD);
        assertThat(host.attempt("ping", "-c1", "-W1", a.address()).ok()).as("the host reaches it").isTrue();
        assertThat(cluster.etcd().under(ENDPOINTS)).hasSize(1).containsKey(ENDPOINTS + "default/host1-mesos-a-eth0");
        assertThat(cluster.etcd().under(HANDLES)).containsOnlyKeys(HANDLES + "mesos.host1.a");
        assertThat(cluster.checkpoint(host, "a")).exists();
        cluster.calicoMesos("ipam", "check", "--etcd-endpoints", cluster.etcd().endpoint());
        agent.destroy(a);
        nothingIsHeld();
        assertThat(cluster.checkpoint(host, "a")).doesNotExist();
        assertThat(Remains.of(host)).doesNotContainValue(false);
    }

    @Test
    void allocateReserveAndReleaseAnswerAsDocumented() {
        NetModulesAgent.Ended allocated = agent.call("{\"command\":\"allocate\",\"args\":{\"hostname\":\"slave-0-1\",\"num_ipv4\":2,"
                + "\"num_ipv6\":0,\"uid\":\"u-1\",\"netgroups\":[\"prod\"],\"labels\":{\"rack\":\"3A\"}}}");
        assertThat(allocated.out()).matches("\\{\"ipv4\":\\[\"198\\.18\\.\\d+\\.\\d+\",\"198\\.18\\.\\d+\\.\\d+\"],\"ipv6\":\\[],"
                + "\"error\":null}\n");
        assertThat(allocated.status()).isZero();
        assertThat(allocated.err()).isEmpty();
        String reserve = "{\"command\":\"reserve\",\"args\":{\"hostname\":\"h\",\"uid\":\"u-1\",\"ipv4_addrs\":[\"198.18.7.1\"],"
                + "\"labels\":[{\"key\":\"rack\",\"value\":\"3A\"}]}}";
        assertThat(agent.call(reserve).out()).isEqualTo(DONE);
        assertThat(agent.call(reserve).out()).as("again").isEqualTo(DONE);
        assertThat(agent.call(reserve.replace("u-1", "u-2"))).satisfies(refused -> {
            assertThat(refused.answer().path("error").asText()).startsWith("address 198.18.7.1 is taken: handle mesos.host1.net-modules-u-1-");
            assertThat(refused.answer()).hasSize(1);
            assertThat(refused.status()).isEqualTo(1);
        });
        NetModulesAgent.Ended named = agent.call("{\"command\":\"allocate\",\"args\":{\"hostname\":\"h\",\"num_ipv4\":2,\"num_ipv6\":0,"
                + "\"uid\":\"u-3\",\"labels\":[{\"key\":\"ipv4_addrs\",\"value\":\"['198.18.7.9']\"}]}}");
        assertThat(named.answer().path("ipv4")).hasSize(2);
        assertThat(named.answer().path("ipv4").path(1).asText()).isEqualTo("198.18.7.9");
        assertThat(agent.call("{\"command\":\"release\",\"args\":{\"ips\":[\"198.18.7.9\",\"198.18.7.200\"]}}").out()).isEqualTo(DONE);
        assertThat(cluster.etcd().under(HANDLES + "mesos.host1.net-modules-u-3-").values()).as("the other is still held").hasSize(1);
        for (String uid : List.of("u-1", "u-3", "u-1")) {
            assertThat(agent.call("{\"command\":\"release\",\"args\":{\"uid\":\"" + uid + "\"}}").out()).isEqualTo(DONE);
        }
        nothingIsHeld();
    }

    @Test
    void addressesByValueAndAnyOfOneContainerAreOneUid() {
        String of = "\"hostname\":\"h\",\"uid\":\"both\"}}";
        assertThat(agent.call("{\"command\":\"reserve\",\"args\":{\"ipv4_addrs\":[\"198.18.9.9\"]," + of).out()).isEqualTo(DONE);
        JsonNode allocated = agent.call("{\"command\":\"allocate\",\"args\":{\"num_ipv4\":1,\"num_ipv6\":0," + of).answer();
        assertThat(allocated.path("ipv4")).hasSize(1);
        List<String> addresses = List.of("198.18.9.9", allocated.path("ipv4").path(0).asText());
        agent.step(agent.isolate("a", agent.fork("a"), addresses, PROD));
        assertThat(cluster.etcd().under(HANDLES)).containsOnlyKeys(HANDLES + "mesos.host1.a");
        addresses.forEach(each -> assertThat(host.attempt("ping", "-c1", "-W1", each).ok()).as(each).isTrue());
        NetModulesAgent.Ended part = agent.call(agent.release(addresses.subList(0, 1)).toString());
        assertThat(part.answer().path("error").asText()).contains("args.ips has addresses of container a, but not all");
        agent.kill("a");
        agent.step(agent.release(addresses));
        nothingIsHeld();
    }

    @Test
    void whatCannotBeDoneIsSaidInOneLineAndLeavesNothing() {
        long pid = agent.fork("a");
        refused(agent.isolate("a", pid, List.of("198.18.3.3"), PROD), "address 198.18.3.3 is not allocated: allocate or reserve it first");
        List<String> addresses = agent.allocate(1, PROD);
        refused(agent.isolate("a", 4_000_000, addresses, PROD), "args.pid is 4000000: there is no such process");
        refused(agent.isolate("a", pid, addresses, List.of(" ")), "NetworkInfo.groups holds ' '");
        ObjectNode wears = agent.isolate("a", pid, addresses, PROD);
        arguments(wears).putArray("labels").addObject().put("key", "x".repeat(70)).put("value", "");
        refused(wears, "NetworkInfo.labels has the key 'xxx");
        for (String each : List.of("", "{", "[]", "{\"command\":\"dance\",\"args\":{}}")) {
            NetModulesAgent.Ended ended = agent.call(each);
            assertThat(ended.answer().path("error").asText()).as(each).isNotEmpty();
            assertThat(ended.status()).isEqualTo(1);
        }
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
        agent.step(agent.isolate("a", pid, addresses, PROD));
        agent.kill("a");
        agent.step(agent.release(addresses));
        nothingIsHeld();
        parameters.put("enforcer", "builtin");
        agent = agent();
        refused(agent.cleanup("a"), "enforcer is builtin by the file ");
    }

    @Test
    void whateverTheVirtualMachineSaysNothingButTheAnswerIsOnStdout() {
        assertThat(agent.call(agent.cleanup("a").toString(), Map.of("JAVA_TOOL_OPTIONS", "-Xlog:gc+init")).out())
                .isEqualTo(DONE);
        assertThat(agent.call("x", Map.of("JAVA_TOOL_OPTIONS", "-Xlog:gc+init")).answer().path("error").asText())
                .startsWith("the request is not valid JSON");
    }

    private void refused(ObjectNode request, String error) {
        NetModulesAgent.Ended ended = agent.call(request.toString());
        assertThat(ended.answer().path("error").asText()).startsWith(error);
        assertThat(ended.out().lines()).hasSize(1);
        assertThat(ended.err()).doesNotContain("\tat ");
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void aCallThatIsRepeatedDoesNoHarm() {
        Container a = agent.launch("a", PROD);
        refused(agent.isolate("a", a.pid(), a.addresses(), PROD), "container a has a network already, with [" + a.address() + "]");
        assertThat(host.attempt("ping", "-c1", "-W1", a.address()).ok()).isTrue();
        agent.kill("a");
        for (int i = 0; i < 2; i++) {
            agent.step(agent.cleanup("a"));
            agent.step(agent.release(a.addresses()));
        }
        nothingIsHeld();
        Container next = agent.launch("a", PROD);
        agent.destroy(next);
        nothingIsHeld();
    }

    @Test
    void anIsolateThatIsKilledAtAnyTimeIsCleanedUp() throws InterruptedException {
        long pid = agent.fork("a");
        for (int afterMs = 100; afterMs <= 1_600; afterMs += 500) {
            List<String> addresses = agent.allocate(1, PROD);
            Process call = agent.start(agent.isolate("a", pid, addresses, PROD).toString());
            call.waitFor(afterMs, TimeUnit.MILLISECONDS);
            call.destroyForcibly().waitFor();
            agent.step(agent.release(addresses));
            agent.step(agent.cleanup("a"));
            nothingIsHeld();
            assertThat(host.run("ip", "-o", "link")).doesNotContain(" cali");
        }
    }

    @Test
    void aReleaseThatIsKilledAtAnyTimeIsDoneByTheCleanup() throws InterruptedException {
        for (int afterMs = 700; afterMs <= 1_700; afterMs += 500) {
            Container a = agent.launch("a", PROD);
            agent.kill("a");
            Process call = agent.start(agent.release(a.addresses()).toString());
            call.waitFor(afterMs, TimeUnit.MILLISECONDS);
            call.destroyForcibly().waitFor();
            agent.step(agent.cleanup("a"));
            nothingIsHeld();
            assertThat(cluster.checkpoint(host, "a")).doesNotExist();
        }
    }

    @Test
    void anAddressWhoseReleaseWasKilledAfterItsCommitIsSomebodyElses() {
        Container a = agent.launch("a", PROD);
        agent.kill("a");
        agent.call(agent.release(a.addresses()).toString(), Map.of("JAVA_TOOL_OPTIONS", "-Dio.calicomesos.failpoint=CLEANUP_COMMITTED"));
        assertThat(cluster.etcd().under(HANDLES)).isEmpty();
        assertThat(cluster.checkpoint(host, "a")).exists();
        String of = "\"args\":{\"hostname\":\"h\",\"uid\":\"u\",\"ipv4_addrs\":[\"" + a.address() + "\"]}}";
        assertThat(agent.call("{\"command\":\"reserve\"," + of).out()).isEqualTo(DONE);
        agent.step(agent.cleanup("a"));
        assertThat(cluster.checkpoint(host, "a")).doesNotExist();
        assertThat(cluster.etcd().under(HANDLES)).as("the cleanup takes nothing from it").hasSize(1);
        assertThat(agent.call("{\"command\":\"release\"," + of).out()).isEqualTo(DONE);
        nothingIsHeld();
    }

    @Test
    void bothFamilies() {
        assumeTrue(Link.IPV6, "this kernel has no IPv6");
        cluster.calicoMesos("init", "--etcd-endpoints", cluster.etcd().endpoint(), "--pool", Cluster.POOL6, "--pool-name", "mesos6");
        ObjectNode allocate = agent.request("allocate");
        arguments(allocate).put("hostname", "h").put("uid", "u").put("num_ipv4", 1).put("num_ipv6", 1);
        JsonNode allocated = agent.step(allocate);
        String ipv6 = allocated.path("ipv6").path(0).asText();
        ObjectNode isolate = agent.isolate("a", agent.fork("a"), List.of(allocated.path("ipv4").path(0).asText()), PROD);
        arguments(isolate).putArray("ipv6_addrs").add(ipv6);
        agent.step(isolate);
        Eventually.holds("the host reaches it", () -> host.attempt("ping", "-c1", "-W1", ipv6).ok());
        agent.kill("a");
        agent.step(agent.cleanup("a"));
        nothingIsHeld();
    }

    @Test
    void whatIsInEtcdWithoutACheckpointIsGivenBackByEitherCall() throws IOException {
        for (boolean release : new boolean[] {true, false}) {
            Container a = agent.launch("a", PROD);
            Files.delete(cluster.checkpoint(host, "a")); // As if its isolate had ended just before.
            agent.kill("a");
            agent.step(release ? agent.release(a.addresses()) : agent.cleanup("a"));
            nothingIsHeld();
        }
    }

    @Test
    void anIsolateThatEndedBeforeItsInterfaceCanBeRepeated() {
        Container a = agent.launch("a", PROD);
        host.run("ip", "link", "delete", host.run("ip", "-o", "route", "get", a.address()).replaceFirst("(?s).* dev (\\S+) .*", "$1"));
        agent.step(agent.isolate("a", a.pid(), a.addresses(), PROD));
        assertThat(host.attempt("ping", "-c1", "-W1", a.address()).ok()).isTrue();
        agent.destroy(a);
    }

    @Test
    void whatNetModulesHasForgottenIsGivenBackInTime() throws IOException {
        parameters.put("sweep_interval", "1secs");
        agent = agent();
        Container alive = agent.launch("a", PROD);
        Container dead = agent.launch("b", PROD);
        agent.allocate(1, PROD); // Its answer got lost, and so did the agent's memory of b:
        agent.kill("b");
        Eventually.holds("another container's calls give both back", () -> {
            agent.step(agent.cleanup("never-there"));
            return cluster.etcd().under(HANDLES).keySet().equals(Set.of(HANDLES + "mesos.host1.a"));
        });
        assertThat(cluster.etcd().under(ENDPOINTS)).hasSize(1);
        assertThat(cluster.checkpoint(host, dead.id())).doesNotExist();
        assertThat(host.attempt("ping", "-c1", "-W1", alive.address()).ok()).isTrue();
        agent.destroy(alive);
        nothingIsHeld();
        Path seen = cluster.checkpoint(host, "x").getParent().resolveSibling("net-modules");
        Eventually.holds("a call that knows its node by its end forgets what it saw of the first", () -> {
            agent.step(agent.cleanup("never-there"));
            return seen.toFile().list().length == 0;
        });
    }

    @Test
    void withoutEtcdACleanupTakesTheNetworkAwayAndIsCommittedLater() {
        parameters.put("sweep_interval", "1secs");
        agent = agent();
        Container a = agent.launch("a", PROD); // By calls that have the time that a slow machine needs.
        agent.kill("a");
        cluster.etcd().kill();
        parameters.put("etcd_request_timeout", "300ms");
        parameters.put("etcd_launch_timeout", "1secs");
        agent = agent();
        agent.step(agent.release(a.addresses()));
        agent.step(agent.cleanup("a"));
        assertThat(Remains.of(host)).doesNotContainValue(false);
        ObjectNode allocate = agent.request("allocate");
        arguments(allocate).put("hostname", "h").put("num_ipv4", 1).put("num_ipv6", 0).put("uid", "u");
        refused(allocate, "no network within 1000 ms, since etcd at " + cluster.etcd().endpoint() + " does not answer");
        cluster.etcd().start();
        parameters.keySet().removeAll(Set.of("etcd_request_timeout", "etcd_launch_timeout"));
        agent = agent();
        Eventually.holds("it is given back", () -> {
            agent.call(agent.cleanup("never-there").toString());
            return cluster.etcd().under(HANDLES).isEmpty();
        });
        nothingIsHeld();
    }

    private void nothingIsHeld() {
        assertThat(cluster.etcd().under(HANDLES)).isEmpty();
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/assignment/").values()).allMatch(block -> block.contains("\"attributes\":[]"));
        assertThat(Path.of(parameters.get("state_dir"), "journal")).isEmptyDirectory();
        assertThat(Path.of(parameters.get("runtime_dir"), "launches")).isEmptyDirectory();
    }
}
