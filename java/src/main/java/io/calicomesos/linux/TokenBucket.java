package io.calicomesos.linux;

/**
 * How much an interface may send: at most the burst at once, and no more than the rate in the long run. A packet that is larger
 * than the burst is never sent.
 *
 * @param rate bytes per second, at least 1
 * @param burst bytes, 1 to 4294967295; the kernel cuts it to what is sent in 274 seconds
 */
public record TokenBucket(long rate, long burst) {
    private static final long MAX_BURST = 0xffff_ffffL;

    /** @throws IllegalArgumentException if a field is not as said above; the message names it and its value */
    public TokenBucket {
        if (rate < 1) {
            throw new IllegalArgumentException("rate " + rate + " is less than 1");
        }
        if (burst < 1 || burst > MAX_BURST) {
            throw new IllegalArgumentException("burst " + burst + " is not between 1 and " + MAX_BURST);
        }
    }
}
