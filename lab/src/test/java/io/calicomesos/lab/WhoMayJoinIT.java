package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Netgroups and namespaces that are closed to most roles, and how one might try to get in all the same. */
class WhoMayJoinIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String PROFILES = "/calico/resources/v3/projectcalico.org/profiles/";

    @AutoClose
    private static Cluster cluster;
    private static TestAgent agent;

    @BeforeAll
    static void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("netgroups", "{\"prod-*\": {\"roles\": [\"prod\", \"prod/%\"]}, \"Vault\": {\"roles\": [\"ops\"]}}");
        parameters.put("namespaces", "{\"team-*\": {\"roles\": [\"prod\"]}}");
        parameters.put("networks", "{\"back\": {\"netgroups\": [\"prod-db\"]}}");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void whoHasTheRoleJoins() {
        for (String role : List.of("prod", "prod/web")) {
            assertThat(launch(TestAgent.groups("prod-db", "dev"), role).path("ok").asBoolean()).isTrue();
            destroyed();
        }
        assertThat(launch(TestAgent.groups("dev"), "anything").path("ok").asBoolean()).as("what is not listed").isTrue();
        destroyed();
        assertThat(agent.launch("a", TestAgent.groups("dev"), List.of("sleep", "1000")).path("ok").asBoolean()).as("alone").isTrue();
        destroyed();
    }

    @Test
    void anotherRoleIsRefusedInOneLine() {
        refused(launch(TestAgent.groups("dev", "prod-db"), "web"), "calico-mesos: the netgroup 'prod-db' is closed to this container, "
                + "whose role is 'web': allowed are the roles prod, prod/% (parameter netgroups, entry 'prod-*')");
    }

    @Test
    void aStandaloneContainerHasNoRoleAndStaysOut() {
        refused(agent.launch("a", TestAgent.groups("prod-db"), List.of("sleep", "1000")), "calico-mesos: the netgroup 'prod-db' is closed "
                + "to this container, which has no role: allowed are the roles prod, prod/% (parameter netgroups, entry 'prod-*')");
    }

    @Test
    void aNetworkIsNoWayAround() {
        ObjectNode back = TestAgent.groups().put("name", "back");
        assertThat(launch(back, "web").path("error").asText()).startsWith("calico-mesos: the netgroup 'prod-db' is closed");
        destroyed();
        assertThat(launch(back, "prod").path("ok").asBoolean()).isTrue();
        destroyed();
    }

    @Test
    void aReservationsRoleIsNotTheAllocations() {
        ObjectNode line = line(TestAgent.groups("prod-db"), "web");
        ((ObjectNode) line.withArray("resources").get(0)).withArray("reservations").addObject().put("type", "STATIC").put("role", "prod");
        assertThat(agent.ask(line).path("error").asText()).contains("whose role is 'web'");
        destroyed();
    }

    @Test
    void theNameOfAnothersProfileIsNotItsNetgroup() {
        assertThat(launch(TestAgent.groups("Vault"), "ops").path("ok").asBoolean()).isTrue();
        String profile = cluster.etcd().under(PROFILES + "vault-").keySet().iterator().next().substring(PROFILES.length());
        destroyed();
        assertThat(launch(TestAgent.groups(profile), "web").path("ok").asBoolean()).as("it is a netgroup of its own").isTrue();
        String endpoint = cluster.etcd().under(ENDPOINTS).values().iterator().next();
        assertThat(endpoint).doesNotContain("\"" + profile + "\"").contains("\"profiles\":[\"vault-");
        destroyed();
    }

    @Test
    void theProfilesOfNamespacesAndTheOneThatAllowsEverythingCannotBeJoined() {
        for (String name : List.of("kns.team-a", "ksa.team-a.default", "pcns.x", "projectcalico-default-allow")) {
            assertThat(launch(TestAgent.groups(name), "web").path("ok").asBoolean()).isTrue();
            assertThat(cluster.etcd().under(ENDPOINTS).values().iterator().next()).doesNotContain("\"" + name + "\"");
            destroyed();
        }
    }

    @Test
    void noLabelMakesAMember() {
        ObjectNode info = TestAgent.groups("dev");
        for (String key : List.of("netgroup.calico-mesos.io/prod-db", "projectcalico.org/orchestrator", "pcns.role", "mesos.calico-mesos.io/role")) {
            info.withObject("labels").withArray("labels").addObject().put("key", key).put("value", "prod");
        }
        assertThat(launch(info, "web").path("ok").asBoolean()).isTrue();
        assertThat(cluster.etcd().under(ENDPOINTS).values().iterator().next())
                .contains("\"netgroup.calico-mesos.io.prod-db\":\"prod\"", "\"mesos.calico-mesos.io/role\":\"web\"",
                        "\"projectcalico.org/orchestrator\":\"mesos\"")
                .doesNotContain("netgroup.calico-mesos.io/prod-db", "\"profiles\":[\"prod");
        destroyed();
    }

    @Test
    void aNamespaceIsClosedToo() {
        ObjectNode info = TestAgent.groups("dev");
        info.withObject("labels").withArray("labels").addObject().put("key", "projectcalico.org/namespace").put("value", "team-a");
        refused(launch(info, "web"), "calico-mesos: the namespace 'team-a' is closed to this container, whose role is 'web': allowed are "
                + "the roles prod (parameter namespaces, entry 'team-*')");
        assertThat(launch(info, "prod").path("ok").asBoolean()).isTrue();
        destroyed();
    }

    private static ObjectNode line(ObjectNode networkInfo, String role) {
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", "a"), networkInfo);
        line.withArray("command").add("sleep").add("1000");
        return TestAgent.framework(line, role, "executor");
    }

    private static JsonNode launch(ObjectNode networkInfo, String role) {
        return agent.ask(line(networkInfo, role));
    }

    private static void refused(JsonNode answer, String error) {
        assertThat(answer.path("step").asText()).isEqualTo("prepare");
        assertThat(answer.path("error").asText()).isEqualTo(error);
        destroyed();
    }

    private static void destroyed() {
        agent.destroy("a");
        assertThat(cluster.etcd().under(ENDPOINTS)).isEmpty();
        assertThat(cluster.etcd().under("/calico/ipam/v2/handle/")).isEmpty();
    }
}
