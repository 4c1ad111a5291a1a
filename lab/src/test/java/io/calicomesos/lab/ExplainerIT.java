package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.netgroup.Explainer;
import io.calicomesos.netgroup.Explanation;
import io.calicomesos.netgroup.Flow;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the explanation says of containers in netgroups by chance, read from etcd, beside what real packets do. */
class ExplainerIT {
    private static final List<String> NETGROUPS = List.of("prod", "dev", "Odd Name!", "public");
    private static final int CONTAINERS = 6;
    private static final int AT_ONCE = 8;

    @AutoClose
    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = new Cluster(2);
        cluster.init(Cluster.POOL, 26);
    }

    @Test
    void whatIsSaidIsWhatPacketsDo() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<TestAgent> agents = List.of(0, 1).stream()
                .map(each -> cluster.agent(cluster.host(each), "network/calico", cluster.parameters(cluster.host(each)))).toList();
        List<Container> containers = new ArrayList<>();
        for (int i = 0; i < CONTAINERS; i++) {
            List<String> netgroups = NETGROUPS.stream().filter(each -> random.nextInt(3) == 0).toList();
            containers.add(Container.launch(agents.get(i % 2), cluster.host(i % 2), "c" + i, netgroups));
        }
        // The last to be launched: a host that has heard of them has heard of all.
        Container last1 = Container.launch(agents.get(0), cluster.host(0), "last1", List.of("last"));
        Container last2 = Container.launch(agents.get(1), cluster.host(1), "last2", List.of("last"));
        Eventually.holds("the hosts know of each other's containers", () -> last1.reachesByTcp(last2) && last2.reachesByTcp(last1));
        containers.addAll(List.of(last1, last2));

        Explainer explainer = explainer();
        ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE);
        List<CompletableFuture<String>> tried = new ArrayList<>();
        for (Container to : containers) {
            for (Container from : containers) {
                tried.add(compare(executor, explainer, from.address(), to.address(), () -> from.reachesByTcp(to)));
            }
            for (Host host : List.of(cluster.host(0), cluster.host(1))) {
                tried.add(compare(executor, explainer, host.address(), to.address(), () ->
                        host.attempt("socat", "-T2", "-", "TCP4:" + to.address() + ":" + Container.PORT + ",connect-timeout=1").ok()));
                tried.add(compare(executor, explainer, to.address(), host.address(), () -> to.reachesByIcmp(host.address())));
            }
        }
        List<String> wrong = tried.stream().map(CompletableFuture::join).filter(each -> !each.isEmpty()).toList();
        executor.shutdown();
        assertThat(wrong).as("seed %s, netgroups %s", seed, containers.stream().map(Container::netgroups).toList()).isEmpty();
    }

    /** Says what differs; nothing if nothing does. */
    private static CompletableFuture<String> compare(
            ExecutorService executor, Explainer explainer, String from, String to, BooleanSupplier reaches) {
        Explanation said = explain(explainer, from, to);
        return CompletableFuture.supplyAsync(() -> reaches.getAsBoolean() == said instanceof Explanation.Allowed ? ""
                : from + " to " + to + " is otherwise than " + said, executor);
    }

    private static Explanation explain(Explainer explainer, String from, String to) {
        try {
            return explainer.builtin(new Flow(InetAddress.getByName(from), InetAddress.getByName(to), Flow.Protocol.TCP, Container.PORT));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Explainer explainer() {
        Map<String, Profile> profiles = read(Keys.PROFILES, Profile.class).stream()
                .collect(Collectors.toMap(each -> each.metadata().name(), each -> each));
        return new Explainer(read(Keys.ENDPOINTS, WorkloadEndpoint.class), profiles, read(Keys.NODES, Node.class), List.of());
    }

    private static <T> List<T> read(String prefix, Class<T> type) {
        return cluster.etcd().under(prefix).entrySet().stream()
                .map(each -> Json.read(type, each.getKey(), each.getValue().getBytes(StandardCharsets.UTF_8))).toList();
    }
}
