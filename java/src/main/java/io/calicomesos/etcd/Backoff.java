package io.calicomesos.etcd;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before what failed is tried again: twice as long each time, up to a longest, and by chance up to half less. The hosts of a
 * cluster see etcd fail at the same moment, and should not all come back to it at the same moment.
 */
public final class Backoff {
    private final long firstMs;
    private final long lastMs;
    private long stepMs;

    /**
     * Prepares.
     *
     * @param firstMs the wait after the first failure, at most
     * @param lastMs the longest wait
     */
    public Backoff(long firstMs, long lastMs) {
        this.firstMs = firstMs;
        this.lastMs = lastMs;
        reset();
    }

    /**
     * A wait of a given length, but not for all at once.
     *
     * @param ms the longest
     * @return from half of it to all of it, by chance
     */
    public static long jittered(long ms) {
        return ThreadLocalRandom.current().nextLong(ms / 2, ms + 1);
    }

    /**
     * It has failed.
     *
     * @return how many ms to wait
     */
    public long nextMs() {
        long waitMs = jittered(stepMs);
        stepMs = Math.min(2 * stepMs, lastMs);
        return waitMs;
    }

    /**
     * Whether it has not failed since the last {@link #reset}.
     *
     * @return also before any
     */
    public boolean isReset() {
        return stepMs == firstMs;
    }

    /** It has succeeded. */
    public void reset() {
        stepMs = firstMs;
    }
}
