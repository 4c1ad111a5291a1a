package io.calicomesos.container;

import io.calicomesos.live.Report;
import java.util.ArrayList;
import java.util.List;

/** A launch or a cleanup that is under way, and how long what it has done so far took. Safe for any thread. */
final class Course {
    private static final List<Steps.Step> STEPS = List.of(Steps.Step.values());
    private static final long NS_PER_HUNDREDTH = 10_000;
    private static final double HUNDREDTHS = 100;

    private final long[] tookNs = new long[STEPS.size()];
    private long taken; // A bit for each step.
    private long totalNs;
    private long beganNs = System.nanoTime();
    private boolean paused;

    /** A step is over. One that is taken twice took both. */
    synchronized void took(Steps.Step step, long ns) {
        taken |= 1L << step.ordinal();
        tookNs[step.ordinal()] += ns;
    }

    /** What follows is not ours. */
    synchronized void pause() {
        if (!paused) {
            totalNs += System.nanoTime() - beganNs;
            paused = true;
        }
    }

    /** It is our turn again. */
    synchronized void goOn() {
        beganNs = System.nanoTime();
        paused = false;
    }

    /** The steps that were taken, in their order. */
    synchronized List<Report.Step> steps() {
        List<Report.Step> steps = new ArrayList<>();
        for (Steps.Step each : STEPS) {
            if ((taken & 1L << each.ordinal()) != 0) {
                steps.add(new Report.Step(each.lowerCase(), ms(tookNs[each.ordinal()])));
            }
        }
        return steps;
    }

    /** All of it, from its beginning, without its pauses. */
    synchronized double totalMs() {
        return ms(totalNs);
    }

    private static double ms(long ns) {
        return Math.round((double) ns / NS_PER_HUNDREDTH) / HUNDREDTHS;
    }
}
