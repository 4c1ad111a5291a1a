package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * What addresses cost. Not part of the tests, {@code scripts/bench} runs it: what is compared is measured alternately in one run,
 * since a time by itself says nothing on a shared machine. Results in {@code build/bench/allocation.json}.
 */
class AllocationBench {
    private static final int WARM_UP = 2_000;
    private static final int ROUNDS = 2_000;
    private static final int BURST = 200;
    private static final int MANY_BLOCKS = 10_000;
    private static final int HOSTS = Integer.getInteger("bench.hosts", 1_000);
    private static final int LAUNCHES_OF_EACH_HOST = 5;

    private static final Map<String, Object> RESULTS = new LinkedHashMap<>();

    @AfterAll
    static void report() throws Exception {
        Path file = Files.createDirectories(Path.of("..", "build", "bench")).resolve("allocation.json");
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), RESULTS);
        RESULTS.forEach((figure, value) -> System.out.printf("%-60s %s%n", figure, value));
    }

    /** A launch, over a transaction that puts the same three values. */
    @Test
    void latencyOverABareTransaction() throws Exception {
        try (EtcdProcess process = EtcdProcess.startedOnDisk()) {
            latency(process, "etcd on disk", ROUNDS / 4);
        }
        try (EtcdProcess process = EtcdProcess.started()) {
            latency(process, "etcd in memory", ROUNDS);
        }
    }

    private static void latency(EtcdProcess process, String where, int rounds) throws Exception {
        LedgerHost.pool(process, "bench", "198.18.0.0/16", 26);
        try (LedgerHost host = host(process, "host1");
                Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(5))) {
            for (int i = 0; i < 30; i++) {
                outcome(host.launch("resident" + i)); // A block half full.
            }
            long[] launches = new long[rounds];
            long[] bare = new long[rounds];
            List<byte[]> values = List.of();
            long transactions = 0;
            long reads = 0;
            for (int i = -WARM_UP; i < rounds; i++) {
                if (i == 0) {
                    transactions = process.transactions();
                    reads = process.reads();
                }
                Launch request = host.request("c", List.of(new Wish.Any(4)));
                long start = System.nanoTime();
                Launched launched = outcome(host.ledger.launch(request));
                long took = System.nanoTime() - start;
                if (values.isEmpty()) {
                    values = valuesOf(process, host);
                }
                outcome(host.depart("c", launched));
                start = System.nanoTime();
                outcome(etcd.commit(
                        List.of(new Cmp(Etcd.bytes("/bare/never"), Cmp.Op.EQUAL, CmpTarget.version(0))),
                        List.of(put("/bare/block", values.get(0)), put("/bare/handle", values.get(1)), put("/bare/endpoint", values.get(2))),
                        List.of()));
                if (i >= 0) {
                    bare[i] = System.nanoTime() - start;
                    launches[i] = took;
                }
            }
            RESULTS.put("launch over bare transaction, " + where + ", median", ratio(launches, bare, 0.5));
            RESULTS.put("launch over bare transaction, " + where + ", 99th percentile", ratio(launches, bare, 0.99));
            RESULTS.put("transactions per launch and departure", (process.transactions() - transactions - rounds) / (double) rounds);
            RESULTS.put("reads per launch and departure", (process.reads() - reads) / (double) rounds);
        }
    }

    private static List<byte[]> valuesOf(EtcdProcess process, LedgerHost host) {
        return List.of(process.under(Keys.BLOCKS).values().iterator().next(), process.get(Keys.handle(host.handle("c"))).orElseThrow(),
                process.get(host.endpointKey("c")).orElseThrow()).stream().map(each -> each.text().getBytes(StandardCharsets.UTF_8)).toList();
    }

    private static Op put(String key, byte[] value) {
        return Op.put(Etcd.bytes(key), ByteSequence.from(value), PutOption.DEFAULT);
    }

    @Test
    void transactionsOfABurst() throws Exception {
        try (EtcdProcess process = EtcdProcess.started()) {
            LedgerHost.pool(process, "bench", "198.18.0.0/16", 26);
            try (LedgerHost host = host(process, "host1")) {
                outcome(host.launch("warm"));
                long before = process.transactions();
                List<CompletableFuture<Launched>> launches = new ArrayList<>();
                for (int i = 0; i < BURST; i++) {
                    launches.add(host.launch("c" + i));
                }
                for (CompletableFuture<Launched> each : launches) {
                    outcome(each);
                }
                RESULTS.put("transactions of a burst of " + BURST, process.transactions() - before);
            }
        }
    }

    /** Two datastores, one with few blocks and one with very many, by turns. */
    @Test
    void costWithManyBlocks() throws Exception {
        try (EtcdProcess few = EtcdProcess.started(); EtcdProcess many = EtcdProcess.started()) {
            for (EtcdProcess each : List.of(few, many)) {
                LedgerHost.pool(each, "bench", "198.18.0.0/15", 29);
                fill(each, each == few ? 10 : MANY_BLOCKS);
            }
            try (LedgerHost first = host(few, "host1"); LedgerHost second = host(many, "host1")) {
                long[] withFew = new long[ROUNDS];
                long[] withMany = new long[ROUNDS];
                for (int i = -WARM_UP; i < ROUNDS; i++) {
                    long ofFew = launchAndDepart(first);
                    long ofMany = launchAndDepart(second);
                    if (i >= 0) {
                        withFew[i] = ofFew;
                        withMany[i] = ofMany;
                    }
                }
                RESULTS.put("launch with " + MANY_BLOCKS + " blocks over 10, median", ratio(withMany, withFew, 0.5));
            }
        }
    }

    private static void fill(EtcdProcess process, int blocks) {
        Cidr pool = Cidr.parse("198.18.0.0/15");
        Block block = Block.empty(Cidr.parse("198.18.0.0/29"), new NodeName("other"), 1);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            keys.add(Keys.block(pool.block(29, BigInteger.valueOf(i))));
        }
        process.putAll(keys, LedgerHost.json(block));
    }

    private static long launchAndDepart(LedgerHost host) throws Exception {
        long start = System.nanoTime();
        Launched launched = outcome(host.launch("c"));
        long took = System.nanoTime() - start;
        outcome(host.depart("c", launched));
        return took;
    }

    /** All hosts of a cluster start at once: first each claims a block, then each launches some more. */
    @Test
    void aThousandHostsAtOnce() throws Exception {
        List<ScheduledExecutorService> executors = new ArrayList<>();
        List<LedgerHost> hosts = new ArrayList<>();
        try (EtcdProcess process = EtcdProcess.started();
                Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(60))) {
            LedgerHost.pool(process, "bench", "198.18.0.0/15", 26);
            for (int i = 0; i < 4; i++) {
                executors.add(Executors.newSingleThreadScheduledExecutor(new ThreadFactoryBuilder().setDaemon(true).build()));
            }
            for (int i = 0; i < HOSTS; i++) {
                hosts.add(new LedgerHost(etcd, executors.get(i % executors.size()), "host" + i));
            }
            long before = process.transactions();
            launchEverywhere(hosts, "first");
            RESULTS.put("retries per success, " + HOSTS + " hosts claim at once", (process.transactions() - before - HOSTS) / (double) HOSTS);
            before = process.transactions();
            for (int i = 0; i < LAUNCHES_OF_EACH_HOST; i++) {
                launchEverywhere(hosts, "c" + i);
            }
            double successes = LAUNCHES_OF_EACH_HOST * HOSTS;
            RESULTS.put("retries per success, " + HOSTS + " hosts with a block", (process.transactions() - before - successes) / successes);
        } finally {
            hosts.forEach(LedgerHost::close);
            executors.forEach(ScheduledExecutorService::shutdownNow);
        }
    }

    private static void launchEverywhere(List<LedgerHost> hosts, String name) throws Exception {
        List<CompletableFuture<Launched>> launches = hosts.stream().map(each -> each.launch(name)).toList();
        for (CompletableFuture<Launched> each : launches) {
            outcome(each); // None fails.
        }
    }

    private static LedgerHost host(EtcdProcess process, String node) {
        return new LedgerHost(process.endpoint(), node, Duration.ofSeconds(20), Duration.ofSeconds(60));
    }

    private static String ratio(long[] above, long[] below, double quantile) {
        return String.format("%.2f  (%.0f µs over %.0f µs)", (double) at(above, quantile) / at(below, quantile),
                at(above, quantile) / 1e3, at(below, quantile) / 1e3);
    }

    private static long at(long[] times, double quantile) {
        long[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[(int) (quantile * (sorted.length - 1))];
    }
}
