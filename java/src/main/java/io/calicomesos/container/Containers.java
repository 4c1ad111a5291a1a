package io.calicomesos.container;

import io.calicomesos.calico.WorkloadName;
import io.calicomesos.live.Report;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.mesos.Protos.NetworkInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where each container on this host stands, and which of those that etcd knows cannot be on it. */
final class Containers {
    private static final Logger LOG = LoggerFactory.getLogger(Containers.class);

    private final Map<ContainerPath, ContainerNetwork> networks = new ConcurrentHashMap<>();
    /** Those that Mesos knew at recover and that have no checkpoint: without a network of ours, or it was lost. */
    private final Map<WorkloadName, ContainerPath> unexplained = new ConcurrentHashMap<>();

    /** Where a container stands; null if nothing is known of it. */
    ContainerNetwork get(ContainerPath container) {
        return networks.get(container);
    }

    boolean contains(ContainerPath container) {
        return networks.containsKey(container);
    }

    int size() {
        return networks.size();
    }

    void put(ContainerPath container, ContainerNetwork network) {
        networks.put(container, network);
    }

    /** Of one of which nothing was known yet, that its launch has begun; tells whether that was so. */
    boolean attempt(ContainerPath container) {
        return networks.putIfAbsent(container, new ContainerNetwork.Attempted()) == null;
    }

    /** Where it stood; null if nothing was known of it. */
    ContainerNetwork remove(ContainerPath container) {
        return networks.remove(container);
    }

    /** Of a container that lives, and that Mesos will clean up: it shares its parent's network, has none of ours, or its checkpoint was lost. */
    void explain(ContainerPath container) {
        if (!networks.containsKey(container)) {
            unexplained.put(WorkloadName.of(container.values()), container);
            container.parent().filter(networks::containsKey)
                    .ifPresent(parent -> networks.put(container, new ContainerNetwork.Shared()));
        }
    }

    /** Mesos cleans it up: whatever it was, it needs no explanation any more. */
    void explained(ContainerPath container) {
        unexplained.remove(WorkloadName.of(container.values()), container);
    }

    /** Which of the workloads that hold something in etcd cannot live. One of which no more is known may, and keeps it. */
    Set<WorkloadName> gone(Set<WorkloadName> workloads) {
        workloads.forEach(workload -> unexplained.computeIfPresent(workload, (name, path) -> { // Never beside its cleanup.
            if (attempt(path)) {
                LOG.warn("container {} has no checkpoint; it keeps its network until Mesos destroys it", path);
            }
            return path;
        }));
        Set<WorkloadName> gone = new HashSet<>(workloads);
        networks.keySet().forEach(each -> gone.remove(WorkloadName.of(each.values())));
        return gone;
    }

    /** The containers that hold something in etcd. */
    Map<WorkloadName, ContainerPath> running() {
        return networks.entrySet().stream().filter(each -> each.getValue() instanceof ContainerNetwork.Networked)
                .collect(Collectors.toMap(each -> WorkloadName.of(each.getKey().values()), Map.Entry::getKey));
    }

    /** Those that have a network of their own, as an operator is told, by id. */
    List<Report.Container> live() {
        return networks.entrySet().stream().filter(each -> each.getValue() instanceof ContainerNetwork.Networked)
                .map(each -> ((ContainerNetwork.Networked) each.getValue()).report())
                .sorted(Comparator.comparing(Report.Container::id)).toList();
    }

    /** The NetworkInfos of the network that a container uses, its own or one further up its tree, each with its addresses. */
    List<NetworkInfo> status(ContainerPath container) {
        ContainerNetwork network = networks.get(container);
        Optional<ContainerPath> parent = container.parent();
        while (network instanceof ContainerNetwork.Shared && parent.isPresent()) {
            network = networks.get(parent.get());
            parent = parent.get().parent();
        }
        return network instanceof ContainerNetwork.Networked networked ? networked.status() : List.of();
    }
}
