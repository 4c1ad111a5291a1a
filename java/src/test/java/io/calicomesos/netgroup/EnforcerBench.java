package io.calicomesos.netgroup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import io.calicomesos.etcd.Mirror;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.PutOption;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * What the builtin enforcer costs. Not part of the tests: {@code scripts/bench} runs it, in a network namespace that stands for a
 * host and is thrown away. Results in {@code build/bench/enforcer.json}.
 */
class EnforcerBench {
    private static final int ROUNDS = Integer.getInteger("bench.rounds", 200);
    private static final int BATCH = 100;
    private static final String CONTAINER = "198.18.0.1";
    private static final String SENDER = "198.18.255.1";

    private static final Map<String, Object> RESULTS = new LinkedHashMap<>();

    @AfterAll
    static void report() throws Exception {
        Path file = Files.createDirectories(Path.of("..", "build", "bench")).resolve("enforcer.json");
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), RESULTS);
        RESULTS.forEach((figure, value) -> System.out.printf("%-75s %s%n", figure, value));
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(new ThreadFactoryBuilder().setNameFormat(name).setDaemon(true).build());
    }

    /** Endpoints as our own module writes them, one address and one netgroup each. */
    private static byte[] endpoint(String node, String address) {
        return """
                {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"%1$s-mesos-x-eth0",\
                "namespace":"default","labels":{"framework":"%2$s"}},"spec":{"orchestrator":"mesos","workload":"x","node":"%1$s",\
                "endpoint":"eth0","ipNetworks":["%2$s/32"],"profiles":["bench"],"interfaceName":"cali%3$s"}}"""
                .formatted(node, address, address.replace(".", "")).getBytes(StandardCharsets.UTF_8);
    }

    private static String key(String node) {
        return Keys.ENDPOINTS + "default/" + node + "-mesos-" + UUID.randomUUID().toString().replace("-", "--") + "-eth0";
    }

    private static String wide(int number) {
        return "10." + (1 + number / 62_500) + "." + number / 250 % 250 + "." + number % 250;
    }

    @Test
    void heapOfARemoteEndpoint() {
        for (int count : new int[] {1_000, 20_000, 120_000}) { // The first one warms up.
            String node = "here";
            Ruleset ruleset = new Ruleset(node);
            RemoteRoutes routes = new RemoteRoutes(node, () -> ruleset.members().all());
            Membership membership = new Membership(node, ruleset, routes, commands -> { });
            for (int host = 0; host < count / 50; host++) {
                routes.block("host" + host, Cidr.parse("10." + (1 + host / 1024) + "." + host / 4 % 256 + "." + host % 4 * 64 + "/26"));
            }
            routes.takeChanged();
            long before = heap();
            for (int i = 0; i < count; i++) {
                String name = "host" + i / 50;
                String address = "10." + (1 + i / 50 / 1024) + "." + i / 50 / 4 % 256 + "." + (i / 50 % 4 * 64 + i % 50);
                membership.put(new Mirror.Entry(key(name), Etcd.bytes(endpoint(name, address)), 1, 1));
            }
            routes.takeChanged();
            if (count > 1_000) {
                RESULTS.put("heap of a remote endpoint among " + count + ", bytes", (heap() - before) / count);
            }
            if (ruleset.members().all().size() != count) { // And so that it lives until here.
                throw new AssertionError("of " + count + " endpoints there are " + ruleset.members().all().size());
            }
        }
    }

    private static long heap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            least = Math.min(least, Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return least;
    }

    /**
     * From the commit of an endpoint on another host to the first packet of it that a container here answers: beside a bare watch
     * that hears of the same commit, and with few and many endpoints in etcd by turns.
     */
    @Test
    void fromCommitToFirstPacket() throws Exception {
        ScheduledExecutorService enforcerThread = thread("enforcer");
        try (EtcdProcess process = EtcdProcess.started();
                Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(20))) {
            wire();
            ProfileName profile = ProfileName.ofNetgroup("bench");
            put(etcd, Map.of(Keys.profile(profile), Json.write(Profile.ofNetgroup("bench", UUID.randomUUID(), Instant.now()))));
            BuiltinEnforcer enforcer = new BuiltinEnforcer(etcd, new NodeName("here"), enforcerThread, enforcerThread);
            enforcer.start();
            enforcer.admit(new Member(Keys.ENDPOINTS + "default/here", "here", "calibench", List.of("bench"), Set.of(CONTAINER)))
                    .get(60, TimeUnit.SECONDS);
            List<String> many = new ArrayList<>();
            List<Round> few = new ArrayList<>();
            List<Round> much = new ArrayList<>();
            fill(etcd, 1_000, 0);
            for (int turn = 0; turn < 2; turn++) {
                few.addAll(rounds(etcd, ROUNDS / 2));
                many.addAll(fill(etcd, 19_000, 1_000));
                much.addAll(rounds(etcd, ROUNDS / 2));
                delete(etcd, many);
                many.clear();
            }
            figures("1,000 endpoints", few);
            figures("20,000 endpoints", much);
            for (double quantile : new double[] {0.5, 0.99}) {
                RESULTS.put("first packet with 20,000 over 1,000 endpoints, quantile " + quantile, String.format("%.2f",
                        at(much.stream().mapToLong(Round::packetNs).toArray(), quantile)
                                / (double) at(few.stream().mapToLong(Round::packetNs).toArray(), quantile)));
            }
            enforcer.close();
        } finally {
            enforcerThread.shutdown();
            run("for each in here far; do ip netns delete bench-$each; done");
        }
    }

    /** What one endpoint took, from when its put was sent. */
    private record Round(long committedNs, long heardNs, long packetNs) {}

    private static void figures(String with, List<Round> rounds) {
        for (double quantile : new double[] {0.5, 0.99}) {
            RESULTS.put(with + ", quantile " + quantile + ", ms: first packet after a bare watch heard", String.format("%.1f",
                    at(rounds.stream().mapToLong(each -> each.packetNs() - each.heardNs()).toArray(), quantile) / 1e6));
            RESULTS.put(with + ", quantile " + quantile + ", ms: committed, heard by a bare watch, first packet",
                    String.format("%.1f  %.1f  %.1f", at(rounds.stream().mapToLong(Round::committedNs).toArray(), quantile) / 1e6,
                            at(rounds.stream().mapToLong(Round::heardNs).toArray(), quantile) / 1e6,
                            at(rounds.stream().mapToLong(Round::packetNs).toArray(), quantile) / 1e6));
        }
    }

    private List<Round> rounds(Etcd etcd, int count) throws Exception {
        List<Round> rounds = new ArrayList<>();
        ScheduledExecutorService watching = thread("bare-watch");
        BareWatch bare = new BareWatch();
        try (Mirror watch = new Mirror(etcd, Keys.ENDPOINTS, bare, watching, watching)) {
            watch.start().get(60, TimeUnit.SECONDS);
            // A new flow each time, since what is established passes in any case; once a millisecond, before and after the commit.
            Process sender = inside("far", "bash", "-c", "exec 9<> <(:); while :; do echo -n x > /dev/udp/" + CONTAINER
                    + "/9; read -t 0.001 -u 9; done");
            Process receiver = inside("here", "socat", "-u", "UDP4-RECV:9", "-");
            Thread.sleep(500);
            for (int i = -20; i < count; i++) { // The first ones warm up.
                Round round = round(etcd, bare, receiver.getInputStream());
                if (i >= 0) {
                    rounds.add(round);
                }
            }
            sender.destroyForcibly().waitFor();
            receiver.destroyForcibly().waitFor();
        }
        watching.shutdown();
        return rounds;
    }

    private Round round(Etcd etcd, BareWatch bare, InputStream received) throws Exception {
        String key = key("far");
        if (received.available() > 0) {
            throw new AssertionError("a packet passed before its endpoint was committed");
        }
        CompletableFuture<Long> heard = bare.expect(key);
        long start = System.nanoTime();
        CompletableFuture<Long> committed = etcd.commit(List.of(), List.of(put(key, endpoint("far", SENDER))), List.of())
                .thenApply(response -> System.nanoTime());
        received.read();
        long packet = System.nanoTime();
        Round round = new Round(
                committed.get(20, TimeUnit.SECONDS) - start, heard.get(20, TimeUnit.SECONDS) - start, packet - start);
        CompletableFuture<Long> gone = bare.expect(key);
        delete(etcd, List.of(key));
        gone.get(20, TimeUnit.SECONDS);
        while (run("nft list set inet calico-mesos group-bench").contains(SENDER)) {
            Thread.sleep(1);
        }
        Thread.sleep(20);
        received.skipNBytes(received.available());
        return round;
    }

    /** When a key is heard of. */
    private static final class BareWatch implements Mirror.Follower {
        private volatile String key = "";
        private volatile CompletableFuture<Long> heard;

        CompletableFuture<Long> expect(String expected) {
            heard = new CompletableFuture<>();
            key = expected;
            return heard;
        }

        @Override
        public void snapshot(List<Mirror.Entry> entries) {}

        @Override
        public void put(Mirror.Entry entry) {
            deleted(entry.key());
        }

        @Override
        public void deleted(String heardKey) {
            if (heardKey.equals(key)) {
                heard.complete(System.nanoTime());
            }
        }
    }

    private static List<String> fill(Etcd etcd, int count, int from) throws Exception {
        Map<String, byte[]> batch = new LinkedHashMap<>();
        List<String> keys = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            String node = "host" + i / 50;
            String key = key(node);
            keys.add(key);
            batch.put(key, endpoint(node, wide(i)));
            if (batch.size() == BATCH) {
                put(etcd, batch);
                batch.clear();
            }
        }
        settle();
        return keys;
    }

    private static void put(Etcd etcd, Map<String, byte[]> values) throws Exception {
        List<Op> puts = values.entrySet().stream().map(each -> put(each.getKey(), each.getValue())).toList();
        etcd.commit(List.of(), puts, List.of()).get(20, TimeUnit.SECONDS);
    }

    private static Op put(String key, byte[] value) {
        return Op.put(Etcd.bytes(key), Etcd.bytes(value), PutOption.DEFAULT);
    }

    private static void delete(Etcd etcd, List<String> keys) throws Exception {
        for (int i = 0; i < keys.size(); i += BATCH) {
            List<Op> deletes = new ArrayList<>();
            keys.subList(i, Math.min(keys.size(), i + BATCH)).forEach(each -> deletes.add(Op.delete(Etcd.bytes(each), DeleteOption.DEFAULT)));
            etcd.commit(List.of(), deletes, List.of()).get(20, TimeUnit.SECONDS);
        }
        if (keys.size() > 1) {
            settle();
        }
    }

    private static void settle() throws InterruptedException {
        Thread.sleep(3_000);
    }

    private static long at(long[] times, double quantile) {
        long[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[(int) (quantile * (sorted.length - 1))];
    }

    /** A container of this host, and another host with a container, as namespaces: {@code bench-here} and {@code bench-far}. */
    private static void wire() throws Exception {
        run("""
                set -e
                for each in here far; do ip netns add bench-$each; nsenter --net=/run/netns/bench-$each ip link set lo up; done
                ip link add calibench type veth peer name eth0 netns bench-here
                ip link add uplink type veth peer name eth0 netns bench-far
                ip link set calibench up; ip link set uplink up
                ip address add 198.19.0.1/32 dev lo
                ip route add %1$s dev calibench; ip route add %2$s dev uplink
                here="nsenter --net=/run/netns/bench-here"; far="nsenter --net=/run/netns/bench-far"
                $here ip address add %1$s/32 dev eth0; $here ip link set eth0 up
                $far ip address add %2$s/32 dev eth0; $far ip link set eth0 up
                for in in "$here" "$far"; do
                  $in ip route add 198.19.0.1 dev eth0; $in ip route add default via 198.19.0.1 dev eth0
                done
                sysctl -qw net.ipv4.conf.calibench.proxy_arp=1 net.ipv4.conf.uplink.proxy_arp=1
                """.formatted(CONTAINER, SENDER));
    }

    private static Process inside(String namespace, String... line) throws IOException {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/bench-" + namespace));
        all.addAll(List.of(line));
        return new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static String run(String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(said);
        }
        return said;
    }
}
