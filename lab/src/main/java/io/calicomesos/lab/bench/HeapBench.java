package io.calicomesos.lab.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** What launches and cleanups leave to the garbage collector, and how long that holds everything up. */
final class HeapBench {
    /** So many containers come before they go: some collections for each. */
    private static final int BATCH = 100;

    private final Ours ours;
    private final GcLog log;
    private final Sandboxes sandboxes;
    private final Figures figures;

    HeapBench(Ours ours, GcLog log, Sandboxes sandboxes, Figures figures) {
        this.ours = ours;
        this.log = log;
        this.sandboxes = sandboxes;
        this.figures = figures;
    }

    /**
     * Measures.
     *
     * @param batches how often a hundred containers come and go, one after the other
     */
    void run(int batches) throws Exception {
        Allocated launches = new Allocated();
        Allocated cleanups = new Allocated();
        for (int b = 0; b < batches; b++) {
            String prefix = "heap" + b + "x";
            launches.add(i -> ours.launch(prefix + i, sandboxes.pid(i)));
            cleanups.add(i -> ours.cleanup(prefix + i));
        }
        Samples times = new Samples();
        log.pauses().forEach(each -> times.add(each.pauseNs()));
        figures.put("allocation_per_launch", launches.kibOfEach(), "KiB", "≤ 64");
        figures.put("allocation_per_cleanup", cleanups.kibOfEach(), "KiB");
        figures.put("gc_pauses", times.count(), "");
        figures.put("gc_pause_ms.median", times.medianMs(), "ms");
        figures.put("gc_pause_ms.p99", times.quantileMs(0.99), "ms");
    }

    /** What calls of one kind take of the heap. */
    private final class Allocated {
        private long kib;
        private int calls;

        /** From the first collection while they are made to the last. */
        void add(IntFunction<CompletableFuture<Long>> call) throws Exception {
            int before = collections();
            int seen = before;
            int first = 0;
            int last = 0;
            for (int i = 0; i < BATCH; i++) {
                call.apply(i).get();
                int now = collections();
                if (now > seen) {
                    last = i;
                    first = seen == before ? i : first;
                    seen = now;
                }
            }
            List<GcLog.Pause> pauses = log.pauses();
            for (int i = before + 1; i < seen; i++) {
                kib += pauses.get(i).edenKib();
            }
            calls += last - first;
        }

        double kibOfEach() {
            return (double) kib / calls;
        }

        private int collections() throws IOException {
            return log.pauses().size();
        }
    }
}
