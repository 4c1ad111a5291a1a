package io.calicomesos.lab.bench;

import io.calicomesos.lab.CniPlugin;
import io.calicomesos.lab.Command;
import java.util.Optional;

/** One container after the other: the module, the floor and, now and then, the CNI plug-in, by turns. */
final class LaunchBench {
    private static final int WARM_UP = 200;

    private final Ours ours;
    private final Floor floor;
    private final Optional<CniPlugin> cni;
    private final Sandboxes sandboxes;
    private final Figures figures;
    private final Samples transaction = new Samples();
    private final Samples attach = new Samples();
    private final Samples least = new Samples();
    private final Samples detach = new Samples();

    LaunchBench(Ours ours, Floor floor, Optional<CniPlugin> cni, Sandboxes sandboxes, Figures figures) {
        this.ours = ours;
        this.floor = floor;
        this.cni = cni;
        this.sandboxes = sandboxes;
        this.figures = figures;
    }

    /**
     * Measures.
     *
     * @param rounds how many launches of each
     * @param cniEvery the plug-in takes part in each so-manieth of them
     */
    void run(int rounds, int cniEvery) throws Exception {
        Samples launch = new Samples();
        Samples cleanup = new Samples();
        Samples add = new Samples();
        Samples delete = new Samples();
        for (int i = -WARM_UP; i < rounds; i++) {
            boolean counts = i >= 0;
            int sandbox = 3 * (i + WARM_UP); // One for each: what was in it may still be there.
            String id = "launch" + i;
            if (i % 2 == 0) { // Whoever comes first finds etcd and the processors' caches cold.
                floor(counts, sandboxes.pid(sandbox + 1));
            }
            long launched = ours.launch(id, sandboxes.pid(sandbox)).get();
            long cleaned = ours.cleanup(id).get();
            if (counts) {
                launch.add(launched);
                cleanup.add(cleaned);
            }
            if (i % 2 != 0) {
                floor(counts, sandboxes.pid(sandbox + 1));
            }
            if (counts && cni.isPresent() && i % cniEvery == 0) {
                add.add(call("ADD", id, sandboxes.pid(sandbox + 2)));
                delete.add(call("DEL", id, sandboxes.pid(sandbox + 2)));
            }
        }
        figures.put("launch", launch);
        figures.put("floor", least);
        figures.put("floor_transaction", transaction);
        figures.put("floor_kernel", attach);
        figures.ratio("launch_over_floor", launch, least, "≤ 1.3", "", "≤ 1.5");
        figures.put("cleanup", cleanup);
        figures.put("floor_kernel_detach", detach);
        if (cni.isPresent()) {
            figures.put("cni_add", add);
            figures.put("cni_del", delete);
            figures.put("cni_over_launch", add.medianMs() / launch.medianMs(), "", "≥ 25");
            figures.put("cni_over_cleanup", delete.medianMs() / cleanup.medianMs(), "", "≥ 25");
        }
    }

    private void floor(boolean counts, long pid) throws Exception {
        long committed = floor.commit().get();
        long attached = floor.attach(0, pid).get();
        long detached = floor.detach(0).get();
        if (counts) {
            transaction.add(committed);
            attach.add(attached);
            least.add(committed + attached);
            detach.add(detached);
        }
    }

    private long call(String command, String id, long pid) {
        long start = System.nanoTime();
        Command.Ended ended = cni.orElseThrow().call(command, id, "prod", "", pid);
        long took = System.nanoTime() - start;
        if (!ended.ok()) {
            throw new IllegalStateException(ended.out());
        }
        return took;
    }
}
