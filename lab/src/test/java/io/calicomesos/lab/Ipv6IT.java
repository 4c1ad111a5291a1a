package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers with IPv4, IPv6 or both behind the builtin enforcer, on two hosts, by real packets. */
class Ipv6IT {
    private static final int PAIRS_AT_ONCE = 8;
    private static final List<String> PROD = List.of("prod");
    private static final List<String> DEV = List.of("dev");

    private Cluster cluster;
    private Host host1;
    private Host host2;
    private TestAgent one;
    private TestAgent two;

    @BeforeEach
    void start() {
        assumeTrue(Link.IPV6, "this kernel has no IPv6");
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
        cluster.calicoMesos(
                "init", "--etcd-endpoints", cluster.etcd().endpoint(), "--pool", Cluster.POOL6, "--pool-name", "mesos6");
        host1 = cluster.host(0);
        host2 = cluster.host(1);
        one = cluster.agent(host1, "network/calico", cluster.parameters(host1));
        two = cluster.agent(host2, "network/calico", cluster.parameters(host2));
    }

    @AfterEach
    void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void whoReachesWhomIsAsTheNetgroupsSayInEachFamily() {
        List<Container> containers = List.of(
                Container.launch(one, host1, "prod-4", PROD, 4),
                Container.launch(one, host1, "prod-6", PROD, 6),
                Container.launch(one, host1, "dev-46", DEV, 4, 6),
                Container.launch(two, host2, "prod-46", PROD, 6, 4),
                Container.launch(two, host2, "dev-6", DEV, 6),
                Container.launch(two, host2, "dev-4", DEV, 4),
                Container.launch(two, host2, "public-46", List.of("public"), 4, 6));
        Container prod6 = containers.get(1);
        Eventually.holds("the second host hears of the first's containers", () -> containers.get(3).reachesByIcmp(prod6));
        assertThat(wrong(containers)).isEmpty();

        String address = prod6.address();
        assertThat(host1.attempt("ping", "-c1", "-W1", address).ok()).as("the host reaches it").isTrue();
        assertThat(prod6.reachesByIcmp(host1.address6())).as("it reaches the host").isTrue();
        assertThat(host2.attempt("ping", "-c1", "-W1", address).ok()).as("the other host does not").isFalse();
        assertThat(prod6.reachesByIcmp(host2.address6())).as("but may be reached").isTrue();

        for (Container each : containers) {
            assertThat(each.agent().destroy(each.id()).path("ok").asBoolean()).isTrue();
        }
        Eventually.holds("nothing is left", () -> !Remains.of(host1, host2).containsValue(false));
        one.close();
        two.close();
        for (Host host : List.of(host1, host2)) {
            assertThat(host.run("nft", "list", "tables")).isEmpty();
            assertThat(routes(host)).isEmpty();
        }
    }

    /** Tries every pair in both families, by TCP and by ICMP. */
    private static List<String> wrong(List<Container> containers) {
        ExecutorService executor = Executors.newFixedThreadPool(PAIRS_AT_ONCE);
        List<CompletableFuture<Stream<String>>> found = new ArrayList<>();
        for (Container from : containers) {
            for (Container to : containers) {
                for (String address : from == to ? List.<String>of() : to.addresses()) {
                    boolean expected = from.mayReach(to) && from.address(address.indexOf(':') < 0 ? 4 : 6).isPresent();
                    String pair = from.id() + " to " + to.id() + " at " + address + (expected ? " should" : " should not");
                    found.add(CompletableFuture.supplyAsync(() -> Stream.of(
                            from.reachesByTcp(to, address) == expected ? "" : pair + " by TCP",
                            from.reachesByIcmp(address) == expected ? "" : pair + " by ICMP"), executor));
                }
            }
        }
        List<String> wrong = found.stream().flatMap(CompletableFuture::join).filter(each -> !each.isEmpty()).toList();
        executor.shutdown();
        return wrong;
    }

    @Test
    void aContainerSendsFromItsOwnAddressesOnly() throws IOException {
        Container liar = Container.launch(one, host1, "liar", PROD, 4, 6);
        Container old = Container.launch(one, host1, "old", PROD, 4);
        Container victim = Container.launch(one, host1, "victim", DEV, 4, 6);
        Container member = Container.launch(one, host1, "member", DEV, 4, 6);
        String victims = victim.address(6).orElseThrow();
        String stolen = member.address(6).orElseThrow();
        for (Container each : List.of(liar, old)) {
            each.attempt("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0");
            assertThat(each.attempt("ip", "address", "add", stolen + "/128", "dev", "eth0", "nodad").ok()).isTrue();
            each.attempt("ip", "route", "add", "default", "via", "fe80::ecee:eeff:feee:eeee", "dev", "eth0");
        }
        assertThat(echoesHeardBy(victim, () -> member.reachesByIcmp(victims))).as("its own").isEqualTo(1);
        for (Container each : List.of(liar, old)) {
            // An answer would go to the true owner: what counts is that nothing arrives.
            assertThat(echoesHeardBy(victim, () -> each.attempt("ping", "-c1", "-W1", "-I", stolen, victims))).isZero();
            assertThat(echoesHeardBy(host1, () -> each.attempt("ping", "-c1", "-W1", "-I", stolen, host1.address6()))).isZero();
        }
        String own = liar.address(6).orElseThrow();
        assertThat(echoesHeardBy(host1, () -> liar.attempt("ping", "-c1", "-W1", "-I", own, host1.address6()))).isEqualTo(1);
    }

    @Test
    void byLinkLocalAddressesThereIsNeighbourDiscoveryAndNoMore() {
        Container container = Container.launch(one, host1, "container", PROD, 6);
        String hostInterface = host1.run("ip", "-o", "link", "show", "type", "veth").lines()
                .filter(each -> each.contains(" cali")).findFirst().orElseThrow().replaceFirst(".* (cali\\w+)@.*", "$1");
        String linkLocal = container.attempt("ip", "-6", "-o", "address", "show", "eth0", "scope", "link").out()
                .replaceFirst("(?s).*inet6 (\\S+)/64.*", "$1");
        String gateway = "fe80::ecee:eeff:feee:eeee%eth0";
        List<String> ping = List.of("ping", "-c1", "-W1", "-t255", "-I", linkLocal + "%eth0", gateway);
        assertThat(echoesHeardBy(host1, () -> container.attempt(ping.toArray(String[]::new)))).isZero();
        assertThat(host1.attempt("ping", "-c1", "-W1", linkLocal + "%" + hostInterface).ok()).as("no answer").isFalse();
        assertThat(host1.run("ip", "-6", "neighbour", "show", linkLocal, "dev", hostInterface)).as("but it was found")
                .contains("lladdr");
    }

    @Test
    void theHostForwardsIpv6OnlyOnceItHasSuchAContainerAndGoesOnHeedingItsRouter() {
        host1.run("sysctl", "-qw", "net.ipv6.conf.eth0.accept_ra=1");
        Container four = Container.launch(one, host1, "four", PROD, 4);
        Container elsewhere = Container.launch(two, host2, "elsewhere", PROD, 6);
        Eventually.holds("it is heard of", () -> routes(host1).stream().anyMatch(each -> each.startsWith("fd00:")));
        assertThat(setting(host1, "all.forwarding")).isEqualTo("0");
        assertThat(setting(host1, "eth0.accept_ra")).isEqualTo("1");

        Container six = Container.launch(one, host1, "six", PROD, 6);
        assertThat(setting(host1, "all.forwarding")).isEqualTo("1");
        assertThat(setting(host1, "eth0.accept_ra")).isEqualTo("2");
        Eventually.holds("they reach each other", () -> six.reachesByTcp(elsewhere) && elsewhere.reachesByTcp(six));

        one.kill();
        host1.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=0"); // As an operator might meanwhile.
        one.start();
        Eventually.holds("an agent that finds such a container sees to it again", () ->
                setting(host1, "all.forwarding").equals("1"));
        assertThat(four.reachesByIcmp(host1.address())).isTrue();
    }

    @Test
    void routesFollowBlocksAndBorrowedAddressesInBothFamilies() {
        Container a = Container.launch(one, host1, "a", PROD, 4, 6);
        Container b = Container.launch(two, host2, "b", PROD, 4, 6);
        List<String> blocks = Stream.of(host1, host2).flatMap(host -> routes(host).stream())
                .filter(each -> each.startsWith("blackhole")).toList();
        assertThat(blocks).as("each host drops what is for nobody in its own two blocks").hasSize(4);
        assertThat(blocks.stream().filter(each -> each.matches("blackhole 198\\.18\\.\\d+\\.\\d+/26.*"))).hasSize(2);
        assertThat(blocks.stream().filter(each -> each.matches("blackhole fd00:198:18::\\S*/122.*"))).hasSize(2);
        Eventually.holds("each host has the other's blocks", () -> Stream.of(host1, host2).allMatch(host ->
                routes(host).stream().filter(each -> each.matches("\\S+/(26|122) via .*")).count() == 2));

        List<String> borrowed = List.of(neighbourOf(a.address(4).orElseThrow()), neighbourOf(a.address(6).orElseThrow()));
        ObjectNode info = TestAgent.groups("prod");
        borrowed.forEach(each -> info.withArray("ip_addresses").addObject().put("ip_address", each));
        Container c = Container.launch(two, host2, "c", PROD, info);
        assertThat(c.addresses()).isEqualTo(borrowed);
        for (String each : borrowed) {
            Eventually.holds("a reaches c at " + each, () -> a.reachesByTcp(c, each));
            assertThat(route(host1, each)).as("in the midst of its own block").hasSize(1).first().asString().contains(" via ");
            assertThat(b.reachesByTcp(c, each)).isTrue();
        }

        one.kill();
        host1.run("ip", "route", "add", "198.18.250.0/26", "via", host2.address(), "proto", "77");
        host1.run("ip", "-6", "route", "add", "fd00:198:18::fa00/122", "via", host2.address6(), "proto", "77");
        host1.run("ip", "-6", "route", "add", "blackhole", "fd00:198:18::fb00/122", "proto", "77");
        List<String> before = routes(host1);
        one.start();
        Eventually.holds("what a former agent left and nobody needs is taken away", () -> routes(host1).stream()
                .noneMatch(each -> each.matches(".*(198\\.18\\.250\\.0|:fa00|:fb00)/.*")));
        assertThat(routes(host1)).hasSize(before.size() - 3);
        assertThat(two.destroy("c").path("ok").asBoolean()).isTrue();
        for (String each : borrowed) {
            Eventually.holds("the route to c is gone", () -> route(host1, each).isEmpty());
        }
    }

    @Test
    void executorsAreToldAnAddressThatLibprocessCanUse() throws IOException {
        Container dual = Container.launch(one, host1, "dual", PROD, 6, 4);
        Container six = Container.launch(one, host1, "six", PROD, 6);
        assertThat(environment(dual)).contains("LIBPROCESS_IP=" + dual.address(4).orElseThrow())
                .noneMatch(each -> each.startsWith("LIBPROCESS_IP6="));
        assertThat(environment(six)).contains("LIBPROCESS_IP=127.0.0.1", "LIBPROCESS_IP6=" + six.address());
    }

    @Test
    void initWritesNodesAndPoolsOfBothFamilies() {
        String node = cluster.etcd().under("/calico/resources/v3/projectcalico.org/nodes/host1").values().iterator().next();
        assertThat(node).contains("\"spec\":{\"bgp\":{\"ipv4Address\":\"198.19.0.1/24\",\"ipv6Address\":\"fd00:198:19::1/64\"}}");
        String pool = cluster.etcd().under("/calico/resources/v3/projectcalico.org/ippools/mesos6").values().iterator().next();
        assertThat(pool).contains("\"cidr\":\"fd00:198:18::/112\"", "\"blockSize\":122");

        initNode("six=FD00:0:0::9/64");
        String six = cluster.etcd().under("/calico/resources/v3/projectcalico.org/nodes/six").values().iterator().next();
        assertThat(six).contains("\"spec\":{\"bgp\":{\"ipv6Address\":\"fd00::9/64\"}}");
        List<String> refused = List.of(
                "x=fd00::1", "x=10.0.0.1/33", "x=fd00::1/129", "x=10.0.0.1/24,10.0.0.2/24", "x=10.0.0.1/24,");
        for (String wrong : refused) {
            assertThatThrownBy(() -> initNode(wrong)).hasMessageContaining("--node " + wrong);
        }
    }

    private void initNode(String node) {
        cluster.calicoMesos("init", "--etcd-endpoints", cluster.etcd().endpoint(), "--node", node);
    }

    private static List<String> environment(Container container) throws IOException {
        return List.of(Files.readString(Path.of("/proc/" + container.pid() + "/environ")).split("\0"));
    }

    private static String setting(Host host, String name) {
        return host.run("sysctl", "-n", "net.ipv6.conf." + name);
    }

    /** The routes that we made, of both families. */
    private static List<String> routes(Host host) {
        return Stream.of("-4", "-6").flatMap(family -> host.run("ip", family, "route", "show", "proto", "77").lines())
                .map(String::strip).toList();
    }

    /** Our routes to one address alone. */
    private static List<String> route(Host host, String address) {
        return routes(host).stream().filter(each -> each.startsWith(address + " ")).toList();
    }

    /** An address that is far enough from another in its block to be free, and near enough to be in it. */
    private static String neighbourOf(String address) {
        int end = Math.max(address.lastIndexOf('.'), address.lastIndexOf(':')) + 1;
        boolean ipv4 = address.indexOf(':') < 0;
        int last = end == address.length() ? 0 : Integer.parseInt(address.substring(end), ipv4 ? 10 : 16);
        return address.substring(0, end) + Integer.toString(last ^ 0x20, ipv4 ? 10 : 16);
    }

    private static long echoesHeardBy(Container container, Runnable action) {
        return echoesDuring(action, () -> container.attempt("cat", "/proc/net/snmp6").out());
    }

    private static long echoesHeardBy(Host host, Runnable action) {
        return echoesDuring(action, () -> host.run("cat", "/proc/net/snmp6"));
    }

    private static long echoesDuring(Runnable action, Supplier<String> counters) {
        long before = echoes(counters.get());
        action.run();
        return echoes(counters.get()) - before;
    }

    private static long echoes(String counters) {
        return counters.lines().filter(each -> each.startsWith("Icmp6InEchos "))
                .mapToLong(each -> Long.parseLong(each.split("\\s+")[1])).sum();
    }
}
