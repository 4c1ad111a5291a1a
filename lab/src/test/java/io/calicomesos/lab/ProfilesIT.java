package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The profiles of netgroups: made by the first member, kept while there is any, swept when nobody uses them. */
class ProfilesIT {
    private static final String PROFILES = "/calico/resources/v3/projectcalico.org/profiles/";
    private static final List<String> SLEEP = List.of("sleep", "1000");

    @AutoClose
    private Cluster cluster;
    private TestAgent agent;

    @BeforeEach
    void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("sweep_interval", "300ms");
        parameters.put("sweep_grace", "300ms");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
    }

    @Test
    void aProfileThatNobodyUsesIsSweptIfItIsAsItWasMade() {
        launch("a", "used", "Refined", "unused");
        launch("b", "used", "Odd Name!");
        assertThat(profiles()).hasSize(4);
        String refined = keyOf("refined-");
        put(refined, value(refined).replace("\"metadata\":{", "\"metadata\":{\"labels\":{\"team\":\"a\"},"));
        String operators = value(PROFILES + "used").replace("netgroup.calico-mesos.io/used", "operators").replace("\"used\"", "\"operators\"");
        put(PROFILES + "operators", operators);
        put(PROFILES + "hosts", value(PROFILES + "used").replace("used", "hosts"));
        cluster.etcd().etcdctl("put", "/calico/resources/v3/projectcalico.org/hostendpoints/host1-eth0", "{\"kind\":\"HostEndpoint\","
                + "\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"host1-eth0\"},\"spec\":{\"node\":\"host1\","
                + "\"interfaceName\":\"eth0\",\"profiles\":[\"hosts\"]}}");
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
        Eventually.holds("the one without members is gone", () -> !profiles().containsKey(PROFILES + "unused"));
        String odd = keyOf("odd-name-");
        assertThat(profiles()).containsOnlyKeys(refined, odd, PROFILES + "used", PROFILES + "operators", PROFILES + "hosts");

        assertThat(agent.destroy("b").path("ok").asBoolean()).isTrue();
        Eventually.holds("and those of the last container", () -> !profiles().containsKey(PROFILES + "used") && !profiles().containsKey(odd));
        assertThat(profiles()).containsOnlyKeys(refined, PROFILES + "operators", PROFILES + "hosts");
        assertThat(value(PROFILES + "operators")).isEqualTo(operators);

        String edited = value(refined);
        launch("c", "Refined", "operators");
        assertThat(value(refined)).as("what is there is never changed").isEqualTo(edited);
        assertThat(value(PROFILES + "operators")).isEqualTo(operators);
    }

    @Test
    void aProfileThatIsDeletedUnderAContainerIsWrittenAgain() {
        launch("a", "prod", "Odd Name!");
        String odd = keyOf("odd-name-");
        String before = withoutIdentity(value(odd));
        cluster.etcd().etcdctl("del", odd);
        Eventually.holds("it is there again", () -> profiles().containsKey(odd));
        assertThat(withoutIdentity(value(odd))).isEqualTo(before);

        agent.kill();
        cluster.etcd().etcdctl("del", "--prefix", PROFILES);
        agent.start();
        Eventually.holds("an agent that starts writes what was lost without it", () -> profiles().keySet().equals(
                Set.of(odd, PROFILES + "prod")));
        assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
    }

    @Test
    void launchesThatComeAndGoBesideTheSweepAlwaysHaveTheirProfile() {
        for (int i = 0; i < 20; i++) {
            launch("c" + i, "busy");
            assertThat(agent.destroy("c" + i).path("ok").asBoolean()).isTrue();
            if (i % 5 == 0) {
                Eventually.holds("it is swept", () -> profiles().isEmpty());
            }
        }
        launch("last", "busy");
        Eventually.holds("it has its profile", () -> profiles().containsKey(PROFILES + "busy"));
    }

    private void launch(String id, String... netgroups) {
        assertThat(agent.launch(id, TestAgent.groups(netgroups), SLEEP).path("ok").asBoolean()).isTrue();
    }

    private Map<String, String> profiles() {
        return cluster.etcd().under(PROFILES);
    }

    private String keyOf(String begin) {
        return profiles().keySet().stream().filter(each -> each.startsWith(PROFILES + begin)).findFirst().orElseThrow();
    }

    private String value(String key) {
        return profiles().get(key);
    }

    private void put(String key, String value) {
        assertThat(cluster.etcd().etcdctl("put", key, value).ok()).isTrue();
    }

    private static String withoutIdentity(String profile) {
        return profile.replaceAll("\"(uid|creationTimestamp)\":\"[^\"]*\"", "");
    }
}
