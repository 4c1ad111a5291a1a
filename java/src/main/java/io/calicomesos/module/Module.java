package io.calicomesos.module;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import com.google.common.primitives.Ints;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.protobuf.ByteString;
import io.calicomesos.calico.NodeName;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.container.CheckpointStore;
import io.calicomesos.container.ContainerNetworks;
import io.calicomesos.container.ContainerPath;
import io.calicomesos.container.HostName;
import io.calicomesos.container.InterfaceWatch;
import io.calicomesos.container.Journal;
import io.calicomesos.container.LivingAddresses;
import io.calicomesos.container.Mount;
import io.calicomesos.container.NetworkFiles;
import io.calicomesos.container.NodeGuard;
import io.calicomesos.container.Owner;
import io.calicomesos.container.Prepared;
import io.calicomesos.container.RefusedException;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.linux.LinkStatistics;
import io.calicomesos.module.wire.ContainerConfig;
import io.calicomesos.module.wire.ContainerLaunchInfo;
import io.calicomesos.module.wire.ContainerLimitation;
import io.calicomesos.module.wire.ContainerMountInfo;
import io.calicomesos.module.wire.ContainerState;
import io.calicomesos.module.wire.Recovery;
import io.calicomesos.netgroup.BuiltinEnforcer;
import io.calicomesos.netgroup.Enforcer;
import io.calicomesos.netgroup.FelixEnforcer;
import io.calicomesos.netgroup.Profiles;
import io.calicomesos.netgroup.ProfileSweep;
import io.calicomesos.ports.PortMappings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.mesos.Protos.ContainerID;
import org.apache.mesos.Protos.ContainerInfo;
import org.apache.mesos.Protos.ContainerStatus;
import org.apache.mesos.Protos.Environment;
import org.apache.mesos.Protos.ExecutorInfo;
import org.apache.mesos.Protos.NetworkInfo;
import org.apache.mesos.Protos.Parameter;
import org.apache.mesos.Protos.Parameters;
import org.apache.mesos.Protos.Resource;
import org.apache.mesos.Protos.ResourceStatistics;
import org.apache.mesos.Protos.TaskInfo;
import org.apache.mesos.Protos.TaskStatus;
import org.apache.mesos.Protos.Value;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the C++ isolator calls. Each method hands its work to a thread of ours and returns at once: the calling thread is a
 * libprocess worker, has no context class loader, and must not wait. Messages are Mesos's, serialized.
 */
final class Module {
    private static final Logger LOG = LoggerFactory.getLogger(Module.class);

    /** The module that stands in for Mesos's own network/cni. */
    private static final String IN_PLACE_OF_CNI = "network/calico";

    private static final int CLONE_NEWNS = 0x00020000; // linux/sched.h
    private static final int CLONE_NEWUTS = 0x04000000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int KERNEL_THREADS = 4;

    private static volatile Module instance;

    private final boolean inPlaceOfCni;
    private final Duration callTimeout;
    private final ExecutorService calls = Executors.newSingleThreadExecutor(named("calls"));
    private final ExecutorService kernel = Executors.newFixedThreadPool(KERNEL_THREADS, named("kernel-%d"));
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(named("timer"));
    private final ScheduledExecutorService enforcerThread = Executors.newSingleThreadScheduledExecutor(named("enforcer"));
    private final ExecutorService interfaceThread = Executors.newSingleThreadExecutor(named("interfaces"));
    private final Etcd etcd;
    private final Ledger ledger;
    private final Enforcer enforcer;
    private final Profiles profiles;
    private final ProfileSweep profileSweep;
    private final NodeGuard guard;
    private final InterfaceWatch interfaces;
    private final ContainerNetworks containers;
    private final NetworkFiles files;

    private Module(String name, Configuration configuration) throws IOException {
        this.inPlaceOfCni = name.equals(IN_PLACE_OF_CNI);
        this.callTimeout = configuration.callTimeout();
        NodeName node = nodeName(configuration);
        this.etcd = new Etcd(configuration.etcd(), configuration.etcdRequestTimeout());
        LivingAddresses living = new LivingAddresses();
        this.ledger = new Ledger(etcd, node, living, MoreExecutors.newSequentialExecutor(MoreExecutors.directExecutor()), timer);
        this.enforcer = configuration.enforcer() == EnforcerKind.FELIX
                ? FelixEnforcer.of(etcd, node, configuration.felixStatusDirectory(), configuration.felixTimeout(), enforcerThread)
                : new BuiltinEnforcer(etcd, node, enforcerThread, kernel);
        this.profiles = new Profiles(etcd, enforcerThread);
        this.profileSweep = new ProfileSweep(
                etcd, configuration.sweepInterval(), configuration.sweepGrace(), timer, kernel, new Random());
        this.guard = new NodeGuard(etcd, node, MoreExecutors.newSequentialExecutor(kernel), timer);
        this.interfaces = new InterfaceWatch(interfaceThread);
        this.containers = new ContainerNetworks(
                configuration, node, ledger, enforcer, profiles, new CheckpointStore(configuration.runtimeDirectory()),
                new Journal(configuration.stateDirectory()), new PortMappings(), interfaces, guard, living, kernel);
        this.files = new NetworkFiles(configuration);
        LOG.info("{} {} on node {}: etcd {}, enforcer {}, Java {}, checkpoints in {}", name, version(), node, etcd.endpoints(),
                configuration.enforcer().name().toLowerCase(Locale.ROOT), System.getProperty("java.version"),
                configuration.runtimeDirectory());
        calls.execute(ledger::start);
        guard.start();
        enforcer.start();
        profiles.start();
        profileSweep.start();
    }

    private static NodeName nodeName(Configuration configuration) {
        try {
            return new NodeName(configuration.nodeName());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("node_name: " + e.getMessage(), e);
        }
    }

    /** What the kernel says, which needs no name service. */
    private static String hostName() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    }

    private static String version() {
        String version = Module.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static ThreadFactory named(String name) {
        ThreadFactory factory = new ThreadFactoryBuilder().setNameFormat("calico-mesos-" + name).setDaemon(true).build();
        return runnable -> {
            Thread thread = factory.newThread(runnable);
            thread.setContextClassLoader(Module.class.getClassLoader());
            return thread;
        };
    }

    // ---- called by C++ ----

    /**
     * Reads the configuration and starts; nothing waits for etcd.
     *
     * @param name the module's name as in --isolation, UTF-8
     * @param parameters mesos.Parameters
     * @return null, or what is wrong, UTF-8
     */
    static byte[] create(byte[] name, byte[] parameters) {
        try {
            AgentLog.install(false);
            ExitGuard.install();
            Map<String, String> settings = new LinkedHashMap<>();
            for (Parameter each : Parameters.parseFrom(parameters).getParameterList()) {
                if (settings.put(each.getKey(), each.getValue()) != null) {
                    return utf8("parameter " + each.getKey() + " is given twice in modules.json");
                }
            }
            Configuration configuration = Configuration.read(settings, hostName());
            AgentLog.install(configuration.verbose());
            instance = new Module(new String(name, StandardCharsets.UTF_8), configuration);
            return null;
        } catch (ConfigurationException | IllegalArgumentException e) {
            return utf8(e.getMessage());
        } catch (Exception | LinkageError e) {
            return utf8(e.toString());
        }
    }

    /**
     * Mesos's recover.
     *
     * @param promise answered with nothing
     * @param recovery io.calicomesos.slave.Recovery
     */
    static void recover(long promise, byte[] recovery) {
        Module module = instance;
        module.answer(promise, () -> {
            Recovery read = Recovery.parseFrom(recovery);
            Map<ContainerPath, Owner> known = new HashMap<>();
            Map<ContainerPath, Long> living = new HashMap<>();
            for (ByteString each : read.getOrphansList()) {
                known.put(pathOf(each.toByteArray()), Owner.UNKNOWN);
            }
            for (ByteString each : read.getStatesList()) {
                ContainerState state = ContainerState.parseFrom(each);
                ContainerPath container = pathOf(state.getContainerId().toByteArray());
                known.put(container, ownerOf(state));
                living.put(container, state.getPid());
            }
            return module.containers.recover(known).thenApplyAsync(recovered -> {
                module.files.recover(known.keySet(), living);
                Failpoint.RECOVER_FILED.reach();
                return null;
            }, module.kernel);
        });
    }

    /**
     * Mesos's prepare.
     *
     * @param promise answered with a ContainerLaunchInfo, or null for a container that is not ours
     * @param containerId mesos.ContainerID
     * @param config mesos.slave.ContainerConfig
     */
    static void prepare(long promise, byte[] containerId, byte[] config) {
        Module module = instance;
        module.answer(promise, () -> {
            ContainerConfig read = ContainerConfig.parseFrom(config);
            ContainerInfo info = !read.hasContainerInfo() ? ContainerInfo.getDefaultInstance()
                    : ContainerInfo.parseFrom(read.getContainerInfo().toByteArray());
            ContainerPath container = pathOf(containerId);
            List<NetworkInfo> infos = module.ours(info);
            // What it will be called is checked before it gets addresses.
            HostName name = HostName.of(
                    infos.isEmpty() || !info.hasHostname() ? Optional.empty() : Optional.of(info.getHostname()), container);
            boolean debug = read.getContainerClass() == ContainerConfig.ContainerClass.DEBUG && read.hasContainerClass();
            return module.containers.prepare(container, infos, ownerOf(read), debug).thenApplyAsync(prepared -> {
                try {
                    byte[] launchInfo = module.launchInfo(container, prepared, name, infos, imageOf(read), debug);
                    Failpoint.PREPARE_FILED.reach();
                    return launchInfo;
                } catch (RefusedException e) {
                    throw new CompletionException(e);
                }
            }, module.kernel);
        });
    }

    /**
     * Mesos's isolate.
     *
     * @param promise answered with nothing
     * @param containerId mesos.ContainerID
     * @param pid the container's first process
     */
    static void isolate(long promise, byte[] containerId, long pid) {
        Module module = instance;
        module.answer(promise, () -> {
            ContainerPath container = pathOf(containerId);
            Failpoint.ISOLATE_BEGUN.reach();
            return module.containers.isolate(container, pid).thenApplyAsync(isolated -> {
                try {
                    Failpoint.ISOLATE_ENFORCED.reach();
                    module.files.isolate(container, pid);
                    Failpoint.ISOLATE_HELD.reach();
                    return null;
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            }, module.kernel);
        });
    }

    /**
     * Mesos's status.
     *
     * @param promise answered with a mesos.ContainerStatus
     * @param containerId mesos.ContainerID
     */
    static void status(long promise, byte[] containerId) {
        Module module = instance;
        module.answer(promise, () -> {
            ContainerStatus.Builder status = ContainerStatus.newBuilder();
            status.addAllNetworkInfos(module.containers.status(pathOf(containerId)));
            return CompletableFuture.completedFuture(status.build().toByteArray());
        });
    }

    /**
     * Mesos's watch.
     *
     * @param promise answered, when the container cannot go on, with a mesos.slave.ContainerLimitation; at its end with null
     * @param containerId mesos.ContainerID
     */
    static void watch(long promise, byte[] containerId) {
        Module module = instance;
        module.start(promise, () -> module.containers.watch(pathOf(containerId)).thenApply(loss -> loss
                .map(message -> ContainerLimitation.newBuilder().setMessage("calico-mesos: " + message)
                        .setReason(TaskStatus.Reason.REASON_CONTAINER_LIMITATION_VALUE).build().toByteArray())
                .orElse(null)));
    }

    /**
     * Mesos's usage.
     *
     * @param promise answered with a mesos.ResourceStatistics, or null for a container without a network of its own
     * @param containerId mesos.ContainerID
     */
    static void usage(long promise, byte[] containerId) {
        Module module = instance;
        module.answer(promise, () -> module.containers.usage(pathOf(containerId))
                .thenApply(all -> all.isEmpty() ? null : statistics(all).toByteArray()));
    }

    /**
     * Mesos's cleanup.
     *
     * @param promise answered with nothing
     * @param containerId mesos.ContainerID
     */
    static void cleanup(long promise, byte[] containerId) {
        Module module = instance;
        module.answer(promise, () -> {
            ContainerPath container = pathOf(containerId);
            return module.containers.cleanup(container).thenApplyAsync(cleaned -> {
                module.files.remove(container);
                Failpoint.CLEANUP_REMOVED.reach();
                return null;
            }, module.kernel);
        });
    }

    /**
     * The isolator is being destroyed: waits for the calls that are under way, then stops.
     *
     * @param timeoutMs how long at most
     */
    static void close(long timeoutMs) {
        Module module = instance;
        instance = null;
        try {
            CompletableFuture.supplyAsync(module.containers::idle, module.calls)
                    .thenCompose(idle -> idle).get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("calls are still under way after {} ms; what they hold is given back after the next start", timeoutMs);
        } catch (Exception e) {
            LOG.warn("closing", e);
        }
        module.interfaces.close();
        module.guard.close();
        module.profileSweep.close();
        module.profiles.close();
        module.enforcer.close();
        module.ledger.close();
        module.etcd.close();
        List.of(module.calls, module.kernel, module.timer, module.enforcerThread, module.interfaceThread)
                .forEach(ExecutorService::shutdown);
    }

    // ---- between the two ----

    /** Beside network/cni, the NetworkInfos with a name are its; in its place, all are ours. */
    private List<NetworkInfo> ours(ContainerInfo info) {
        return info.getNetworkInfosList().stream().filter(each -> inPlaceOfCni || !each.hasName()).toList();
    }

    private static Owner ownerOf(ContainerConfig config) throws IOException {
        Optional<ExecutorInfo> executor = !config.hasExecutorInfo() ? Optional.empty()
                : Optional.of(ExecutorInfo.parseFrom(config.getExecutorInfo().toByteArray()));
        Optional<String> task = !config.hasTaskInfo() ? Optional.empty()
                : Optional.of(TaskInfo.parseFrom(config.getTaskInfo().toByteArray()).getName());
        List<Resource> resources = new ArrayList<>();
        for (ByteString each : config.getResourcesList()) {
            resources.add(Resource.parseFrom(each.toByteArray()));
        }
        return ownerOf(executor, task, resources);
    }

    /** After a restart of the agent: Mesos keeps the resources of the executor, no longer those of its tasks. */
    private static Owner ownerOf(ContainerState state) throws IOException {
        if (!state.hasExecutorInfo()) {
            return Owner.UNKNOWN;
        }
        ExecutorInfo executor = ExecutorInfo.parseFrom(state.getExecutorInfo().toByteArray());
        return ownerOf(Optional.of(executor), Optional.empty(), executor.getResourcesList());
    }

    private static Owner ownerOf(Optional<ExecutorInfo> executor, Optional<String> task, List<Resource> resources) {
        Set<String> roles = new HashSet<>();
        RangeSet<Integer> ports = TreeRangeSet.create();
        for (Resource resource : resources) {
            if (resource.getAllocationInfo().hasRole()) {
                roles.add(resource.getAllocationInfo().getRole());
            }
            if (resource.getName().equals("ports")) {
                resource.getRanges().getRangeList().forEach(range -> ports.add(portRange(range)));
            }
        }
        return new Owner(
                executor.filter(ExecutorInfo::hasFrameworkId).map(each -> each.getFrameworkId().getValue()),
                executor.map(each -> each.getExecutorId().getValue()), task, roles, ImmutableRangeSet.copyOf(ports));
    }

    private static Range<Integer> portRange(Value.Range range) {
        return Range.closed(Ints.saturatedCast(range.getBegin()), Ints.saturatedCast(range.getEnd()));
    }

    private static Optional<Path> imageOf(ContainerConfig config) {
        return config.hasRootfs() ? Optional.of(Path.of(config.getRootfs())) : Optional.empty();
    }

    private byte[] launchInfo(
            ContainerPath container, Prepared prepared, HostName name, List<NetworkInfo> infos, Optional<Path> image, boolean debug)
            throws RefusedException {
        ContainerLaunchInfo.Builder launchInfo = ContainerLaunchInfo.newBuilder();
        if (prepared instanceof Prepared.OwnNetwork own) {
            mount(launchInfo, files.write(container, name, own.addresses(), infos, image));
            return launchInfo.addCloneNamespaces(CLONE_NEWNET).addCloneNamespaces(CLONE_NEWUTS)
                    .setEnvironment(ByteString.copyFrom(environment(own).toByteArray()))
                    .build().toByteArray();
        }
        if (prepared instanceof Prepared.ParentsNetwork) {
            if (!debug) { // A debug container lives among its parent's mounts.
                mount(launchInfo, files.share(container, image));
            }
            return launchInfo.addEnterNamespaces(CLONE_NEWNET).addEnterNamespaces(CLONE_NEWUTS).build().toByteArray();
        }
        if (inPlaceOfCni && image.isPresent()) { // Beside network/cni, that does it.
            mount(launchInfo, files.ofHost(image.get()));
            return launchInfo.build().toByteArray();
        }
        return null;
    }

    /** Where mounts are asked for, Mesos demands a mount namespace. */
    private static void mount(ContainerLaunchInfo.Builder launchInfo, List<Mount> mounts) {
        if (!mounts.isEmpty()) {
            launchInfo.addCloneNamespaces(CLONE_NEWNS);
        }
        for (Mount each : mounts) {
            ContainerMountInfo.Builder mount =
                    ContainerMountInfo.newBuilder().setTarget(each.target().toString()).setFlags(each.flags());
            each.source().ifPresent(source -> mount.setSource(source.toString()));
            launchInfo.addMounts(mount.build().toByteString());
        }
    }

    /**
     * The agent tells executors to bind to its own address, which is not in their namespace. Not 0.0.0.0, as network/cni says:
     * the executor would then tell the agent the address that its host name resolves to, which is often 127.0.0.1.
     *
     * <p>libprocess binds to an IPv4 address in any case, and ends the executor if LIBPROCESS_IP is another: without one it gets
     * that of its loopback, and its address in LIBPROCESS_IP6, which libprocess just passes on. It is then no more than what an
     * executor needs that talks to the agent over a domain socket (--http_executor_domain_sockets).
     */
    private static Environment environment(Prepared.OwnNetwork own) {
        Environment.Builder environment = Environment.newBuilder();
        Optional<String> ipv4 = own.addresses().stream().filter(each -> each.indexOf(':') < 0).findFirst();
        variable(environment, "LIBPROCESS_IP", ipv4.orElse("127.0.0.1"));
        if (ipv4.isEmpty()) {
            variable(environment, "LIBPROCESS_IP6", own.addresses().get(0));
        }
        return environment.build();
    }

    private static void variable(Environment.Builder environment, String name, String value) {
        environment.addVariables(Environment.Variable.newBuilder().setName(name).setValue(value));
    }

    /** What the host ends send, the container receives. */
    private static ResourceStatistics statistics(List<LinkStatistics> hostEnds) {
        return ResourceStatistics.newBuilder()
                .setTimestamp(System.currentTimeMillis() / 1_000.0)
                .setNetRxPackets(hostEnds.stream().mapToLong(LinkStatistics::sentPackets).sum())
                .setNetRxBytes(hostEnds.stream().mapToLong(LinkStatistics::sentBytes).sum())
                .setNetRxErrors(hostEnds.stream().mapToLong(LinkStatistics::sendErrors).sum())
                .setNetRxDropped(hostEnds.stream().mapToLong(LinkStatistics::sentDropped).sum())
                .setNetTxPackets(hostEnds.stream().mapToLong(LinkStatistics::receivedPackets).sum())
                .setNetTxBytes(hostEnds.stream().mapToLong(LinkStatistics::receivedBytes).sum())
                .setNetTxErrors(hostEnds.stream().mapToLong(LinkStatistics::receiveErrors).sum())
                .setNetTxDropped(hostEnds.stream().mapToLong(LinkStatistics::receivedDropped).sum())
                .build();
    }

    private static ContainerPath pathOf(byte[] containerId) throws IOException {
        Deque<String> values = new ArrayDeque<>();
        for (ContainerID id = ContainerID.parseFrom(containerId); ; id = id.getParent()) {
            values.addFirst(id.getValue());
            if (!id.hasParent()) {
                return new ContainerPath(List.copyOf(values));
            }
        }
    }

    /**
     * Starts a call on a thread of ours, and completes its promise with what comes of it, once, whatever is thrown, and at last with
     * a failure: who waits for ever keeps a container from being destroyed.
     */
    private void answer(long promise, Callable<CompletableFuture<byte[]>> call) {
        CompletableFuture<byte[]> result = start(promise, call);
        result.orTimeout(callTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The same, of what may take as long as a container lives. */
    private CompletableFuture<byte[]> start(long promise, Callable<CompletableFuture<byte[]>> call) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        result.whenComplete((answer, thrown) -> {
            if (thrown == null) {
                NativePromise.succeed(promise, answer);
            } else {
                NativePromise.fail(promise, utf8(messageOf(thrown)));
            }
        });
        calls.execute(() -> {
            try {
                call.call().whenComplete((answer, thrown) -> {
                    if (thrown == null) {
                        result.complete(answer);
                    } else {
                        result.completeExceptionally(thrown);
                    }
                });
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /** What we refuse says all in its message; what we did not expect also says what it is. */
    private String messageOf(Throwable thrown) {
        if (thrown instanceof TimeoutException) {
            LOG.error("a call was not answered within {} ms; where the threads are: {}", callTimeout.toMillis(), threads());
            return "calico-mesos: no answer within " + callTimeout.toMillis() + " ms (parameter call_timeout): it waits for something "
                    + "that does not come, see the agent's log";
        }
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        boolean expected = cause.getClass().getName().startsWith("io.calicomesos.") && cause.getMessage() != null;
        if (!expected) {
            LOG.error("unexpected", cause);
        }
        return "calico-mesos: " + (expected ? cause.getMessage() : cause.toString());
    }

    private static String threads() {
        return Thread.getAllStackTraces().entrySet().stream().filter(each -> each.getKey().getName().startsWith("calico-mesos-"))
                .map(each -> each.getKey().getName() + " at " + Stream.of(each.getValue()).limit(12).map(Object::toString)
                        .collect(Collectors.joining(" < ")))
                .sorted().collect(Collectors.joining("; "));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
