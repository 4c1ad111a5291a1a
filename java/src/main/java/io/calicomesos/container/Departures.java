package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.netgroup.Profiles;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives back what containers held, in etcd and here, and goes on with it when etcd is away. */
final class Departures {
    private static final Logger LOG = LoggerFactory.getLogger(Departures.class);

    /** How long a cleanup waits for etcd before it leaves the release to the background. */
    private static final long CLEANUP_WAIT_MS = 3_000;

    private final NodeName node;
    private final Ledger ledger;
    private final Profiles profiles;
    private final CheckpointStore store;
    private final Journal journal;
    private final LivingAddresses living;
    private final Containers containers;
    private final RecentLaunches recent;
    private final Executor kernel;
    private final Map<ContainerPath, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

    Departures(
            NodeName node, Ledger ledger, Profiles profiles, CheckpointStore store, Journal journal, LivingAddresses living,
            Containers containers, RecentLaunches recent, Executor kernel) {
        this.node = node;
        this.ledger = ledger;
        this.profiles = profiles;
        this.store = store;
        this.journal = journal;
        this.living = living;
        this.containers = containers;
        this.recent = recent;
        this.kernel = kernel;
    }

    /** What a container with a checkpoint has to give back. */
    Departure of(Checkpoint checkpoint) {
        if (!checkpoint.knowsEndpoints()) {
            return ofAttempt(checkpoint.container());
        }
        return new Departure(
                Attachment.handle(node, checkpoint.container()), checkpoint.endpoints(),
                checkpoint.addresses().stream().map(InetAddresses::forString).toList());
    }

    /** The same of one of whose launch nothing more is known than that it began. */
    Departure ofAttempt(ContainerPath container) {
        return Departure.ofUnknown(Attachment.handle(node, container));
    }

    /**
     * Gives back in etcd what a container held.
     *
     * @return completed when that is done; does not fail for etcd's sake
     */
    CompletableFuture<Void> release(ContainerPath container, Departure departure) {
        return recent.measured(container, Steps.Step.RELEASE, () -> ledger.depart(departure));
    }

    /**
     * Forgets a container.
     *
     * @param released completed when it holds nothing more in etcd
     * @return completed when that is done, or is on the disk and left to the background, because it takes too long or has failed;
     *     never fails
     */
    CompletableFuture<Void> depart(ContainerPath container, Departure departure, CompletableFuture<Void> released) {
        CompletableFuture<Void> departed = released.thenRunAsync(() -> {
            Failpoint.CLEANUP_COMMITTED.reach();
            store.delete(WorkloadName.of(container.values()).value());
            Failpoint.CLEANUP_FORGOTTEN.reach();
            profiles.forget(container.toString()); // Before the next of that name can come.
            journal.over(container, Intent.Kind.LAUNCH);
            journal.over(container, Intent.Kind.DEPARTURE);
            Failpoint.CLEANUP_OVER.reach();
            if (containers.remove(container) instanceof ContainerNetwork.Networked networked) {
                living.letGo(networked.checkpoint());
                recent.cleanedUp(container, networked.checkpoint().addresses(), networked.checkpoint().netgroups());
            } else {
                recent.cleanedUp(container, departure.addresses().stream().map(InetAddresses::toAddrString).toList(), List.of());
            }
        }, kernel);
        underWay.put(container, departed);
        return departed.handle((done, thrown) -> { // However late.
            underWay.remove(container, departed);
            if (thrown != null) {
                LOG.error("container {}: what it held cannot be given back before the agent starts again", container, thrown);
                recent.notCleanedUp(container, String.valueOf(thrown.getMessage()));
            }
            return thrown == null;
        }).completeOnTimeout(false, CLEANUP_WAIT_MS, TimeUnit.MILLISECONDS).thenCompose(done -> done ? CompletableFuture.<Void>completedFuture(null) : CompletableFuture.runAsync(() -> journal.toDisk(container), kernel));
    }

    /**
     * When the next container of this id can begin.
     *
     * @param atMost how long that may take
     * @return completed when nothing of an earlier one is being given back any more, or it has taken too long; never fails
     */
    CompletableFuture<Void> over(ContainerPath container, Duration atMost) {
        return underWay.getOrDefault(container, CompletableFuture.completedFuture(null))
                .handle((done, thrown) -> (Void) null)
                .completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS);
    }
}
