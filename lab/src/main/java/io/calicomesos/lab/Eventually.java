package io.calicomesos.lab;

import java.util.function.BooleanSupplier;

/** Waits for something that other processes bring about. */
public final class Eventually {
    private static final int TIMEOUT_MS = 20_000;
    private static final int STEP_MS = 20;

    private Eventually() {}

    /**
     * Waits until a condition holds, at most 20 s.
     *
     * @param what for the message when it never does
     * @param condition asked every 20 ms
     */
    public static void holds(String what, BooleanSupplier condition) {
        if (!does(condition)) {
            throw new AssertionError("not within " + TIMEOUT_MS + " ms: " + what);
        }
    }

    /**
     * Waits until a condition holds, at most 20 s.
     *
     * @param condition asked every 20 ms
     * @return whether it did
     */
    public static boolean does(BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + TIMEOUT_MS * 1_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                return false;
            }
            try {
                Thread.sleep(STEP_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        return true;
    }
}
