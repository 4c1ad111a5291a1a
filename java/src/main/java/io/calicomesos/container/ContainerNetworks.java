package io.calicomesos.container;

import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.linux.LinkStatistics;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.live.Report;
import io.calicomesos.netgroup.Enforcer;
import io.calicomesos.netgroup.Profiles;
import io.calicomesos.ports.PortMappings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * The life of every container's network on this host, step by step as Mesos asks for it. Calls for one container run in their
 * order, calls for different ones side by side; none waits on a thread for etcd.
 */
public final class ContainerNetworks {
    private final Configuration configuration;
    private final Journal journal;
    private final InterfaceWatch interfaces;
    private final NodeGuard guard;
    private final LivingAddresses living;
    private final Discards discards;
    private final Optional<NetworkFiles> files;
    private final RecentLaunches recent;
    private final KernelWork work;
    private final Wiring wiring;
    private final Launches launches;
    private final Departures departures;
    private final Recovery recovery;
    private final LostContainers lost;
    private final Sweep sweep;
    private final Owners owners = new Owners();
    private final Sequencer sequencer = new Sequencer();
    private final Containers containers = new Containers();

    /**
     * Puts the parts together.
     *
     * @param configuration the agent's settings
     * @param node this host's name in Calico
     * @param ledger takes back addresses
     * @param launcher gives them: the ledger, where no other is to
     * @param enforcer lets traffic through
     * @param profiles knows the labels that only profiles put on, and keeps those that are in use
     * @param store the checkpoints
     * @param journal what is under way
     * @param ports those of the host that lead to containers
     * @param interfaces notices when one is taken away
     * @param guard knows whether this host may go by its name
     * @param living the addresses that containers have
     * @param discards the interfaces of containers that have gone
     * @param files those that containers see, if they are to have any
     * @param steps told how long each takes
     * @param log runs what writes lines to the log that nobody waits for
     * @param kernel runs what waits for the kernel and the disk
     */
    public ContainerNetworks(
            Configuration configuration, NodeName node, Ledger ledger, Function<Launch, CompletableFuture<Launched>> launcher,
            Enforcer enforcer, Profiles profiles, CheckpointStore store, Journal journal, PortMappings ports,
            InterfaceWatch interfaces, NodeGuard guard, LivingAddresses living, Discards discards, Optional<NetworkFiles> files,
            Steps steps, Executor log, Executor kernel) {
        this.configuration = configuration;
        this.journal = journal;
        this.interfaces = interfaces;
        this.guard = guard;
        this.living = living;
        this.discards = discards;
        this.files = files;
        this.recent = new RecentLaunches(steps, log);
        this.work = new KernelWork(kernel);
        Registrar registrar = new Registrar(ledger, launcher, profiles, configuration.etcdLaunchTimeout(), recent);
        this.wiring = new Wiring(node, configuration, enforcer, ports, discards, recent, kernel);
        this.departures = new Departures(node, ledger, profiles, store, journal, living, containers, recent, kernel);
        this.recovery = new Recovery(store, journal, containers, living, owners, profiles, wiring, interfaces);
        this.lost = new LostContainers(node, configuration, registrar, store, containers, living, guard, kernel);
        this.sweep = new Sweep(
                node, ledger, wiring, configuration.sweepInterval(), configuration.sweepGrace(), this::gone, containers::running,
                this::writeAgain, kernel);
        this.launches = new Launches(
                configuration, node, profiles, store, journal, ports, interfaces, guard, living, files, registrar, wiring, sweep, owners,
                containers, recent, kernel);
    }

    /**
     * Takes over what a former agent left. Containers that Mesos knows keep their networks; checkpoints of others are cleaned
     * up, in the background.
     *
     * @param known the containers that live, or whose cleanup Mesos will ask for, and whose they are, as far as Mesos says
     * @param living those of them that live, each with its first process
     * @return completed when the checkpoints are read; fails if that is impossible
     */
    public CompletableFuture<Void> recover(Map<ContainerPath, Owner> known, Map<ContainerPath, Long> living) {
        return work.start(() -> {
            known.forEach(owners::remember);
            discards.delete();
            Recovery.Left left = recovery.takeOver(known.keySet());
            left.gone().forEach(this::cleanup);
            left.departures().forEach(this::departAgain);
            left.launches().forEach(container -> {
                containers.attempt(container);
                if (!known.containsKey(container)) { // Of another, Mesos will ask for the cleanup.
                    cleanup(container);
                }
            });
            Failpoint.RECOVER_CLEANED.reach();
            known.keySet().stream().sorted(Comparator.comparingInt(each -> each.values().size())).forEach(containers::explain);
            sweep.start();
            files.ifPresent(each -> each.recover(known.keySet(), living));
            Failpoint.RECOVER_FILED.reach();
            return null;
        });
    }

    /** etcd holds an earlier state than it once did: what it has lost of containers that run here is written again, now. */
    public void etcdWentBack() {
        sweep.startAnew();
    }

    /** Of one whose checkpoint is gone already, unless it never had one. */
    private void departAgain(ContainerPath container, Departure departure) {
        if (containers.attempt(container)) {
            sequencer.next(container, () -> {
                recent.cleaning(container);
                return departures.depart(container, departure, departures.release(container, departure));
            });
        }
    }

    /**
     * Takes over what other processes have left, and leaves all of it as it is: for a process that lives for one call.
     *
     * @return the addresses of each container; none of one whose launch was not finished, or whose release was not
     * @throws IOException if checkpoints and journal cannot be read
     */
    public Map<ContainerPath, List<String>> resume() throws IOException {
        return recovery.resume();
    }

    private Set<WorkloadName> gone(Set<WorkloadName> workloads) {
        return guard.isSure() ? containers.gone(workloads) : Set.of(); // They may be another host's.
    }

    private void writeAgain(ContainerPath container) {
        sequencer.next(container, () -> lost.writeAgain(container));
    }

    /**
     * Gives a container its addresses and its endpoint.
     *
     * @param container its id
     * @param networkInfos those of its ContainerInfo that are ours to take
     * @param owner whose it is
     * @param name what it is called, if it gets a network of its own
     * @param image where its image is unpacked, if it has one
     * @param debug whether it is a debug container, which lives in its parent's namespaces
     * @return what it gets; fails with a {@link RefusedException} or what the ledger failed with
     */
    public CompletableFuture<Prepared> prepare(
            ContainerPath container, List<NetworkInfo> networkInfos, Owner owner, HostName name, Optional<Path> image, boolean debug) {
        return sequencer.next(container, () -> {
            owners.remember(container, owner);
            if (container.parent().isPresent() && (networkInfos.isEmpty() || debug)) {
                return CompletableFuture.completedFuture(share(container));
            }
            if (networkInfos.isEmpty()) {
                return CompletableFuture.completedFuture(new Prepared.NotOurs());
            }
            recent.launching(container);
            return departures.over(container, configuration.etcdLaunchTimeout()).thenCompose(over -> {
                try {
                    return launches.prepare(container, networkInfos, owner, name, image);
                } catch (RefusedException | RuntimeException e) {
                    return CompletableFuture.failedFuture(e);
                }
            });
        });
    }

    private Prepared share(ContainerPath container) {
        if (!containers.contains(container.parent().orElseThrow())) {
            return new Prepared.NotOurs(); // The parent is on the host network, or another isolator's.
        }
        containers.put(container, new ContainerNetwork.Shared());
        return new Prepared.ParentsNetwork();
    }

    /**
     * Builds the networks into the container's namespace, behind their rules.
     *
     * @param container its id
     * @param pid its first process, which has not begun to run the task
     * @return completed when it can run; fails if the kernel refuses
     */
    public CompletableFuture<Void> isolate(ContainerPath container, long pid) {
        return sequencer.next(container, () -> containers.get(container) instanceof ContainerNetwork.Networked networked
                ? launches.isolate(networked, pid) : CompletableFuture.completedFuture(null));
    }

    /**
     * Waits for a container's network to be taken away by somebody else.
     *
     * @param container its id
     * @return what was taken away; nothing, when its end comes first or it has no network of its own to lose
     */
    public CompletableFuture<Optional<String>> watch(ContainerPath container) {
        return sequencer.next(container, () -> CompletableFuture.completedFuture( // What it waits for keeps nobody else waiting.
                        containers.get(container) instanceof ContainerNetwork.Networked
                                ? interfaces.of(container) : CompletableFuture.completedFuture(Optional.<String>empty())))
                .thenCompose(Function.identity());
    }

    /**
     * What has gone through a container's interfaces.
     *
     * @param container its id
     * @return of each host end that there is; none for a container without a network of its own
     */
    public CompletableFuture<List<LinkStatistics>> usage(ContainerPath container) {
        return !(containers.get(container) instanceof ContainerNetwork.Networked networked)
                ? CompletableFuture.completedFuture(List.of())
                : work.start(() -> {
                    List<LinkStatistics> statistics = new ArrayList<>();
                    for (String each : networked.checkpoint().hostInterfaces()) {
                        try {
                            statistics.add(LinkStatistics.of(each));
                        } catch (LinuxException e) {
                            if (e.errno() != LinuxException.ENODEV) { // Not yet there, or no more.
                                throw e;
                            }
                        }
                    }
                    return statistics;
                });
    }

    /**
     * The NetworkInfos of a container, each with the addresses that it got.
     *
     * @param container its id
     * @return in the order of the request; none for a container without a network of ours
     */
    public List<NetworkInfo> status(ContainerPath container) {
        return containers.status(container);
    }

    /**
     * The containers that have a network of their own, for an operator.
     *
     * @return by id
     */
    public List<Report.Container> live() {
        return containers.live();
    }

    /**
     * Takes a container's network away and gives back what it held. Never fails for etcd's sake: what cannot be given back now
     * is, once etcd answers; until then its checkpoint stays.
     *
     * @param container its id; one without a network is no error
     * @return completed when nothing is left here, and, if etcd answers soon, there
     */
    public CompletableFuture<Void> cleanup(ContainerPath container) {
        return sequencer.next(container, () -> {
            containers.explained(container);
            owners.forget(container);
            ContainerNetwork network = containers.get(container);
            if (network instanceof ContainerNetwork.Networked networked) {
                return cleanup(container, networked.checkpoint());
            }
            if (network instanceof ContainerNetwork.Attempted) {
                recent.cleaning(container);
                wiring.closePorts(container);
                Departure departure = departures.ofAttempt(container);
                return depart(container, departure, departures.release(container, departure));
            }
            containers.remove(container);
            return removeFiles(container);
        });
    }

    private CompletableFuture<Void> cleanup(ContainerPath container, Checkpoint checkpoint) {
        recent.cleaning(container);
        living.leaving(container);
        interfaces.detaching(container, checkpoint.hostInterfaces());
        Departure departure = departures.of(checkpoint);
        CompletableFuture<Void> detached = recent.measured(container, Steps.Step.DETACH, () -> work.start(() -> {
            Failpoint.CLEANUP_BEGUN.reach();
            journal.begin(Intent.of(container, departure));
            Failpoint.CLEANUP_INTENDED.reach();
            wiring.detach(checkpoint);
            return null;
        }));
        CompletableFuture<Void> dismissed = recent.measured(container, Steps.Step.DISMISS, () -> wiring.dismiss(checkpoint))
                .thenRun(Failpoint.CLEANUP_DISMISSED::reach);
        // Nothing leads to its addresses any more, so another host may have them: etcd is at work while the rest goes. Here they are kept
        // until it has gone.
        CompletableFuture<CompletableFuture<Void>> releasing = detached.thenApply(done -> departures.release(container, departure));
        CompletableFuture<Void> disconnected = releasing.thenCompose(
                begun -> recent.measured(container, Steps.Step.DISCONNECT, () -> wiring.disconnect(checkpoint)));
        return CompletableFuture.allOf(dismissed, disconnected)
                .thenCompose(gone -> depart(container, departure, releasing.join()));
    }

    private CompletableFuture<Void> depart(ContainerPath container, Departure departure, CompletableFuture<Void> released) {
        CompletableFuture<Void> departed = departures.depart(container, departure, released);
        return removeFiles(container).thenCombine(departed, (removed, done) -> done); // While etcd is at work.
    }

    private CompletableFuture<Void> removeFiles(ContainerPath container) {
        return work.start(() -> {
            files.ifPresent(each -> each.remove(container));
            Failpoint.CLEANUP_REMOVED.reach();
            return null;
        });
    }

    /**
     * A launch has come to nothing: the log says so.
     *
     * @param container its id
     * @param reason why, for an operator
     */
    public void notLaunched(ContainerPath container, String reason) {
        recent.notLaunched(container, reason);
    }

    /**
     * So has a cleanup.
     *
     * @param container its id
     * @param reason why, for an operator
     */
    public void notCleanedUp(ContainerPath container, String reason) {
        recent.notCleanedUp(container, reason);
    }

    /**
     * What became of the last launches and cleanups.
     *
     * @return the latest first
     */
    public List<Report.Recent> recent() {
        return recent.latest();
    }

    /**
     * How many containers have a network of their own, or are getting one, or share one.
     *
     * @return their number
     */
    public int size() {
        return containers.size();
    }

    /**
     * How many launches and releases the journal says are under way.
     *
     * @return their number
     */
    public long underWay() {
        return journal.size();
    }

    /**
     * Waits for the calls that are under way, and for what they leave to do.
     *
     * @return completed when there is nothing of it
     */
    public CompletableFuture<Void> idle() {
        return sequencer.idle().thenCompose(idle -> discards.idle());
    }
}
