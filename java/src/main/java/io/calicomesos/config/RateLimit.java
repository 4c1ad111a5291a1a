package io.calicomesos.config;

/**
 * How much may pass in one direction, as in the configuration of CNI's plug-in bandwidth and in Calico's qosControls.
 *
 * @param rate bits per second in the long run, {@link #MIN_RATE} to {@link #MAX_RATE}
 * @param burst bits that may pass at once, {@link #MIN_BURST} to {@link #MAX_BURST}
 */
public record RateLimit(long rate, long burst) {
    /** The least that Calico takes. */
    public static final long MIN_RATE = 1_000;
    /** 100 Gbit/s. */
    public static final long MAX_RATE = 100_000_000_000L;
    /** 80 kB: a packet that is larger than the burst never passes, and some have 64 KiB. */
    public static final long MIN_BURST = 640_000;
    /** The most that Calico takes: one byte less than 4 GiB. */
    public static final long MAX_BURST = 34_359_738_360L;

    /** What passes in a tenth of a second, but at least {@link #MIN_BURST}. */
    public static long defaultBurst(long rate) {
        return Math.max(MIN_BURST, rate / 10);
    }
}
