package io.calicomesos.lab.bench;

import java.util.List;

/** What launches and cleanups leave to the garbage collector, and how long that holds everything up. */
final class HeapBench {
    private static final int KIB_OF_MIB = 1_024;

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
     * Measures, from one collection to the last that is seen.
     *
     * @param rounds how many containers come and go, one after the other
     */
    void run(int rounds) throws Exception {
        int first = 0;
        int last = 0;
        int seen = log.pauses().size();
        int before = seen;
        for (int i = 0; i < rounds; i++) {
            ours.launch("heap" + i, sandboxes.pid(i)).get();
            ours.cleanup("heap" + i).get();
            int now = log.pauses().size();
            if (now > seen) {
                last = i;
                first = seen == before ? i : first;
                seen = now;
            }
        }
        List<GcLog.Pause> pauses = log.pauses();
        long allocated = 0;
        for (int i = before + 1; i < pauses.size(); i++) {
            allocated += pauses.get(i).before() - pauses.get(i - 1).after();
        }
        Samples times = new Samples();
        pauses.forEach(each -> times.add(each.pauseNs()));
        figures.put("allocation_per_launch_and_cleanup", (double) allocated * KIB_OF_MIB / (last - first), "KiB", "≤ 64");
        figures.put("gc_pauses", times.count(), "");
        figures.put("gc_pause_ms.median", times.medianMs(), "ms");
        figures.put("gc_pause_ms.p99", times.quantileMs(0.99), "ms");
    }
}
