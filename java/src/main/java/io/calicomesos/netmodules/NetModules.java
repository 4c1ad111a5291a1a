package io.calicomesos.netmodules;

import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.container.CheckpointStore;
import io.calicomesos.container.ContainerNetworks;
import io.calicomesos.container.ContainerPath;
import io.calicomesos.container.Discards;
import io.calicomesos.container.HostName;
import io.calicomesos.container.InterfaceWatch;
import io.calicomesos.container.Journal;
import io.calicomesos.container.LivingAddresses;
import io.calicomesos.container.NetworkRequest;
import io.calicomesos.container.NodeGuard;
import io.calicomesos.container.Owner;
import io.calicomesos.container.RefusedException;
import io.calicomesos.container.Steps;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.ipam.AddressException;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Handover;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.ipam.TakenException;
import io.calicomesos.ipam.Wish;
import io.calicomesos.ipam.Wishes;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Veth;
import io.calicomesos.netgroup.FelixEnforcer;
import io.calicomesos.netgroup.Profiles;
import io.calicomesos.ports.PortMappings;
import io.etcd.jetcd.options.GetOption;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * Carries out one request of net-modules, in a process that ends with its answer: nothing is closed. What must be known from one
 * call to the next stands in etcd, as handles, and in the checkpoints, which are the module's. One call at a time works on a host.
 *
 * <p>A container's addresses are held under a uid first ({@link UidHandle}). {@code isolate} makes them the container's, by the
 * transaction that makes its endpoint, so that from then on all is as if the module had launched it.
 */
public final class NetModules {
    private static final int KERNEL_THREADS = 2;

    private static final Set<String> ADDRESS_LABELS = Set.of("ipv4_addrs", "ipv6_addrs");

    private final Configuration configuration;
    private final NodeName node;
    private final ExecutorService kernel = Executors.newFixedThreadPool(KERNEL_THREADS, named("kernel-%d"));
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(named("timer"));
    /** Gone with this process, however it ends, and no sooner, since it is held here. */
    @SuppressWarnings("unused")
    private final FileLock lock;
    private final Etcd etcd;
    private final Ledger ledger;
    private final Handover handover;
    private final Profiles profiles;
    private final NodeGuard guard;
    /** Or etcd does not answer. A call may be over before etcd has said whether this host's name is its own. */
    private final CompletableFuture<Void> nodeIsRead;
    private final ContainerNetworks containers;
    /** Those that an earlier call has begun with. */
    private final Set<ContainerPath> known;
    /** Those that have a checkpoint, and their addresses. */
    private final Map<ContainerPath, List<String>> isolated;

    /**
     * Waits until no other call works on this host, and takes over what earlier ones have left.
     *
     * @param configuration the settings
     * @throws IOException if the runtime directory cannot be used
     * @throws BadRequestException if the node's name is none
     */
    public NetModules(Configuration configuration) throws IOException, BadRequestException {
        this.configuration = configuration;
        this.node = nodeName(configuration);
        CheckpointStore store = new CheckpointStore(configuration.runtimeDirectory());
        this.lock = FileChannel.open(configuration.runtimeDirectory().resolve("net-modules.lock"),
                StandardOpenOption.CREATE, StandardOpenOption.WRITE).lock();
        this.etcd = new Etcd(configuration.etcd(), configuration.etcdRequestTimeout());
        LivingAddresses living = new LivingAddresses(node);
        this.ledger = new Ledger(etcd, node, living, MoreExecutors.newSequentialExecutor(MoreExecutors.directExecutor()), timer);
        this.handover = new Handover(etcd, node);
        this.profiles = new Profiles(etcd, timer);
        this.guard = new NodeGuard(etcd, node, MoreExecutors.newSequentialExecutor(kernel), timer);
        this.containers = new ContainerNetworks(
                configuration, node, ledger, this::takeOver,
                FelixEnforcer.of(etcd, node, configuration.felixStatusDirectory(), configuration.felixTimeout(), timer), profiles, store,
                new Journal(configuration.stateDirectory(), configuration.runtimeDirectory()), new PortMappings(),
                new InterfaceWatch(Executors.newSingleThreadExecutor(named("interfaces"))), guard, living,
                new Discards(MoreExecutors.directExecutor()), Optional.empty(), new Steps((step, tookNs) -> { }),
                MoreExecutors.directExecutor(), kernel);
        Map<ContainerPath, List<String>> resumed = containers.resume();
        this.known = resumed.keySet();
        this.isolated = new HashMap<>(resumed);
        isolated.values().removeIf(List::isEmpty);
        guard.start();
        this.nodeIsRead = guard.told().completeOnTimeout(null, configuration.etcdRequestTimeout().toMillis(), TimeUnit.MILLISECONDS);
        ledger.start();
        profiles.start();
    }

    private static NodeName nodeName(Configuration configuration) throws BadRequestException {
        try {
            return new NodeName(configuration.nodeName());
        } catch (IllegalArgumentException e) {
            throw new BadRequestException("node_name: " + e.getMessage());
        }
    }

    private static ThreadFactory named(String name) {
        return new ThreadFactoryBuilder().setNameFormat("calico-mesos-" + name).setDaemon(true).build();
    }

    /**
     * Carries a request out, then looks after what net-modules has forgotten.
     *
     * @param request what net-modules asks for
     * @return what it gets
     * @throws RefusedException if a container asks for what it cannot have
     * @throws AddressException if addresses cannot be had or given back
     * @throws LinuxException if the kernel refuses
     * @throws CompletionException with whatever else went wrong, as its cause
     */
    public Answer answer(Request request) throws RefusedException, AddressException, LinuxException {
        try {
            return carryOut(request);
        } finally {
            nodeIsRead.join();
            if (guard.isSure()) { // Else what stands under this host's name may be another's.
                new Forgotten(configuration, node, ledger, containers, known).lookAfter();
            }
        }
    }

    private Answer carryOut(Request request) throws RefusedException, AddressException, LinuxException {
        if (request instanceof Request.Allocate allocate) {
            return allocate(allocate);
        }
        if (request instanceof Request.Reserve reserve) {
            reserve(reserve);
        } else if (request instanceof Request.ReleaseUid release) {
            releaseUid(release.uid());
        } else if (request instanceof Request.ReleaseAddresses release) {
            releaseAddresses(release.addresses());
        } else if (request instanceof Request.Isolate isolate) {
            isolate(isolate);
        } else if (request instanceof Request.Cleanup cleanup) {
            cleanup(cleanup.container());
        }
        return Answer.Plain.DONE;
    }

    // ---- addresses of no container yet ----

    private Answer allocate(Request.Allocate allocate) throws RefusedException {
        boolean byLabel = ADDRESS_LABELS.stream().anyMatch(allocate.labels()::containsKey);
        if (allocate.ipv4() + allocate.ipv6() == 0 && !byLabel) {
            return new Answer.Addresses(List.of(), List.of(), null);
        }
        NetworkInfo.Builder info = info(allocate.netgroups(), quoted(allocate.labels()));
        any(NetworkInfo.Protocol.IPv4, allocate.ipv4(), info);
        any(NetworkInfo.Protocol.IPv6, allocate.ipv6(), info);
        NetworkRequest wanted = NetworkRequest.of(info.build(), Owner.UNKNOWN, configuration);
        List<InetAddress> addresses = hold(allocate.uid(), wanted.wishes(), wanted.pools());
        return new Answer.Addresses(of(4, wanted.wishes(), addresses), of(6, wanted.wishes(), addresses), null);
    }

    private static void any(NetworkInfo.Protocol protocol, int count, NetworkInfo.Builder info) {
        for (int i = 0; i < count; i++) {
            info.addIpAddressesBuilder().setProtocol(protocol);
        }
    }

    /** Python's quotes, which the label of 2015 also had, are none of JSON. */
    private static Map<String, String> quoted(Map<String, String> labels) {
        Map<String, String> quoted = new HashMap<>(labels);
        ADDRESS_LABELS.forEach(key -> quoted.computeIfPresent(key, (name, value) -> value.replace('\'', '"')));
        return quoted;
    }

    /** The addresses of a family; as in 2015, those that a label names come last. */
    private static List<String> of(int ipVersion, List<Wish> wishes, List<InetAddress> addresses) {
        List<String> any = new ArrayList<>();
        List<String> named = new ArrayList<>();
        for (int i = 0; i < addresses.size(); i++) {
            if (wishes.get(i).ipVersion() == ipVersion) {
                (wishes.get(i) instanceof Wish.Any ? any : named).add(InetAddresses.toAddrString(addresses.get(i)));
            }
        }
        any.addAll(named);
        return any;
    }

    /** What the uid holds already is not asked for again: the call may be a second try. */
    private void reserve(Request.Reserve reserve) throws RefusedException, AddressException {
        NetworkRequest wanted = NetworkRequest.of(
                explicit(reserve.addresses(), reserve.netgroups(), reserve.labels()), Owner.UNKNOWN, configuration);
        Map<InetAddress, HandleId> holders = handover.holders(reserve.addresses(), configuration.etcdLaunchTimeout());
        String its = UidHandle.prefix(node, reserve.uid());
        List<Wish> missing = wanted.wishes().stream().filter(wish -> {
            HandleId holder = holders.get(((Wish.This) wish).address());
            return holder == null || !holder.value().startsWith(its);
        }).toList();
        if (!missing.isEmpty()) {
            hold(reserve.uid(), missing, wanted.pools());
        }
    }

    private List<InetAddress> hold(String uid, List<Wish> wishes, List<String> pools) {
        HandleId handle = UidHandle.next(node, uid);
        try {
            return launch(handle, wishes, pools).join().addresses();
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof TakenException)) {
                throw e;
            }
            giveBack(handle); // Committed at an attempt of which no answer came: which addresses it got is not known.
            return launch(UidHandle.next(node, uid), wishes, pools).join().addresses();
        }
    }

    private CompletableFuture<Launched> launch(HandleId handle, List<Wish> wishes, List<String> pools) {
        return ledger.launch(new Launch(
                handle, List.of(new Wishes(wishes, pools)), addresses -> List.of(), configuration.etcdLaunchTimeout()));
    }

    private void releaseUid(String uid) {
        GetOption keys = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        etcd.get(Etcd.bytes(Keys.HANDLES + UidHandle.prefix(node, uid)), keys).join().getKvs().forEach(each ->
                giveBack(new HandleId(each.getKey().toString(StandardCharsets.UTF_8).substring(Keys.HANDLES.length()))));
    }

    /** The ledger tries for ever, net-modules waits for an answer. What is left is found at a later call. */
    private void giveBack(HandleId handle) {
        long timeoutMs = configuration.etcdLaunchTimeout().toMillis();
        ledger.depart(Departure.ofUnknown(handle)).orTimeout(timeoutMs, TimeUnit.MILLISECONDS).exceptionallyCompose(thrown ->
                CompletableFuture.failedFuture(thrown instanceof TimeoutException ? new IOException(handle + " is not given back, "
                        + "since etcd at " + etcd.endpoints() + " did not answer within " + timeoutMs + " ms") : thrown)).join();
    }

    /** Gives an address that a container has back with all that the container has: none is free while an endpoint has it. */
    private void releaseAddresses(List<InetAddress> addresses) throws RefusedException, AddressException {
        Set<String> left = new LinkedHashSet<>(addresses.stream().map(InetAddresses::toAddrString).toList());
        for (Map.Entry<ContainerPath, List<String>> each : isolated.entrySet()) {
            Set<String> kept = new LinkedHashSet<>(each.getValue());
            kept.removeAll(left);
            if (!kept.isEmpty() && kept.size() < each.getValue().size()) {
                throw new RefusedException("args.ips has addresses of container " + each.getKey() + ", but not all: it also has " + kept
                        + "; release all of them, or clean the container up");
            }
        }
        for (Map.Entry<ContainerPath, List<String>> each : isolated.entrySet()) {
            if (left.containsAll(each.getValue())) {
                containers.cleanup(each.getKey()).join();
                left.removeAll(each.getValue());
            }
        }
        if (left.isEmpty()) {
            return;
        }
        List<InetAddress> others = left.stream().map(InetAddresses::forString).toList();
        Set<HandleId> ofContainers = new HashSet<>( // Whose isolate ended before its checkpoint.
                handover.holders(others, configuration.etcdLaunchTimeout()).values());
        ofContainers.removeIf(each -> each.workloadOn(node).isEmpty() || UidHandle.isOne(node, each));
        ofContainers.forEach(this::giveBack);
        handover.release(others, handle -> UidHandle.isOne(node, handle), configuration.etcdLaunchTimeout());
    }

    // ---- containers ----

    private void isolate(Request.Isolate isolate) throws RefusedException, LinuxException {
        ContainerPath container = new ContainerPath(List.of(isolate.container()));
        if (!Files.exists(Path.of("/proc/" + isolate.pid() + "/ns/net"))) {
            throw new RefusedException("args.pid is " + isolate.pid() + ": there is no such process");
        }
        NetworkInfo info = explicit(isolate.addresses(), isolate.netgroups(), isolate.labels());
        List<String> before = isolated.get(container);
        if (before == null) {
            containers.cleanup(container).join(); // What an earlier call has begun, if one has.
            HostName none = HostName.of(Optional.empty(), container); // It gets no files.
            containers.prepare(container, List.of(info), Owner.UNKNOWN, none, Optional.empty(), false).join();
        } else if (!before.equals(isolate.addresses().stream().map(InetAddresses::toAddrString).toList()) || hasInterface(container)) {
            throw new RefusedException("container " + container + " has a network already, with " + before + ": clean it up first");
        } // Else an earlier call ended before it had an interface.
        containers.isolate(container, isolate.pid()).join();
    }

    private boolean hasInterface(ContainerPath container) throws LinuxException {
        return Veth.exists(Forgotten.interfaceOf(node, WorkloadName.of(container.values())));
    }

    /** The addresses of an isolated container go over to it. */
    private CompletableFuture<Launched> takeOver(Launch launch) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return handover.launch(launch, handle -> UidHandle.isOne(node, handle));
            } catch (AddressException e) {
                throw new CompletionException(e);
            }
        }, kernel);
    }

    private void cleanup(String id) {
        ContainerPath container = new ContainerPath(List.of(id));
        if (known.contains(container)) {
            containers.cleanup(container).join();
        } else { // Never isolated, or whatever stands here of it was lost.
            giveBack(HandleId.of(node, WorkloadName.of(container.values())));
        }
    }

    // ---- both ----

    /** The labels that name addresses have done so when these were allocated. */
    private static NetworkInfo explicit(List<InetAddress> addresses, List<String> netgroups, Map<String, String> labels) {
        Map<String, String> others = new HashMap<>(labels);
        others.keySet().removeAll(ADDRESS_LABELS);
        NetworkInfo.Builder info = info(netgroups, others);
        addresses.forEach(each -> info.addIpAddressesBuilder().setIpAddress(InetAddresses.toAddrString(each)));
        return info.build();
    }

    private static NetworkInfo.Builder info(List<String> netgroups, Map<String, String> labels) {
        NetworkInfo.Builder info = NetworkInfo.newBuilder().addAllGroups(netgroups);
        labels.forEach((key, value) -> info.getLabelsBuilder().addLabelsBuilder().setKey(key).setValue(value));
        return info;
    }
}
