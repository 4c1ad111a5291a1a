package io.calicomesos.netmodules;

import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.container.ContainerNetworks;
import io.calicomesos.container.ContainerPath;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.linux.Veth;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back what net-modules will never release: it forgets its containers when the agent restarts, and what was allocated when the
 * answer did not reach it. That is what holds something in etcd under this host's name and has no interface here, for as long as
 * {@code sweep_interval}; between an allocate and its isolate lie seconds, and so between the end of a container and its cleanup. No
 * process lives that long: since when it is seen so stands in {@code runtime_dir}/net-modules, by a file for each.
 */
final class Forgotten {
    private static final Logger LOG = LoggerFactory.getLogger(Forgotten.class);

    private final NodeName node;
    private final Ledger ledger;
    private final ContainerNetworks containers;
    private final Map<WorkloadName, ContainerPath> known = new HashMap<>();
    private final Path directory;
    private final Duration timeout;
    private final Duration grace;

    /**
     * Prepares.
     *
     * @param configuration the settings
     * @param node this host
     * @param ledger where to look, and to whom things are given back
     * @param containers those that an earlier call has begun with
     * @param known their ids
     */
    Forgotten(
            Configuration configuration, NodeName node, Ledger ledger, ContainerNetworks containers,
            Collection<ContainerPath> known) {
        this.node = node;
        this.ledger = ledger;
        this.containers = containers;
        known.forEach(each -> this.known.put(WorkloadName.of(each.values()), each));
        this.directory = configuration.runtimeDirectory().resolve("net-modules");
        this.timeout = configuration.etcdRequestTimeout();
        this.grace = configuration.sweepInterval();
    }

    /** The host end of a container's first interface. */
    static String interfaceOf(NodeName node, WorkloadName workload) {
        return InterfaceName.of(EndpointName.of(node, workload, "eth0")).value();
    }

    /** Looks, and gives back. No call fails for it. */
    void lookAfter() {
        try {
            Files.createDirectories(directory);
            Set<WorkloadName> seen = ledger.workloads().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).join();
            seen.addAll(known.keySet());
            for (WorkloadName each : Set.copyOf(seen)) {
                if (Veth.exists(interfaceOf(node, each))) {
                    seen.remove(each);
                }
            }
            forget(seen);
            for (WorkloadName each : seen) {
                if (isDue(each)) {
                    giveBack(each);
                }
            }
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.warn("what net-modules may have forgotten is looked for at the next call: {}", e.toString());
        }
    }

    /** Those that have gone, or have an interface now. */
    private void forget(Set<WorkloadName> seen) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path each : (Iterable<Path>) files::iterator) {
                if (seen.stream().noneMatch(workload -> workload.value().equals(each.getFileName().toString()))) {
                    Files.deleteIfExists(each);
                }
            }
        }
    }

    private boolean isDue(WorkloadName workload) throws IOException {
        Path since = directory.resolve(workload.value());
        try {
            Files.createFile(since);
            return false;
        } catch (FileAlreadyExistsException e) {
            return Files.getLastModifiedTime(since).toInstant().plus(grace).isBefore(Instant.now());
        }
    }

    private void giveBack(WorkloadName workload) throws IOException {
        LOG.warn("{} holds a network, but net-modules has forgotten it: giving it back", workload);
        if (known.containsKey(workload)) {
            containers.cleanup(known.get(workload)).join();
        } else {
            ledger.depart(Departure.ofUnknown(HandleId.of(node, workload))).orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).join();
        }
        Files.deleteIfExists(directory.resolve(workload.value()));
    }
}
