package io.calicomesos.module;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;

/**
 * Sees to it that whoever waits for a call is answered: all calls may take equally long, and those that have taken longer expire. It does
 * so when all other threads hang, and without allocating anything: a heap that is full is one of the reasons why a call is forgotten.
 */
final class Watchdog implements AutoCloseable {
    private static final long LEAST_PAUSE_MS = 100;
    private static final long MOST_PAUSE_MS = 10_000;

    private final Duration timeout;
    private final long pauseMs;
    private final Thread thread;
    private final Watched calls = new Watched(null, 0); // Before the oldest and behind the youngest, in a ring.

    /** A call that is watched, until it is {@link #over}. */
    final class Watched {
        private final Runnable expire;
        private final long dueNs;
        private Watched older = this;
        private Watched younger = this;

        private Watched(Runnable expire, long dueNs) {
            this.expire = expire;
            this.dueNs = dueNs;
        }

        /** It need not be watched any longer. */
        void over() {
            synchronized (Watchdog.this) {
                older.younger = younger;
                younger.older = older;
                older = this;
                younger = this;
            }
        }
    }

    /**
     * Starts.
     *
     * @param timeout how long a call may take; it expires by an eighth of that later, at most 10 s
     * @param threads makes its thread
     */
    Watchdog(Duration timeout, ThreadFactory threads) {
        this.timeout = timeout;
        this.pauseMs = Math.max(LEAST_PAUSE_MS, Math.min(MOST_PAUSE_MS, timeout.toMillis() / 8));
        this.thread = threads.newThread(this::look);
        thread.start();
    }

    /**
     * Watches a call.
     *
     * @param expire what is done if it takes too long, on the watchdog's thread; must not wait
     * @return to be told when it is over
     */
    Watched watch(Runnable expire) {
        Watched watched = new Watched(expire, System.nanoTime() + timeout.toNanos());
        synchronized (this) {
            watched.older = calls.older;
            watched.younger = calls;
            calls.older.younger = watched;
            calls.older = watched;
        }
        return watched;
    }

    /** How long a call may take. */
    Duration timeout() {
        return timeout;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(pauseMs);
                for (Watched due = due(); due != null; due = due()) {
                    due.expire.run();
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    private synchronized Watched due() {
        Watched oldest = calls.younger;
        if (oldest == calls || System.nanoTime() - oldest.dueNs < 0) {
            return null;
        }
        oldest.over();
        return oldest;
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
