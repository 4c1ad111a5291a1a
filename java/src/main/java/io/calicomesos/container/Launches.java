package io.calicomesos.container;

import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Launched;
import io.calicomesos.netgroup.Profiles;
import io.calicomesos.ports.PortMappings;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.Protos.NetworkInfo;

/** Gives containers what they ask for: in etcd and in files first, then in the kernel. */
final class Launches {
    /** While etcd is away, each launch that fails may leave a release that waits for it: they must not fill the memory. */
    private static final int MOST_UNDER_WAY = 5_000;

    private final Configuration configuration;
    private final NodeName node;
    private final Profiles profiles;
    private final CheckpointStore store;
    private final Journal journal;
    private final PortMappings ports;
    private final InterfaceWatch interfaces;
    private final NodeGuard guard;
    private final LivingAddresses living;
    private final Optional<NetworkFiles> files;
    private final Registrar registrar;
    private final Wiring wiring;
    private final Sweep sweep;
    private final Owners owners;
    private final Containers containers;
    private final RecentLaunches recent;
    private final Executor kernel;
    private final KernelWork work;

    /**
     * Puts the parts together.
     *
     * @param configuration the agent's settings
     * @param node this host's name in Calico
     * @param profiles keeps those that are in use
     * @param store the checkpoints
     * @param journal what is under way
     * @param ports those of the host that lead to containers
     * @param interfaces notices when one is taken away
     * @param guard knows whether this host may go by its name
     * @param living the addresses that containers have
     * @param files those that containers see, if they are to have any
     * @param registrar gets them into etcd
     * @param wiring gets them into the kernel
     * @param sweep may be giving back what an earlier container of the name left
     * @param owners whose containers are
     * @param containers where each stands
     * @param recent told what becomes of each
     * @param kernel runs what waits for the kernel and the disk
     */
    Launches(
            Configuration configuration, NodeName node, Profiles profiles, CheckpointStore store, Journal journal, PortMappings ports,
            InterfaceWatch interfaces, NodeGuard guard, LivingAddresses living, Optional<NetworkFiles> files, Registrar registrar,
            Wiring wiring, Sweep sweep, Owners owners, Containers containers, RecentLaunches recent, Executor kernel) {
        this.configuration = configuration;
        this.node = node;
        this.profiles = profiles;
        this.store = store;
        this.journal = journal;
        this.ports = ports;
        this.interfaces = interfaces;
        this.guard = guard;
        this.living = living;
        this.files = files;
        this.registrar = registrar;
        this.wiring = wiring;
        this.sweep = sweep;
        this.owners = owners;
        this.containers = containers;
        this.recent = recent;
        this.kernel = kernel;
        this.work = new KernelWork(kernel);
    }

    /**
     * Gives a container its addresses, its endpoint and its files.
     *
     * @param container its id
     * @param networkInfos those of its ContainerInfo that are ours to take, at least one
     * @param itself whose it is
     * @param name what it is called
     * @param image where its image is unpacked, if it has one
     * @return what it gets; fails with what the registrar failed with, or for lack of the disk
     * @throws RefusedException if it cannot be had; nothing is held then
     */
    CompletableFuture<Prepared> prepare(
            ContainerPath container, List<NetworkInfo> networkInfos, Owner itself, HostName name, Optional<Path> image)
            throws RefusedException {
        Optional<String> objection = guard.objection();
        if (objection.isPresent()) {
            throw new NodeNameException(objection.get());
        }
        if (journal.size() >= MOST_UNDER_WAY) {
            throw new TooManyException(
                    MOST_UNDER_WAY + " launches and releases on this host wait for etcd already: no more are begun until it answers");
        }
        Owner owner = owners.of(container, itself);
        ContainerRequest request = ContainerRequest.of(networkInfos, owner, configuration);
        if (!containers.attempt(container)) {
            throw new RefusedException("container " + container + " has a network already: it is being launched twice");
        }
        Optional<String> taken = ports.claim(container.toString(), request.ports());
        if (taken.isPresent()) {
            containers.remove(container);
            throw new RefusedException("NetworkInfo.port_mappings cannot be had: " + taken.get());
        }

        Failpoint.PREPARE_BEGUN.reach();
        Registrations registrations = Registrations.of(node, container, request, owner);
        WorkloadName workload = WorkloadName.of(container.values());
        journal.begin(Intent.ofLaunch(container, registrations.handle()));
        Failpoint.PREPARE_INTENDED.reach();
        profiles.keep(container.toString(), registrations.profiles());
        CompletableFuture<Launched> registered = registrar.mayWear(request.labels()).thenCompose(allowed -> sweep.past(workload))
                .thenCompose(past -> living.left(request.addresses())
                        .completeOnTimeout(null, configuration.etcdLaunchTimeout().toMillis(), TimeUnit.MILLISECONDS))
                .thenCompose(left -> guard.sure(configuration.etcdLaunchTimeout()))
                .thenCompose(sure -> registrar.register(registrations));
        CompletableFuture<List<Mount>> filed = work.start(() -> { // While etcd is at work.
            List<Mount> mounts = files.isEmpty() ? List.of() : files.get().write(container, name, networkInfos, image);
            Failpoint.PREPARE_FILED.reach();
            return mounts;
        });
        return registered.thenCombineAsync(filed, (launched, mounts) -> {
            Failpoint.PREPARE_COMMITTED.reach();
            Checkpoint checkpoint = registrations.checkpoint(
                    networkInfos, launched, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
            containers.put(container, new ContainerNetwork.Networked(checkpoint, networkInfos));
            living.keep(checkpoint);
            store.save(workload.value(), checkpoint);
            files.ifPresent(each -> each.writeHosts(container, name, checkpoint.addresses()));
            Failpoint.PREPARE_CHECKPOINTED.reach();
            journal.over(container, Intent.Kind.LAUNCH);
            Failpoint.PREPARE_OVER.reach();
            recent.prepared(container);
            return new Prepared.OwnNetwork(checkpoint.addresses(), mounts);
        }, kernel);
    }

    /**
     * Builds a container's networks into its namespace, behind their rules.
     *
     * @param networked what it has
     * @param pid its first process, which has not begun to run the task
     * @return completed when it can run; fails if the kernel refuses
     */
    CompletableFuture<Void> isolate(ContainerNetwork.Networked networked, long pid) {
        ContainerPath container = networked.checkpoint().container();
        recent.isolating(container);
        CompletableFuture<Void> attached = wiring.attach(networked, pid);
        CompletableFuture<Void> held = work.start(() -> { // While its rules are looked at.
            if (files.isPresent()) {
                files.get().isolate(container, pid);
            }
            Failpoint.ISOLATE_HELD.reach();
            return null;
        });
        return attached.thenCombine(held, (done, too) -> {
            interfaces.attached(container, networked.checkpoint().hostInterfaces());
            Failpoint.ISOLATE_ENFORCED.reach();
            recent.launched(container, networked.checkpoint().addresses(), networked.checkpoint().netgroups());
            return null;
        });
    }
}
