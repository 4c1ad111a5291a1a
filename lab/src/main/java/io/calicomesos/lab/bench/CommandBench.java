package io.calicomesos.lab.bench;

import io.calicomesos.lab.Cluster;

/** How long an operator waits for the command {@code calico-mesos}, with the class-data archive. */
final class CommandBench {
    private static final int RUNS = 20;

    private final Cluster cluster;
    private final Figures figures;

    /**
     * Prepares.
     *
     * @param cluster whose first host it runs on
     * @param figures takes the results
     */
    CommandBench(Cluster cluster, Figures figures) {
        this.cluster = cluster;
        this.figures = figures;
    }

    /** From its start to its end, with nothing to do and with something to read from etcd, by turns. */
    void run() {
        Samples nothing = new Samples();
        Samples reading = new Samples();
        for (int i = 0; i < RUNS; i++) {
            nothing.add(took("--version"));
            reading.add(took("netgroups", "--etcd-endpoints", cluster.etcd().endpoint()));
        }
        figures.put("command_ms.version", nothing.medianMs(), "ms", "≤ 400");
        figures.put("command_ms.netgroups", reading.medianMs(), "ms");
    }

    private long took(String... arguments) {
        long began = System.nanoTime();
        cluster.calicoMesos(arguments);
        return System.nanoTime() - began;
    }
}
