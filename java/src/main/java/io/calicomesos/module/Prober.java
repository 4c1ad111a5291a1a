package io.calicomesos.module;

import com.google.common.collect.ImmutableRangeSet;
import io.calicomesos.calico.OneLine;
import io.calicomesos.container.ContainerNetworks;
import io.calicomesos.container.ContainerPath;
import io.calicomesos.container.HostName;
import io.calicomesos.container.Owner;
import io.calicomesos.container.Prepared;
import io.calicomesos.container.RefusedException;
import io.calicomesos.live.Probe;
import io.calicomesos.live.ProbeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.mesos.Protos.NetworkInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Launches throw-away containers for {@code calico-mesos probe}, by the very steps by which Mesos's are launched, and removes them. While
 * they live they are containers like others, so nothing sweeps them; if the agent dies meanwhile, the next one finds containers that
 * Mesos does not know, and removes them.
 */
final class Prober {
    private static final Logger LOG = LoggerFactory.getLogger(Prober.class);

    /** With it the ids begin; nobody else chooses them, so no other container is ever removed. */
    private static final String PREFIX = "calico-mesos-probe-";

    private static final long PATIENCE_MS = 30_000; // More than a launch that waits for etcd, and then for Felix.

    private final ContainerNetworks containers;
    private final Random random;

    /**
     * Prepares.
     *
     * @param containers launches them
     * @param random makes their ids
     */
    Prober(ContainerNetworks containers, Random random) {
        this.containers = containers;
        this.random = random;
    }

    /** Launches what is asked for, side by side, and waits for it. */
    Probe launch(ProbeRequest request) {
        String probe = PREFIX + Integer.toHexString(random.nextInt()) + "-";
        LOG.info("a probe launches {} containers, {}1 and so on", request.containers().size(), probe);
        List<ContainerPath> paths = new ArrayList<>();
        List<CompletableFuture<Probe.Container>> launches = new ArrayList<>();
        for (ProbeRequest.Container each : request.containers()) {
            paths.add(new ContainerPath(List.of(probe + (paths.size() + 1))));
            launches.add(launch(paths.get(paths.size() - 1), each, request));
        }
        return new Probe(new Probe.Launched(launches.stream().map(CompletableFuture::join).toList()), () -> remove(paths));
    }

    private CompletableFuture<Probe.Container> launch(ContainerPath container, ProbeRequest.Container asked, ProbeRequest request) {
        NetworkInfo.Builder info = NetworkInfo.newBuilder().addAllGroups(asked.netgroups());
        Optional.ofNullable(request.network()).ifPresent(info::setName);
        Owner owner = new Owner(
                Optional.empty(), Optional.empty(), Optional.empty(), request.role() == null ? Set.of() : Set.of(request.role()),
                ImmutableRangeSet.of());
        long beganNs = System.nanoTime();
        return prepare(container, info.build(), owner)
                .thenCompose(prepared -> containers.isolate(container, asked.pid()).thenApply(isolated -> prepared))
                .orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS)
                .handle((prepared, thrown) -> {
                    String error = thrown == null ? null : reason(thrown);
                    if (error != null) {
                        containers.notLaunched(container, error);
                    }
                    return new Probe.Container(
                            container.toString(), prepared instanceof Prepared.OwnNetwork own ? own.addresses() : List.of(),
                            msSince(beganNs), error);
                });
    }

    private CompletableFuture<Prepared> prepare(ContainerPath container, NetworkInfo info, Owner owner) {
        try {
            return containers.prepare(
                    container, List.of(info), owner, HostName.of(Optional.empty(), container), Optional.empty(), false);
        } catch (RefusedException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Probe.Removed remove(List<ContainerPath> paths) {
        long beganNs = System.nanoTime();
        return CompletableFuture.allOf(paths.stream().map(this::cleanup).toArray(CompletableFuture[]::new))
                .orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS)
                .handle((removed, thrown) -> new Probe.Removed(msSince(beganNs), thrown == null ? null : reason(thrown)))
                .join();
    }

    private CompletableFuture<Void> cleanup(ContainerPath container) {
        try {
            return containers.cleanup(container);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static double msSince(long beganNs) {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - beganNs) / 1_000.0;
    }

    private static String reason(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof TimeoutException) {
            return "not done within " + PATIENCE_MS + " ms: see the agent's log";
        }
        return OneLine.of(cause.getMessage() == null ? cause.toString() : cause.getMessage());
    }
}
