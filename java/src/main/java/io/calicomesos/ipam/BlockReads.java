package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.Backoff;
import io.calicomesos.etcd.Etcd;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Reads blocks of which only is known that something happened to them: none in the steady state. Belongs to the ledger's executor. */
final class BlockReads {
    private static final long RETRY_MS = 1_000;

    private final Etcd etcd;
    private final HeldBlocks blocks;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final Consumer<Throwable> failed;
    private final Runnable learnt;
    private final Set<Cidr> underWay = new HashSet<>();

    /**
     * Prepares.
     *
     * @param etcd where
     * @param blocks told what is there
     * @param executor the ledger's
     * @param timer the ledger's
     * @param failed told why a read has failed; it is tried again until it is answered
     * @param learnt called when a block was read
     */
    BlockReads(
            Etcd etcd, HeldBlocks blocks, Executor executor, ScheduledExecutorService timer, Consumer<Throwable> failed, Runnable learnt) {
        this.etcd = etcd;
        this.blocks = blocks;
        this.executor = executor;
        this.timer = timer;
        this.failed = failed;
        this.learnt = learnt;
    }

    /** Whether one is being read. */
    boolean areUnderWay() {
        return !underWay.isEmpty();
    }

    /** Reads one, unless that is under way. */
    void read(Cidr cidr) {
        if (underWay.add(cidr)) {
            readNow(cidr);
        }
    }

    private void readNow(Cidr cidr) {
        etcd.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT).whenCompleteAsync((response, thrown) -> {
            if (thrown != null) {
                failed.accept(thrown);
                timer.schedule(() -> executor.execute(() -> readNow(cidr)), Backoff.jittered(RETRY_MS), TimeUnit.MILLISECONDS);
                return;
            }
            underWay.remove(cidr);
            seen(cidr, response, response.getHeader().getRevision());
            learnt.run();
        }, executor);
    }

    /** What etcd holds of a block, when it is at a revision: it may be older than what is known only if that is of a later one. */
    void seen(Cidr cidr, GetResponse response, long at) {
        long known = blocks.get(cidr).map(HeldBlocks.Held::revision).orElse(0L);
        for (KeyValue each : response.getKvs()) {
            if (each.getModRevision() < known && known <= at) {
                etcd.goBack("block " + cidr + " was written at revision " + known + ", and at revision " + at + " the last time was "
                        + each.getModRevision());
            }
        }
        blocks.seen(cidr, () -> HeldBlocks.Held.of(cidr, response));
    }
}
