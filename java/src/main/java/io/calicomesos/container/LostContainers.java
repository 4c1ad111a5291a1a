package io.calicomesos.container;

import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.failpoint.Failpoint;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes containers again that run here and that etcd has lost, because a backup was restored. */
final class LostContainers {
    private static final Logger LOG = LoggerFactory.getLogger(LostContainers.class);

    private final NodeName node;
    private final Configuration configuration;
    private final Registrar registrar;
    private final CheckpointStore store;
    private final Containers containers;
    private final LivingAddresses living;
    private final NodeGuard guard;
    private final Executor kernel;

    LostContainers(
            NodeName node, Configuration configuration, Registrar registrar, CheckpointStore store, Containers containers,
            LivingAddresses living, NodeGuard guard, Executor kernel) {
        this.node = node;
        this.configuration = configuration;
        this.registrar = registrar;
        this.store = store;
        this.containers = containers;
        this.living = living;
        this.guard = guard;
        this.kernel = kernel;
    }

    /**
     * Writes one again as it was, if it still runs.
     *
     * @return completed when that is done or cannot be; never fails
     */
    CompletableFuture<Void> writeAgain(ContainerPath container) {
        if (!(containers.get(container) instanceof ContainerNetwork.Networked networked) || living.isLeaving(container) || !guard.isSure()) {
            return CompletableFuture.completedFuture(null);
        }
        LOG.warn("container {}: etcd has lost it, and it is written again with {}", container, networked.checkpoint().addresses());
        try {
            Registrations registrations = Registrations.of(
                    node, container, ContainerRequest.again(networked, configuration),
                    networked.checkpoint().knownOwner().orElse(Owner.UNKNOWN));
            return CompletableFuture.runAsync(() -> keep(networked.checkpoint().withUnknownEndpoints(), networked), kernel)
                    .thenCompose(kept -> registrar.register(registrations))
                    .thenAcceptAsync(launched -> {
                        Failpoint.LOST_COMMITTED.reach();
                        keep(registrations.checkpoint(networked.infos(), launched, networked.checkpoint().launched()), networked);
                    }, kernel)
                    .exceptionally(thrown -> {
                        LOG.error("container {} cannot be written again: {}", container, thrown.getMessage());
                        return null;
                    });
        } catch (RefusedException e) {
            LOG.error("container {} cannot be written again: {}", container, e.getMessage());
            return CompletableFuture.completedFuture(null);
        }
    }

    private void keep(Checkpoint checkpoint, ContainerNetwork.Networked networked) {
        containers.put(checkpoint.container(), new ContainerNetwork.Networked(checkpoint, networked.infos()));
        store.save(WorkloadName.of(checkpoint.container().values()).value(), checkpoint);
    }
}
