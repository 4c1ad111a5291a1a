package io.calicomesos.container;

import com.google.common.base.Throwables;
import com.google.common.collect.Sets;
import com.google.common.util.concurrent.MoreExecutors;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Backoff;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Ledger;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what etcd holds of workloads of this host that are gone, and gives it back: their agent died between a commit and its
 * checkpoint, or the machine was rebooted. And the other way round: what runs here and etcd has lost, restored from a backup, is told.
 * Only what was seen for a while is taken for left over, whatever the clocks say, so nothing that is just being made or given back is
 * touched; and only what stands under this host's and Mesos's name.
 */
final class Sweep {
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    private static final long AGAIN_MS = 1_000;

    private final NodeName node;
    private final Ledger ledger;
    private final Wiring wiring;
    private final Duration interval;
    private final Duration grace;
    private final UnaryOperator<Set<WorkloadName>> gone;
    private final Supplier<Map<WorkloadName, ContainerPath>> running;
    private final Consumer<ContainerPath> lost;
    private final Executor executor;
    private final Map<WorkloadName, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private final Map<WorkloadName, Long> seenSince = new HashMap<>(); // Touched by one round after the other.
    private final AtomicInteger turn = new AtomicInteger(); // 0 before the start; a round of an earlier one than the last has no successor.

    /**
     * Prepares; {@link #start} begins.
     *
     * @param node this host
     * @param ledger where to look, and to whom things are given back
     * @param wiring has what is left in the kernel
     * @param interval how often to look
     * @param grace how long a thing must have been seen
     * @param gone tells which of some workloads cannot live
     * @param running tells which workloads run here, with addresses and endpoints in etcd
     * @param lost told of one that runs and of which etcd holds nothing
     * @param executor runs the rounds
     */
    Sweep(
            NodeName node, Ledger ledger, Wiring wiring, Duration interval, Duration grace, UnaryOperator<Set<WorkloadName>> gone,
            Supplier<Map<WorkloadName, ContainerPath>> running, Consumer<ContainerPath> lost, Executor executor) {
        this.node = node;
        this.ledger = ledger;
        this.wiring = wiring;
        this.interval = interval;
        this.grace = grace;
        this.gone = gone;
        this.running = running;
        this.lost = lost;
        this.executor = MoreExecutors.newSequentialExecutor(executor);
    }

    /** Starts, in the background; goes on for the life of the agent, and waits for etcd however long it is away. */
    void start() {
        round(true, turn.incrementAndGet());
    }

    /** Looks now, if it has started, and in its interval again: etcd is not as it was. */
    void startAnew() {
        int of = turn.updateAndGet(before -> before == 0 ? 0 : before + 1);
        if (of > 0) {
            executor.execute(() -> round(true, of));
        }
    }

    /**
     * When a launch of this name can begin.
     *
     * @param workload a container's name
     * @return completed when nothing under its name is being given back
     */
    CompletableFuture<Void> past(WorkloadName workload) {
        return underWay.getOrDefault(workload, CompletableFuture.completedFuture(null)).copy();
    }

    private void round(boolean regular, int of) {
        if (of != turn.get()) {
            return;
        }
        try {
            look(regular, of);
        } catch (RuntimeException | Error e) { // Of memory, perhaps. Thrown on, it would have been the last round.
            failed(e, of);
        }
    }

    private void look(boolean regular, int of) {
        Map<WorkloadName, ContainerPath> before = running.get();
        ledger.workloads().handleAsync((workloads, thrown) -> {
            if (thrown != null && Throwables.getCausalChain(thrown).stream().noneMatch(EtcdException.class::isInstance)) {
                failed(thrown, of);
                return null;
            }
            if (thrown != null) {
                LOG.debug("the sweep waits for etcd: {}", thrown.getMessage());
                again(Backoff.jittered(AGAIN_MS), regular, of);
                return null;
            }
            Sets.difference(before.keySet(), workloads).forEach(each -> lost.accept(before.get(each)));
            long waitMs = take(workloads);
            if (regular) {
                ledger.tidy();
                wiring.removeOrphans();
            }
            again(Math.min(waitMs, interval.toMillis()), waitMs >= interval.toMillis(), of);
            return null;
        }, executor).exceptionally(thrown -> {
            failed(thrown, of);
            return null;
        });
    }

    private void failed(Throwable thrown, int of) {
        LOG.error("a sweep failed", thrown);
        again(interval.toMillis(), true, of);
    }

    private void again(long inMs, boolean regular, int of) {
        CompletableFuture.delayedExecutor(inMs, TimeUnit.MILLISECONDS, executor).execute(() -> round(regular, of));
    }

    /** Gives back what was seen for long enough; tells in how many ms the next will be. */
    private long take(Set<WorkloadName> workloads) {
        long now = System.nanoTime();
        Set<WorkloadName> left = gone.apply(workloads);
        seenSince.keySet().retainAll(left);
        long soonest = Long.MAX_VALUE;
        for (WorkloadName each : left) {
            long wait = grace.toNanos() - (now - seenSince.computeIfAbsent(each, first -> now));
            if (wait <= 0) {
                giveBack(each);
            } else {
                soonest = Math.min(soonest, TimeUnit.NANOSECONDS.toMillis(wait) + 1);
            }
        }
        return soonest;
    }

    private void giveBack(WorkloadName workload) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (underWay.putIfAbsent(workload, done) != null) {
            return;
        }
        if (gone.apply(Set.of(workload)).isEmpty()) { // A launch of that name has begun meanwhile, or else it waits for us.
            underWay.remove(workload).complete(null);
            return;
        }
        LOG.warn("workload {} holds a network, but is not here: giving it back", workload);
        Failpoint.SWEEP_FOUND.reach();
        ledger.depart(Departure.ofUnknown(HandleId.of(node, workload))).whenComplete((departed, thrown) -> {
            if (thrown != null) {
                LOG.error("what workload {} holds cannot be given back: {}", workload, thrown.getMessage());
            }
            Failpoint.SWEEP_GIVEN_BACK.reach();
            underWay.remove(workload).complete(null);
        });
    }
}
