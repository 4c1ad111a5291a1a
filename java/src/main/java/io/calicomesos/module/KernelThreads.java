package io.calicomesos.module;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that wait for the kernel and the disk. What one of them brings, it does itself and at once: the steps of a launch that
 * follow on each other wake no second thread.
 */
final class KernelThreads implements Executor {
    private final ThreadLocal<Boolean> one = ThreadLocal.withInitial(() -> false);
    private final ThreadPoolExecutor threads;

    KernelThreads(int count, ThreadFactory factory) {
        this.threads = new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> factory.newThread(() -> {
            one.set(true);
            task.run();
        }));
    }

    @Override
    public void execute(Runnable task) {
        if (one.get()) {
            task.run();
        } else {
            threads.execute(task);
        }
    }

    /** How many tasks wait for a thread. */
    int queueLength() {
        return threads.getQueue().size();
    }

    /** What was brought is done still; more is refused. */
    void close() {
        threads.shutdown();
    }
}
