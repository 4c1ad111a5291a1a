package io.calicomesos.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.live.ReportClient;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** What the page shows, made anew whenever something has changed, and given to whoever looks. */
final class LivePage implements AutoCloseable {
    private static final long GATHER_MS = 200; // Changes that come together are shown together.
    private static final long LOOK_MS = 2_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String node;
    private final EnforcerKind enforcer;
    private final ReportClient module;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(named("cluster"));
    private final ScheduledExecutorService moduleThread = Executors.newSingleThreadScheduledExecutor(named("module"));
    private final Cluster cluster;

    private boolean gathering; // Here and below, used by the thread alone.
    private boolean read;
    private View.Module says = new View.Module("not asked yet", List.of());
    private Optional<Reachability> reachability = Optional.empty();

    private Shown shown; // Guarded by this.
    private int lookers;
    private boolean closed;

    /**
     * The page as it is now.
     *
     * @param version grows by one with each
     * @param json a {@link View}
     */
    record Shown(long version, byte[] json) {}

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param node this host's name in Calico
     * @param enforcer by whose rules it is said who reaches whom
     * @param module asked for its recent launches while somebody looks
     */
    LivePage(Etcd etcd, String node, EnforcerKind enforcer, ReportClient module) {
        this.node = node;
        this.enforcer = enforcer;
        this.module = module;
        this.cluster = new Cluster(etcd, enforcer == EnforcerKind.FELIX, thread, this::changed);
    }

    private static ThreadFactory named(String name) {
        return new ThreadFactoryBuilder().setNameFormat("calico-mesos-page-" + name).setDaemon(true).build();
    }

    /** Begins, in the background. */
    void start() {
        cluster.start().thenRunAsync(() -> {
            read = true;
            changed();
        }, thread);
        thread.scheduleWithFixedDelay(this::show, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS); // Whether etcd still tells anything.
        moduleThread.scheduleWithFixedDelay(this::askModule, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    private void askModule() {
        synchronized (this) {
            if (lookers == 0) {
                return;
            }
        }
        View.Module answer;
        try {
            answer = new View.Module(null, module.report().recent());
        } catch (IOException | RuntimeException e) {
            answer = new View.Module(String.valueOf(e.getMessage()), List.of());
        }
        View.Module now = answer;
        thread.execute(() -> {
            says = now;
            show();
        });
    }

    private void changed() {
        reachability = Optional.empty();
        if (!gathering) {
            gathering = true;
            thread.schedule(() -> {
                gathering = false;
                show();
            }, GATHER_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void show() {
        try {
            byte[] json = JSON.writeValueAsBytes(new View(
                    node, enforcer.name().toLowerCase(Locale.ROOT), read && cluster.isFollowed(), cluster.hosts(), cluster.netgroups(),
                    cluster.pools(), says));
            show(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private synchronized void show(byte[] json) {
        if (shown == null || !Arrays.equals(shown.json(), json)) {
            shown = new Shown(shown == null ? 1 : shown.version() + 1, json);
            notifyAll();
        }
    }

    /** Somebody begins to look. */
    synchronized void looks() {
        if (lookers++ == 0) {
            moduleThread.execute(this::askModule);
        }
    }

    /** And looks away. */
    synchronized void looksAway() {
        lookers--;
    }

    /**
     * Waits for a change.
     *
     * @param since the version that is known; 0 for none
     * @param atMostMs for how long
     * @return a later one; none if there is none in that time, or this is the end
     */
    synchronized Optional<Shown> after(long since, long atMostMs) throws InterruptedException {
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(atMostMs);
        while (!closed && (shown == null || shown.version() <= since)) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(untilNs - System.nanoTime());
            if (leftMs <= 0) {
                return Optional.empty();
            }
            wait(leftMs);
        }
        return closed ? Optional.empty() : Optional.of(shown);
    }

    /** Whether this is the end. */
    synchronized boolean isClosed() {
        return closed;
    }

    /**
     * Says who reaches a container.
     *
     * @param id the container's
     * @param port by TCP
     * @return a {@link View.Reach}, as JSON
     */
    CompletableFuture<byte[]> reach(String id, int port) {
        return CompletableFuture.supplyAsync(() -> {
            Reachability now = reachability.orElseGet(() -> new Reachability(cluster, enforcer));
            reachability = Optional.of(now);
            try {
                return JSON.writeValueAsBytes(now.of(id, port));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        }, thread);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        cluster.close();
        moduleThread.shutdownNow();
        thread.shutdown();
    }
}
