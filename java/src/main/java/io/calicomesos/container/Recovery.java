package io.calicomesos.container;

import io.calicomesos.calico.Profile;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Departure;
import io.calicomesos.netgroup.Profiles;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes over what a former agent has left on disk and in the kernel: its checkpoints and its journal. */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /**
     * What was left and is to be given back.
     *
     * @param gone containers with a checkpoint that Mesos does not know, or whose cleanup was under way
     * @param departures the cleanups under way whose checkpoint is gone already
     * @param launches the launches under way that have no checkpoint yet
     */
    record Left(List<ContainerPath> gone, Map<ContainerPath, Departure> departures, Set<ContainerPath> launches) {}

    private final CheckpointStore store;
    private final Journal journal;
    private final Containers containers;
    private final LivingAddresses living;
    private final Owners owners;
    private final Profiles profiles;
    private final Wiring wiring;
    private final InterfaceWatch interfaces;

    Recovery(
            CheckpointStore store, Journal journal, Containers containers, LivingAddresses living, Owners owners, Profiles profiles,
            Wiring wiring, InterfaceWatch interfaces) {
        this.store = store;
        this.journal = journal;
        this.containers = containers;
        this.living = living;
        this.owners = owners;
        this.profiles = profiles;
        this.wiring = wiring;
        this.interfaces = interfaces;
    }

    /**
     * Takes over the containers that Mesos knows.
     *
     * @param known those that live, or whose cleanup Mesos will ask for
     * @throws IOException if checkpoints or journal cannot be read
     */
    Left takeOver(Set<ContainerPath> known) throws IOException {
        Failpoint.RECOVER_BEGUN.reach();
        store.removeUnfinished();
        journal.removeUnfinished();
        Map<ContainerPath, Departure> departures = new HashMap<>();
        Set<ContainerPath> launches = new HashSet<>();
        for (Intent intent : journal.load()) {
            switch (intent.kind()) {
                case LAUNCH -> launches.add(intent.container());
                case DEPARTURE -> departures.put(intent.container(), intent.departure());
            }
        }
        List<ContainerPath> gone = new ArrayList<>();
        List<ContainerNetwork.Networked> takenOver = new ArrayList<>();
        for (ContainerNetwork.Networked networked : networked()) {
            Checkpoint checkpoint = networked.checkpoint();
            ContainerPath container = checkpoint.container();
            if (launches.remove(container)) {
                journal.over(container, Intent.Kind.LAUNCH);
            }
            if (departures.remove(container) != null || !known.contains(container)) {
                gone.add(container);
            } else if (takeOver(checkpoint)) {
                takenOver.add(networked);
            }
        }
        profiles.restore();
        wiring.restorePorts(takenOver);
        Failpoint.RECOVER_TAKEN_OVER.reach();
        LOG.info("recovered {} containers, {} of them gone; {} launches and {} releases were under way",
                containers.size(), gone.size(), launches.size(), departures.size());
        return new Left(gone, departures, launches);
    }

    /**
     * Takes over what other processes have left, and leaves all of it as it is: for a process that lives for one call.
     *
     * @return the addresses of each container; none of one whose launch was not finished, or whose release was not
     * @throws IOException if checkpoints or journal cannot be read
     */
    Map<ContainerPath, List<String>> resume() throws IOException {
        Map<ContainerPath, List<String>> resumed = new HashMap<>();
        for (ContainerNetwork.Networked each : networked()) {
            resumed.put(each.checkpoint().container(), each.checkpoint().addresses());
        }
        for (Intent each : journal.load()) {
            containers.attempt(each.container());
            if (each.kind() == Intent.Kind.DEPARTURE && containers.get(each.container()) instanceof ContainerNetwork.Networked networked) {
                living.letGo(networked.checkpoint()); // If etcd has them free, they are.
                resumed.put(each.container(), List.of());
            }
            resumed.putIfAbsent(each.container(), List.of());
        }
        return resumed;
    }

    /** The containers with a checkpoint that can be understood, which are known from now on. */
    private List<ContainerNetwork.Networked> networked() throws IOException {
        List<ContainerNetwork.Networked> all = new ArrayList<>();
        for (Checkpoint checkpoint : store.load()) {
            try {
                ContainerNetwork.Networked networked = ContainerNetwork.Networked.of(checkpoint);
                living.keep(checkpoint);
                containers.put(checkpoint.container(), networked);
                all.add(networked);
            } catch (IOException | RuntimeException e) {
                LOG.error("the checkpoint of container {} is not used: {}", checkpoint.container(), e.toString());
            }
        }
        return all;
    }

    /** Whether it could be; one that cannot lives on as it is, and its cleanup works. */
    private boolean takeOver(Checkpoint checkpoint) {
        ContainerPath container = checkpoint.container();
        try {
            checkpoint.knownOwner().ifPresent(owner -> owners.remember(container, owner)); // Mesos has forgotten some of it.
            profiles.keep(container.toString(), checkpoint.networks().stream()
                    .flatMap(each -> Profile.ofContainer(each.netgroups(), Instant.now()).stream()).toList());
            wiring.restore(checkpoint);
            interfaces.attached(container, checkpoint.hostInterfaces());
            return true;
        } catch (RuntimeException e) {
            LOG.error("the checkpoint of container {} is not used: {}", container, e.toString());
            return false;
        }
    }
}
