package io.calicomesos.module;

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
import io.calicomesos.container.Discards;
import io.calicomesos.container.HostName;
import io.calicomesos.container.InterfaceWatch;
import io.calicomesos.container.Journal;
import io.calicomesos.container.LivingAddresses;
import io.calicomesos.container.MalformedMessageException;
import io.calicomesos.container.MesosMessage;
import io.calicomesos.container.NetworkFiles;
import io.calicomesos.container.NodeGuard;
import io.calicomesos.container.Owner;
import io.calicomesos.container.RefusedException;
import io.calicomesos.container.Steps;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.live.ReportSocket;
import io.calicomesos.metrics.Metrics;
import io.calicomesos.metrics.MetricsServer;
import io.calicomesos.module.wire.ContainerConfig;
import io.calicomesos.module.wire.ContainerLaunchInfo;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.mesos.Protos.ContainerInfo;
import org.apache.mesos.Protos.ContainerStatus;
import org.apache.mesos.Protos.NetworkInfo;
import org.apache.mesos.Protos.Parameter;
import org.apache.mesos.Protos.Parameters;
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

    private static final Duration WATCH_AGAIN = Duration.ofSeconds(5);
    private static final long REPAIR_MS = 10_000;

    private static final int KERNEL_THREADS = 4;
    private static final int MOST_WAITING_LINES = 1_000;
    private static final int MOST_WAITING_CALLS = 20_000; // The statistics of every container, some times over.

    private static volatile Module instance;

    private final boolean inPlaceOfCni;
    private final ThreadPoolExecutor callThread = new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING_CALLS), named("calls"));
    private final KernelThreads kernel = new KernelThreads(KERNEL_THREADS, named("kernel-%d"));
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(named("timer"));
    private final ScheduledExecutorService enforcerThread = Executors.newSingleThreadScheduledExecutor(named("enforcer"));
    private final ExecutorService interfaceThread = Executors.newSingleThreadExecutor(named("interfaces"));
    private final ExecutorService discardThread = Executors.newSingleThreadExecutor(named("discards"));
    /** Where the log is slower than launches for long, these wait for it after all. */
    private final ExecutorService logThread = new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING_LINES), named("log"), new ThreadPoolExecutor.CallerRunsPolicy());
    private final Metrics metrics = new Metrics();
    private final Optional<MetricsServer> metricsServer;
    private final Watchdog watchdog;
    private final Calls calls;
    private final Etcd etcd;
    private final Ledger ledger;
    private final Enforcer enforcer;
    private final Profiles profiles;
    private final ProfileSweep profileSweep;
    private final NodeGuard guard;
    private final InterfaceWatch interfaces;
    private final ContainerNetworks containers;
    private final Watches watches;
    private final LaunchInfos launchInfos;
    private final Optional<ReportSocket> socket;

    private Module(String name, Configuration configuration) throws IOException {
        this.inPlaceOfCni = name.equals(IN_PLACE_OF_CNI);
        this.watchdog = new Watchdog(configuration.callTimeout(), named("watchdog"));
        this.calls = new Calls(callThread, watchdog, metrics);
        NodeName node = nodeName(configuration);
        this.etcd = new Etcd(configuration.etcd(), configuration.etcdRequestTimeout());
        LivingAddresses living = new LivingAddresses(node);
        this.ledger = new Ledger(etcd, node, living, MoreExecutors.newSequentialExecutor(MoreExecutors.directExecutor()), timer);
        this.enforcer = configuration.enforcer() == EnforcerKind.FELIX
                ? FelixEnforcer.of(etcd, node, configuration.felixStatusDirectory(), configuration.felixTimeout(), enforcerThread)
                : new BuiltinEnforcer(etcd, node, enforcerThread, kernel);
        this.profiles = new Profiles(etcd, enforcerThread);
        this.profileSweep = new ProfileSweep(
                etcd, configuration.sweepInterval(), configuration.sweepGrace(), timer, kernel, new Random());
        this.guard = new NodeGuard(etcd, node, MoreExecutors.newSequentialExecutor(kernel), timer);
        this.interfaces = new InterfaceWatch(interfaceThread);
        Journal journal = new Journal(configuration.stateDirectory(), configuration.runtimeDirectory());
        NetworkFiles files = new NetworkFiles(configuration);
        PortMappings ports = new PortMappings();
        this.containers = new ContainerNetworks(
                configuration, node, ledger, Measurements.counted(metrics, ledger::launch), enforcer, profiles,
                new CheckpointStore(configuration.runtimeDirectory()), journal, ports, interfaces, guard, living,
                new Discards(discardThread), Optional.of(files), new Steps((step, tookNs) -> metrics.stepped(step.lowerCase(), tookNs)),
                logThread, kernel);
        this.watches = new Watches(containers::watch, callThread, timer, WATCH_AGAIN);
        this.launchInfos = new LaunchInfos(files, inPlaceOfCni);
        LOG.info("{} {} on node {}: etcd {}, enforcer {}, Java {}, checkpoints in {}", name, version(), node, etcd.endpoints(),
                lowerCase(configuration.enforcer()), System.getProperty("java.version"),
                configuration.runtimeDirectory());
        this.metricsServer = configuration.metricsAddress().map(address -> new MetricsServer(metrics, address));
        Measurements.begin(metrics, etcd, ledger, containers, enforcer, callThread.getQueue(), kernel);
        metrics.build(version(), name, lowerCase(configuration.enforcer()));
        callThread.execute(ledger::start);
        etcd.onBackInTime(containers::etcdWentBack);
        guard.start();
        enforcer.start();
        timer.scheduleWithFixedDelay(() -> kernel.execute(ports::repair), REPAIR_MS, REPAIR_MS, TimeUnit.MILLISECONDS);
        profiles.start();
        profileSweep.start();
        this.socket = open(configuration, new Reporter(name, version(), configuration, etcd, enforcer, journal, containers));
    }

    /** Without it, containers run as well: it is for the command alone. */
    private Optional<ReportSocket> open(Configuration configuration, Reporter reporter) {
        try {
            return Optional.of(ReportSocket.open(
                    configuration.runtimeDirectory(), reporter::report, new Prober(containers, new Random())::launch, timer,
                    named("reports")));
        } catch (IOException | RuntimeException e) {
            LOG.warn("calico-mesos status, containers and probe get no answer on this host: no socket in {}: {}",
                    configuration.runtimeDirectory(), e.getMessage());
            return Optional.empty();
        }
    }

    private static String lowerCase(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
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
            for (Parameter each : MesosMessage.read("Parameters", parameters, Parameters::parseFrom).getParameterList()) {
                if (settings.put(each.getKey(), each.getValue()) != null) {
                    return utf8("parameter " + each.getKey() + " is given twice in modules.json");
                }
            }
            Configuration configuration = Configuration.read(settings, hostName());
            AgentLog.install(configuration.verbose());
            instance = new Module(new String(name, StandardCharsets.UTF_8), configuration);
            return null;
        } catch (ConfigurationException | IllegalArgumentException | MalformedMessageException e) {
            return utf8(e.getMessage());
        } catch (Exception | LinkageError e) {
            return utf8(e + Calls.hint(e));
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
        module.calls.answer("recover", promise, () -> {
            Recovery read = MesosMessage.read("Recovery", recovery, Recovery::parseFrom);
            Map<ContainerPath, Owner> known = new HashMap<>();
            Map<ContainerPath, Long> living = new HashMap<>();
            for (ByteString each : read.getOrphansList()) {
                known.put(ContainerIds.pathOf(each.toByteArray()), Owner.UNKNOWN);
            }
            for (ByteString each : read.getStatesList()) {
                ContainerState state = MesosMessage.read("ContainerState", each.toByteArray(), ContainerState::parseFrom);
                ContainerPath container = ContainerIds.pathOf(state.getContainerId().toByteArray());
                known.put(container, OwnerReader.of(state));
                living.put(container, state.getPid());
            }
            return module.containers.recover(known, living).thenApply(recovered -> null);
        }, Module::toldByTheAgent).whenComplete((answer, thrown) -> module.serveMetrics());
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
        module.calls.answerLaunch(promise, () -> {
            ContainerConfig read = MesosMessage.read("ContainerConfig", config, ContainerConfig::parseFrom);
            ContainerInfo info = !read.hasContainerInfo() ? ContainerInfo.getDefaultInstance()
                    : MesosMessage.read("ContainerInfo", read.getContainerInfo().toByteArray(), ContainerInfo::parseFrom);
            ContainerPath container = ContainerIds.pathOf(containerId);
            List<NetworkInfo> infos = module.ours(info);
            // What it will be called is checked before it gets addresses.
            HostName name = HostName.of(
                    infos.isEmpty() || !info.hasHostname() ? Optional.empty() : Optional.of(info.getHostname()), container);
            boolean debug = read.getContainerClass() == ContainerConfig.ContainerClass.DEBUG && read.hasContainerClass();
            return module.containers.prepare(container, infos, OwnerReader.of(read), name, imageOf(read), debug)
                    .thenApplyAsync(prepared -> {
                        try {
                            return module.launchInfos.of(container, prepared, imageOf(read), debug);
                        } catch (RefusedException e) {
                            throw new CompletionException(e);
                        }
                    }, module.kernel);
        }, reason -> module.containers.notLaunched(ContainerIds.nameOf(containerId), reason));
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
        module.calls.answer("isolate", promise, () -> {
            ContainerPath container = ContainerIds.pathOf(containerId);
            Failpoint.ISOLATE_BEGUN.reach();
            return module.containers.isolate(container, pid).thenApply(isolated -> null);
        }, reason -> module.containers.notLaunched(ContainerIds.nameOf(containerId), reason));
    }

    /**
     * Mesos's status.
     *
     * @param promise answered with a mesos.ContainerStatus
     * @param containerId mesos.ContainerID
     */
    static void status(long promise, byte[] containerId) {
        Module module = instance;
        module.calls.answer("status", promise, () -> {
            Failpoint.STATUS_BEGUN.reach();
            ContainerStatus.Builder status = ContainerStatus.newBuilder();
            status.addAllNetworkInfos(module.containers.status(ContainerIds.pathOf(containerId)));
            return CompletableFuture.completedFuture(status.build().toByteArray());
        }, Module::toldByTheAgent);
    }

    /**
     * Mesos's watch.
     *
     * @param promise answered, when the container cannot go on, with a mesos.slave.ContainerLimitation; at its end with null
     * @param containerId mesos.ContainerID
     */
    static void watch(long promise, byte[] containerId) {
        Module module = instance;
        module.watches.begin(containerId).thenAccept(limitation -> NativePromise.succeed(promise, limitation));
    }

    /**
     * Mesos's usage.
     *
     * @param promise answered with a mesos.ResourceStatistics, or null for a container without a network of its own
     * @param containerId mesos.ContainerID
     */
    static void usage(long promise, byte[] containerId) {
        Module module = instance;
        module.calls.answer("usage", promise, () -> {
            Failpoint.USAGE_BEGUN.reach();
            return module.containers.usage(ContainerIds.pathOf(containerId))
                    .thenApply(all -> all.isEmpty() ? null : Traffic.of(all).toByteArray());
        }, Module::toldByTheAgent);
    }

    /**
     * Mesos's cleanup.
     *
     * @param promise answered with nothing
     * @param containerId mesos.ContainerID
     */
    static void cleanup(long promise, byte[] containerId) {
        Module module = instance;
        module.calls.answer("cleanup", promise, () -> module.containers.cleanup(ContainerIds.pathOf(containerId)).thenApply(cleaned -> null),
                reason -> module.containers.notCleanedUp(ContainerIds.nameOf(containerId), reason));
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
            CompletableFuture.supplyAsync(module.containers::idle, module.callThread)
                    .thenCompose(idle -> idle).get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("calls are still under way after {} ms; what they hold is given back after the next start", timeoutMs);
        } catch (Exception e) {
            LOG.warn("closing", e);
        }
        module.socket.ifPresent(ReportSocket::close);
        module.metricsServer.ifPresent(MetricsServer::close);
        module.interfaces.close();
        module.guard.close();
        module.profileSweep.close();
        module.profiles.close();
        module.enforcer.close();
        module.ledger.close();
        module.etcd.close();
        module.kernel.close();
        module.watchdog.close();
        List.of(module.callThread, module.timer, module.enforcerThread, module.interfaceThread, module.discardThread, module.logThread)
                .forEach(ExecutorService::shutdown);
    }

    // ---- between the two ----

    /** Once the agent has started: what it takes to load is an eighth of that. */
    private void serveMetrics() {
        metricsServer.ifPresent(server -> server.start(timer));
    }

    /** Beside network/cni, the NetworkInfos with a name are its; in its place, all are ours. */
    private List<NetworkInfo> ours(ContainerInfo info) {
        return info.getNetworkInfosList().stream().filter(each -> inPlaceOfCni || !each.hasName()).toList();
    }

    private static Optional<Path> imageOf(ContainerConfig config) {
        return config.hasRootfs() ? Optional.of(Path.of(config.getRootfs())) : Optional.empty();
    }

    private static void toldByTheAgent(String reason) {
        LOG.debug("answered with a failure: {}", reason);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
