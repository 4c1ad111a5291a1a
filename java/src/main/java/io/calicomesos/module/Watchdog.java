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

    private final long timeoutNs;
    private final long pauseMs;
    private final Thread thread;
    private final Watched calls = new Watched(null, 0); // Before the oldest and behind the youngest, in a ring.

    /** What expires. */
    @FunctionalInterface
    interface Expiring {
        /** It has taken too long. Called on the watchdog's thread; must not wait. */
        void expire();
    }

    /** A call that is watched, until it is {@link #over}. */
    final class Watched {
        private final Expiring call;
        private final long dueNs;
        private Watched older = this;
        private Watched younger = this;

        private Watched(Expiring call, long dueNs) {
            this.call = call;
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
        this.timeoutNs = timeout.toNanos();
        this.pauseMs = Math.max(LEAST_PAUSE_MS, Math.min(MOST_PAUSE_MS, timeout.toMillis() / 8));
        this.thread = threads.newThread(this::look);
        thread.start();
    }

    /**
     * Watches a call.
     *
     * @param call told if it takes too long
     * @return to be told when it is over
     */
    Watched watch(Expiring call) {
        Watched watched = new Watched(call, System.nanoTime() + timeoutNs);
        synchronized (this) {
            watched.older = calls.older;
            watched.younger = calls;
            calls.older.younger = watched;
            calls.older = watched;
        }
        return watched;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(pauseMs);
                for (Watched due = due(); due != null; due = due()) {
                    due.call.expire();
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
