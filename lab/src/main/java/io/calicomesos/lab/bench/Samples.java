package io.calicomesos.lab.bench;

import java.util.ArrayList;
import java.util.List;

/** How long something took, each time. */
final class Samples {
    private final List<Long> allNs = new ArrayList<>();

    void add(long ns) {
        allNs.add(ns);
    }

    int count() {
        return allNs.size();
    }

    double medianMs() {
        return quantileMs(0.5);
    }

    /**
     * The time that this part of them took at most.
     *
     * @param quantile 0 to 1
     * @return milliseconds
     */
    double quantileMs(double quantile) {
        List<Long> sorted = allNs.stream().sorted().toList();
        return sorted.get((int) Math.round(quantile * (sorted.size() - 1))) / 1e6;
    }
}
