package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who reaches whom on two hosts, by real packets. The demo tries every pair; here are the cases that are easy to get wrong. */
class NetgroupsIT {
    @AutoClose
    private static Cluster cluster;
    private static TestAgent one;
    private static TestAgent two;

    @BeforeAll
    static void start() {
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
        one = cluster.agent(cluster.host(0), "network/calico", cluster.parameters(cluster.host(0)));
        two = cluster.agent(cluster.host(1), "network/calico", cluster.parameters(cluster.host(1)));
    }

    @Test
    void membersReachEachOtherAcrossHostsAndOthersDoNot() {
        Container a = Container.launch(one, cluster.host(0), "a", List.of("prod"));
        Container b = Container.launch(two, cluster.host(1), "b", List.of("prod", "dev"));
        Container c = Container.launch(two, cluster.host(1), "c", List.of("dev"));
        Eventually.holds("a reaches b", () -> a.reachesByTcp(b));
        assertThat(b.reachesByIcmp(a)).isTrue();
        assertThat(c.reachesByTcp(b)).isTrue();
        assertThat(a.reachesByTcp(c)).isFalse();
        assertThat(c.reachesByIcmp(a)).isFalse();
        destroy(a, b, c);
    }

    @Test
    void connectionsThatWereLetInAreForgottenWithTheContainer() {
        Container a = Container.launch(one, cluster.host(0), "a3", List.of("prod"));
        Container b = Container.launch(one, cluster.host(0), "b3", List.of("prod"));
        assertThat(a.reachesByTcp(b)).isTrue();
        assertThat(b.reachesByIcmp(cluster.host(0).address())).isTrue();
        assertThat(cluster.host(0).run("conntrack", "-L")).contains(b.address());
        destroy(b);
        assertThat(cluster.host(0).run("conntrack", "-L")).doesNotContain(b.address());
        destroy(a);
    }

    @Test
    void withoutANetgroupOnlyTheHostReachesIt() {
        Container alone = Container.launch(one, cluster.host(0), "alone", List.of());
        Container other = Container.launch(one, cluster.host(0), "other", List.of("prod"));
        Container alike = Container.launch(one, cluster.host(0), "alike", List.of());
        assertThat(other.reachesByTcp(alone)).isFalse();
        assertThat(alone.reachesByTcp(other)).isFalse();
        assertThat(alike.reachesByTcp(alone)).isFalse();
        assertThat(alone.reachesByIcmp(cluster.host(0).address())).as("it reaches the host").isTrue();
        assertThat(cluster.host(0).attempt("ping", "-c1", "-W1", alone.address()).ok()).isTrue();
        assertThat(cluster.host(1).attempt("ping", "-c1", "-W1", alone.address()).ok()).isFalse();
        // Felix lets nothing out of an endpoint without a profile: this one lets everything out, and nothing in.
        String profile = "/calico/resources/v3/projectcalico.org/profiles/calico-mesos-no-netgroup";
        assertThat(cluster.etcd().under(profile).get(profile)).contains("\"spec\":{\"egress\":[{\"action\":\"Allow\"")
                .doesNotContain("ingress", "labelsToApply");
        assertThat(cluster.etcd().under("/calico/resources/v3/projectcalico.org/workloadendpoints/default/host1-mesos-alone-eth0")
                .toString()).contains("\"profiles\":[\"calico-mesos-no-netgroup\"]");
        destroy(alone, other, alike);
    }

    @Test
    void aContainerCannotSendFromAnotherAddress() {
        Container liar = Container.launch(one, cluster.host(0), "liar", List.of("prod"));
        Container victim = Container.launch(one, cluster.host(0), "victim", List.of("dev"));
        Container member = Container.launch(one, cluster.host(0), "member", List.of("dev"));
        assertThat(liar.attempt("ip", "address", "add", member.address() + "/32", "dev", "eth0").ok()).isTrue();
        assertThat(echoesHeardBy(victim, member, member.address())).as("its own").isEqualTo(1);
        // An answer would go to the true owner: what counts is that nothing arrives.
        assertThat(echoesHeardBy(victim, liar, member.address())).isZero();
        assertThat(echoesHeardBy(member, liar, victim.address())).as("nor from an address that it does not even have").isZero();
        long before = echoes(cluster.host(0).run("cat", "/proc/net/snmp"));
        liar.attempt("ping", "-c1", "-W1", "-I", member.address(), cluster.host(0).address());
        assertThat(echoes(cluster.host(0).run("cat", "/proc/net/snmp"))).isEqualTo(before);
        liar.attempt("ping", "-c1", "-W1", "-I", liar.address(), cluster.host(0).address());
        assertThat(echoes(cluster.host(0).run("cat", "/proc/net/snmp"))).isEqualTo(before + 1);
        destroy(liar, victim, member);
    }

    private static long echoesHeardBy(Container victim, Container sender, String source) {
        sender.attempt("ip", "address", "add", source + "/32", "dev", "eth0");
        long before = echoes(victim.attempt("cat", "/proc/net/snmp").out());
        sender.attempt("ping", "-c1", "-W1", "-I", source, victim.address());
        return echoes(victim.attempt("cat", "/proc/net/snmp").out()) - before;
    }

    /** ICMP echo requests received, in what the kernel counts. */
    private static long echoes(String counters) {
        List<String[]> icmp = counters.lines().filter(each -> each.startsWith("Icmp: ")).map(each -> each.split(" ")).toList();
        return Long.parseLong(icmp.get(1)[List.of(icmp.get(0)).indexOf("InEchos")]);
    }

    @Test
    void anEditedProfileOfAnOperatorTakesEffectOnBothHosts() {
        Container a = Container.launch(one, cluster.host(0), "a2", List.of("closed"));
        Container b = Container.launch(two, cluster.host(1), "b2", List.of("elsewhere"));
        assertThat(b.reachesByIcmp(a)).isFalse();
        String key = "/calico/resources/v3/projectcalico.org/profiles/closed";
        String opened = cluster.etcd().under(key).get(key).replace("{\"selector\":\"has(netgroup.calico-mesos.io/closed)\"}", "{}");
        cluster.etcd().etcdctl("put", key, opened);
        Eventually.holds("the opened profile lets b in", () -> b.reachesByIcmp(a));
        destroy(a, b);
    }

    private static void destroy(Container... containers) {
        for (Container each : containers) {
            assertThat(each.agent().destroy(each.id()).path("ok").asBoolean()).isTrue();
        }
    }
}
