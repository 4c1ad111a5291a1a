package io.calicomesos.container;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.ipam.TakenException;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Veth;
import io.calicomesos.netgroup.Enforcer;
import io.calicomesos.netgroup.Member;
import io.calicomesos.netgroup.Profiles;
import io.calicomesos.ports.PortMappings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.mesos.Protos.NetworkInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of every container's network on this host, step by step as Mesos asks for it. Calls for one container run in their
 * order, calls for different ones side by side; none waits on a thread for etcd.
 */
public final class ContainerNetworks {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerNetworks.class);

    /** How long a cleanup waits for etcd before it leaves the release to the background. */
    private static final long CLEANUP_WAIT_MS = 3_000;

    private final Configuration configuration;
    private final NodeName node;
    private final Ledger ledger;
    private final Enforcer enforcer;
    private final Profiles profiles;
    private final CheckpointStore store;
    private final PortMappings ports;
    private final ExecutorService kernel;
    private final Sequencer sequencer = new Sequencer();
    private final Map<ContainerPath, ContainerNetwork> containers = new ConcurrentHashMap<>();
    /** Containers that Mesos knew at recover and that have no checkpoint: without a network of ours, or it was lost. */
    private final Map<WorkloadName, ContainerPath> unexplained = new ConcurrentHashMap<>();
    private final Map<ContainerPath, Owner> owners = new ConcurrentHashMap<>(); // Of the roots of trees, whatever their network.
    private final Map<ContainerPath, CompletableFuture<Void>> departing = new ConcurrentHashMap<>();
    private final Sweep sweep;

    /**
     * Puts the parts together.
     *
     * @param configuration the agent's settings
     * @param node this host's name in Calico
     * @param ledger gives and takes back addresses
     * @param enforcer lets traffic through
     * @param profiles knows the labels that only profiles put on, and keeps those that are in use
     * @param store the checkpoints
     * @param ports those of the host that lead to containers
     * @param kernel runs what waits for the kernel and the disk
     */
    public ContainerNetworks(
            Configuration configuration, NodeName node, Ledger ledger, Enforcer enforcer, Profiles profiles,
            CheckpointStore store, PortMappings ports, ExecutorService kernel) {
        this.configuration = configuration;
        this.node = node;
        this.ledger = ledger;
        this.enforcer = enforcer;
        this.profiles = profiles;
        this.store = store;
        this.ports = ports;
        this.kernel = kernel;
        this.sweep = new Sweep(
                node, ledger, configuration.sweepInterval(), configuration.sweepGrace(), this::gone, kernel);
    }

    /**
     * Takes over what a former agent left. Containers that Mesos knows keep their networks; checkpoints of others are cleaned
     * up, in the background.
     *
     * @param known the containers that live, or whose cleanup Mesos will ask for, and whose they are, as far as Mesos says
     * @return completed when the checkpoints are read; fails if that is impossible
     */
    public CompletableFuture<Void> recover(Map<ContainerPath, Owner> known) {
        return onKernel(() -> {
            List<ContainerPath> unknown = new ArrayList<>();
            for (Checkpoint checkpoint : store.load()) {
                try {
                    containers.put(
                            checkpoint.container(),
                            new ContainerNetwork.Networked(checkpoint, NetworkInfo.parseFrom(checkpoint.networkInfo())));
                } catch (IOException | RuntimeException e) {
                    LOG.error("the checkpoint of container {} is not used: {}", checkpoint.container(), e.toString());
                    continue;
                }
                if (checkpoint.releasing() || !known.containsKey(checkpoint.container())) {
                    unknown.add(checkpoint.container());
                } else {
                    profiles.keep(
                            checkpoint.container().toString(), Profile.ofContainer(checkpoint.netgroups(), Instant.now()));
                    enforcer.admit(memberOf(checkpoint));
                }
            }
            profiles.restore();
            restorePorts(unknown);
            LOG.info("recovered {} containers, {} of them gone", containers.size(), unknown.size());
            unknown.forEach(this::cleanup);
            known.keySet().stream().sorted(Comparator.comparingInt(each -> each.values().size())).forEach(this::explain);
            known.forEach((container, owner) -> {
                if (container.parent().isEmpty()) {
                    owners.put(container, owner);
                }
            });
            sweep.start();
            return null;
        });
    }

    /** A container that lives and has no checkpoint shares its parent's network, has none of ours, or its checkpoint was lost. */
    private void explain(ContainerPath container) {
        if (!containers.containsKey(container)) {
            unexplained.put(WorkloadName.of(container.values()), container);
            container.parent().filter(containers::containsKey)
                    .ifPresent(parent -> containers.put(container, new ContainerNetwork.Shared()));
        }
    }

    private void restorePorts(List<ContainerPath> gone) {
        Map<String, PortMappings.Mapped> mapped = new HashMap<>();
        containers.forEach((container, network) -> {
            try {
                if (network instanceof ContainerNetwork.Networked networked && !gone.contains(container)
                        && networked.info().getPortMappingsCount() > 0) {
                    mapped.put(container.toString(), mapped(networked));
                }
            } catch (RefusedException e) {
                LOG.error("container {}: no port of the host leads to it any more", container, e);
            }
        });
        try {
            ports.restore(mapped);
        } catch (LinuxException e) { // Living containers are no reason to keep the agent from starting.
            LOG.error("no port of the host leads to the containers {} any more", mapped.keySet(), e);
        }
    }

    /** Which of the workloads that hold something in etcd cannot live. One of which no more is known may, and keeps it. */
    private Set<WorkloadName> gone(Set<WorkloadName> workloads) {
        workloads.forEach(workload -> unexplained.computeIfPresent(workload, (name, path) -> { // Never beside its cleanup.
            if (containers.putIfAbsent(path, new ContainerNetwork.Attempted()) == null) {
                LOG.warn("container {} has no checkpoint; it keeps its network until Mesos destroys it", path);
            }
            return path;
        }));
        Set<WorkloadName> gone = new HashSet<>(workloads);
        containers.keySet().forEach(each -> gone.remove(WorkloadName.of(each.values())));
        return gone;
    }

    /**
     * Gives a container its addresses and its endpoint.
     *
     * @param container its id
     * @param networkInfos those of its ContainerInfo that are ours to take
     * @param owner whose it is
     * @param debug whether it is a debug container, which lives in its parent's namespaces
     * @return what it gets; fails with a {@link RefusedException} or what the ledger failed with
     */
    public CompletableFuture<Prepared> prepare(
            ContainerPath container, List<NetworkInfo> networkInfos, Owner owner, boolean debug) {
        return sequencer.next(container, () -> {
            if (container.parent().isEmpty()) {
                owners.put(container, owner);
            }
            if (container.parent().isPresent() && (networkInfos.isEmpty() || debug)) {
                return CompletableFuture.completedFuture(share(container));
            }
            if (networkInfos.isEmpty()) {
                return CompletableFuture.completedFuture(new Prepared.NotOurs());
            }
            return departed(container).thenCompose(over -> {
                try {
                    return attempt(container, networkInfos, owner);
                } catch (RefusedException | RuntimeException e) {
                    return CompletableFuture.failedFuture(e);
                }
            });
        });
    }

    /** When nothing of an earlier container of this id is being given back any more, or it has taken too long to wait for. */
    private CompletableFuture<Void> departed(ContainerPath container) {
        return departing.getOrDefault(container, CompletableFuture.completedFuture(null))
                .handle((done, thrown) -> (Void) null)
                .completeOnTimeout(null, configuration.etcdLaunchTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    private Prepared share(ContainerPath container) {
        if (!containers.containsKey(container.parent().orElseThrow())) {
            return new Prepared.NotOurs(); // The parent is on the host network, or another isolator's.
        }
        containers.put(container, new ContainerNetwork.Shared());
        return new Prepared.ParentsNetwork();
    }

    private CompletableFuture<Prepared> attempt(ContainerPath container, List<NetworkInfo> networkInfos, Owner itself)
            throws RefusedException {
        // Mesos says of a nested container what its root may do.
        Owner owner = itself.under(owners.getOrDefault(container.root(), itself));
        if (networkInfos.size() > 1) {
            throw new RefusedException("ContainerInfo.network_infos holds " + networkInfos.size()
                    + " networks for calico-mesos: this version gives one");
        }
        NetworkInfo info = networkInfos.get(0);
        NetworkRequest request = NetworkRequest.of(info, owner, configuration);
        Attachment attachment = Attachment.of(node, container);
        if (containers.putIfAbsent(container, new ContainerNetwork.Attempted()) != null) {
            throw new RefusedException("container " + container + " has a network already: it is being launched twice");
        }
        Optional<String> taken = ports.claim(container.toString(), request.ports());
        if (taken.isPresent()) {
            containers.remove(container);
            throw new RefusedException("NetworkInfo.port_mappings cannot be had: " + taken.get());
        }

        Registration registration = Registration.of(attachment, request, owner);
        profiles.keep(container.toString(), registration.profiles());
        return mayWear(request.labels()).thenCompose(allowed -> sweep.past(attachment.workload()))
                .thenCompose(past -> launchOverOldLife(registration.launch(configuration.etcdLaunchTimeout())))
                .thenApplyAsync(launched -> {
            Checkpoint checkpoint = registration.checkpoint(container, info, launched);
            containers.put(container, new ContainerNetwork.Networked(checkpoint, info));
            store.save(attachment.workload().value(), checkpoint);
            LOG.info("container {} has {} in the netgroups {}", container, checkpoint.addresses(), request.netgroups());
            return new Prepared.OwnNetwork(checkpoint.addresses());
        }, kernel);
    }

    /** Rules let in who wears a profile's label: it is not for a framework to put on. */
    private CompletableFuture<Void> mayWear(Map<String, String> labels) {
        if (labels.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return profiles.known().orTimeout(configuration.etcdLaunchTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .handle((known, thrown) -> {
                    if (thrown != null) {
                        throw new CompletionException(new RefusedException("the labels of NetworkInfo cannot be checked, since etcd "
                                + "did not tell Calico's profiles within " + configuration.etcdLaunchTimeout().toMillis() + " ms"));
                    }
                    for (String key : labels.keySet()) {
                        profiles.profileOf(key).ifPresent(profile -> {
                            throw new CompletionException(new RefusedException("NetworkInfo.labels has '" + key + "', which the "
                                    + "Calico profile " + profile + " puts on its members: leave it out, and join the netgroup"));
                        });
                    }
                    return null;
                });
    }

    /** What stands in etcd under this container's name can only be of an earlier life on this host: it is given back first. */
    private CompletableFuture<Launched> launchOverOldLife(Launch launch) {
        return ledger.launch(launch)
                .handle((launched, thrown) -> {
                    if (thrown == null) {
                        return CompletableFuture.completedFuture(launched);
                    }
                    if (unwrapped(thrown) instanceof TakenException) {
                        LOG.warn("{}; it is of an earlier life, and given back", unwrapped(thrown).getMessage());
                        return ledger.depart(Departure.ofUnknown(launch.handle()))
                                .thenCompose(departed -> ledger.launch(launch));
                    }
                    return CompletableFuture.<Launched>failedFuture(unwrapped(thrown));
                })
                .thenCompose(outcome -> outcome);
    }

    /**
     * Builds the network into the container's namespace, behind its rules.
     *
     * @param container its id
     * @param pid its first process, which has not begun to run the task
     * @return completed when it can run; fails if the kernel refuses
     */
    public CompletableFuture<Void> isolate(ContainerPath container, long pid) {
        return sequencer.next(container, () -> {
            if (!(containers.get(container) instanceof ContainerNetwork.Networked networked)) {
                return CompletableFuture.completedFuture(null);
            }
            Checkpoint checkpoint = networked.checkpoint();
            Member member = memberOf(checkpoint);
            return enforcer.admit(member).thenComposeAsync(admitted -> onKernel(() -> {
                veth(checkpoint, pid).attach();
                ports.open(container.toString(), mapped(networked));
                return null;
            }), kernel).thenCompose(attached -> enforcer.attached(member));
        });
    }

    private static PortMappings.Mapped mapped(ContainerNetwork.Networked networked) throws RefusedException {
        return new PortMappings.Mapped(
                RequestedPorts.of(networked.info(), ImmutableRangeSet.of(Range.all())), networked.checkpoint().addresses());
    }

    private Veth veth(Checkpoint checkpoint, long pid) {
        return new Veth(
                "/proc/" + pid + "/ns/net", checkpoint.interfaceName(), Attachment.CONTAINER_INTERFACE, checkpoint.mac(),
                configuration.mtu(), checkpoint.addresses().stream().map(InetAddresses::forString).toList(), true);
    }

    private Member memberOf(Checkpoint checkpoint) {
        return new Member(
                checkpoint.endpointKey(), node.value(), checkpoint.interfaceName(), checkpoint.profiles(),
                Set.copyOf(checkpoint.addresses()));
    }

    /**
     * The NetworkInfo of a container with the addresses that it got.
     *
     * @param container its id
     * @return none for a container without a network of ours
     */
    public Optional<NetworkInfo> status(ContainerPath container) {
        ContainerNetwork network = containers.get(container);
        Optional<ContainerPath> parent = container.parent();
        while (network instanceof ContainerNetwork.Shared && parent.isPresent()) {
            network = containers.get(parent.get());
            parent = parent.get().parent();
        }
        if (!(network instanceof ContainerNetwork.Networked networked)) {
            return Optional.empty();
        }
        NetworkInfo.Builder info = networked.info().toBuilder().clearIpAddresses();
        for (String address : networked.checkpoint().addresses()) {
            info.addIpAddresses(NetworkInfo.IPAddress.newBuilder()
                    .setProtocol(address.indexOf(':') < 0 ? NetworkInfo.Protocol.IPv4 : NetworkInfo.Protocol.IPv6)
                    .setIpAddress(address));
        }
        return Optional.of(info.build());
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
            unexplained.remove(WorkloadName.of(container.values()), container);
            owners.remove(container);
            ContainerNetwork network = containers.get(container);
            if (network instanceof ContainerNetwork.Networked networked) {
                return cleanup(container, networked);
            }
            if (network instanceof ContainerNetwork.Attempted) {
                closePorts(container);
                Attachment attachment = Attachment.of(node, container);
                return depart(container, attachment, Departure.ofUnknown(attachment.handle()));
            }
            containers.remove(container);
            return CompletableFuture.completedFuture(null);
        });
    }

    private CompletableFuture<Void> cleanup(ContainerPath container, ContainerNetwork.Networked networked) {
        Checkpoint checkpoint = networked.checkpoint();
        Attachment attachment = Attachment.of(node, container);
        return onKernel(() -> {
            try {
                store.save(attachment.workload().value(), checkpoint.asReleasing());
            } catch (UncheckedIOException e) { // A full disk is no reason to keep what the container held.
                LOG.error("container {}: if the agent dies now, its release waits for the next sweep", container, e);
            }
            closePorts(container);
            Veth.detach(checkpoint.interfaceName());
            return null;
        }).thenCompose(detached -> enforcer.dismiss(checkpoint.endpointKey())).thenCompose(dismissed -> depart(
                container, attachment,
                new Departure(
                        attachment.handle(), Map.of(checkpoint.endpointKey(), checkpoint.endpointRevision()),
                        checkpoint.addresses().stream().map(InetAddresses::forString).toList())));
    }

    private void closePorts(ContainerPath container) {
        try {
            ports.close(container.toString());
        } catch (LinuxException e) {
            LOG.error("container {}: its ports of the host are not free before the agent starts again", container, e);
        }
    }

    private CompletableFuture<Void> depart(ContainerPath container, Attachment attachment, Departure departure) {
        CompletableFuture<Void> departed = ledger.depart(departure).thenRunAsync(() -> {
            store.delete(attachment.workload().value());
            profiles.forget(container.toString()); // Before the next of that name can come.
            containers.remove(container);
            LOG.info("container {} has gone, what it held is given back", container);
        }, kernel);
        departing.put(container, departed);
        departed.whenComplete((done, thrown) -> departing.remove(container, departed));
        return departed.copy().completeOnTimeout(null, CLEANUP_WAIT_MS, TimeUnit.MILLISECONDS).exceptionally(thrown -> {
            LOG.error("container {}: what it held cannot be given back before the agent starts again", container, thrown);
            return null;
        });
    }

    /**
     * Waits for the calls that are under way.
     *
     * @return completed when none is
     */
    public CompletableFuture<Void> idle() {
        return sequencer.idle();
    }

    private CompletableFuture<Void> onKernel(Callable<Void> step) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return step.call();
            } catch (IOException e) {
                throw new CompletionException(e);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }, kernel);
    }

    private static Throwable unwrapped(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
