package io.calicomesos.lab.bench;

import io.calicomesos.lab.CniPlugin;
import io.calicomesos.lab.Command;
import io.calicomesos.lab.EtcdServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;

/** Many containers at once: how many are launched in a second, and how often etcd writes for each. */
final class BurstBench {
    /** The most that are launched at once. */
    static final int MOST = 300;

    private static final List<Integer> SIZES = List.of(1, 8, 64, MOST);
    private static final int ROUNDS = 3;
    private static final String WRITES = "etcd_server_proposals_committed_total";

    private final Ours ours;
    private final Floor floor;
    private final Optional<CniPlugin> cni;
    private final Sandboxes sandboxes;
    private final Sandboxes others;
    private final EtcdServer etcd;
    private final Figures figures;

    BurstBench(Ours ours, Floor floor, Optional<CniPlugin> cni, Sandboxes sandboxes, Sandboxes others, EtcdServer etcd, Figures figures) {
        this.ours = ours;
        this.floor = floor;
        this.cni = cni;
        this.sandboxes = sandboxes;
        this.others = others;
        this.etcd = etcd;
        this.figures = figures;
    }

    /**
     * Measures.
     *
     * @param mostOfCni of how many at once the plug-in is tried
     */
    void run(int mostOfCni) throws Exception {
        for (int size : SIZES) {
            Samples launches = new Samples();
            Samples kernel = new Samples();
            Samples cleanups = new Samples();
            long writes = 0;
            for (int round = -1; round < ROUNDS; round++) { // The first one claims blocks.
                String prefix = "burst" + size + "x" + round + "x";
                int first = (round + 1) * size; // What was in a sandbox may still be there.
                long before = etcd.counter(WRITES);
                long launched = all(size, i -> ours.launch(prefix + i, sandboxes.pid(first + i)));
                long written = etcd.counter(WRITES) - before;
                long cleaned = all(size, i -> ours.cleanup(prefix + i));
                long attached = all(size, i -> floor.attach(i, others.pid(i)));
                all(size, floor::detach);
                if (round >= 0) {
                    launches.add(launched);
                    cleanups.add(cleaned);
                    kernel.add(attached);
                    writes += written;
                }
            }
            String suffix = "." + size;
            figures.put("burst_launches_per_second" + suffix, rate(size, launches), "/s");
            figures.put("burst_cleanups_per_second" + suffix, rate(size, cleanups), "/s");
            figures.put("burst_of_kernel_alone" + suffix, rate(size, kernel), "/s");
            figures.put("burst_over_kernel_alone" + suffix, kernel.medianMs() / launches.medianMs(), "", size == MOST ? "≥ 0.8" : "");
            figures.put("etcd_writes_per_launch" + suffix, (double) writes / ROUNDS / size, "", size == MOST ? "≤ 0.15" : "");
            if (cni.isPresent() && size <= mostOfCni) {
                cni(size, suffix);
            }
        }
    }

    private static double rate(int size, Samples samples) {
        return size / samples.medianMs() * 1_000;
    }

    /** As many processes side by side as containers. */
    private void cni(int size, String suffix) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(size);
        long before = etcd.counter(WRITES);
        long added = all(size, i -> CompletableFuture.supplyAsync(() -> call("ADD", i), callers));
        long written = etcd.counter(WRITES) - before;
        all(size, i -> CompletableFuture.supplyAsync(() -> call("DEL", i), callers));
        callers.shutdown();
        figures.put("cni_burst_launches_per_second" + suffix, size * 1e9 / added, "/s");
        figures.put("cni_etcd_writes_per_launch" + suffix, (double) written / size, "");
    }

    private long call(String command, int number) {
        Command.Ended ended = cni.orElseThrow().call(command, "burst" + number, "prod", "", others.pid(number));
        if (!ended.ok()) {
            throw new IllegalStateException(ended.out());
        }
        return 0;
    }

    /** How long it takes until all are done, nanoseconds. */
    private static long all(int size, IntFunction<CompletableFuture<Long>> start) {
        long begin = System.nanoTime();
        List<CompletableFuture<Long>> under = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            under.add(start.apply(i));
        }
        under.forEach(CompletableFuture::join);
        return System.nanoTime() - begin;
    }
}
