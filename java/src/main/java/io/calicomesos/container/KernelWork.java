package io.calicomesos.container;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Does what waits for the kernel or the disk on threads that may wait. */
final class KernelWork {
    private final Executor threads;

    /**
     * Prepares.
     *
     * @param threads those that may wait
     */
    KernelWork(Executor threads) {
        this.threads = threads;
    }

    /** Starts it; what it throws, the future fails with. */
    <T> CompletableFuture<T> start(Callable<T> work) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return work.call();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }, threads);
    }
}
