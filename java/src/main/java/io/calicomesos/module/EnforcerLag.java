package io.calicomesos.module;

import io.calicomesos.netgroup.Enforcer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How far the enforcer is behind etcd, for the metrics, whose thread waits a little for the answer. Safe for any thread. */
final class EnforcerLag {
    private static final long PATIENCE_MS = 1_000;

    private final Enforcer enforcer;
    private CompletableFuture<Optional<Enforcer.Progress>> asked = CompletableFuture.completedFuture(Optional.empty());
    private long askedNs;
    private long heardNs = System.nanoTime();

    /**
     * Prepares.
     *
     * @param enforcer asked how far it is
     */
    EnforcerLag(Enforcer enforcer) {
        this.enforcer = enforcer;
    }

    /** For how long what etcd had told when the enforcer was asked has been waiting, or did wait, to be in the kernel. */
    synchronized double lagSeconds() {
        ask();
        return secondsSince(askedNs);
    }

    /** For how long etcd has told it nothing: some seconds where nothing changes, and ever more while it is not followed. */
    synchronized double silenceSeconds() {
        ask().map(Enforcer.Progress::silentMs).filter(OptionalLong::isPresent)
                .ifPresent(silentMs -> heardNs = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(silentMs.getAsLong()));
        return secondsSince(heardNs);
    }

    /** 1 if its rules are in the kernel, 0 if not, and NaN while it is too busy to say. */
    synchronized double inPlace() {
        return ask().map(progress -> progress.inPlace() ? 1.0 : 0.0).orElse(Double.NaN);
    }

    /** Not anew while it still owes an answer. */
    private Optional<Enforcer.Progress> ask() {
        if (asked.isDone()) {
            askedNs = System.nanoTime();
            asked = enforcer.progress();
        }
        try {
            return asked.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static double secondsSince(long ns) {
        return (double) (System.nanoTime() - ns) / TimeUnit.SECONDS.toNanos(1);
    }
}
