package io.calicomesos.lab.bench;

import io.calicomesos.lab.Build;
import io.calicomesos.lab.Cluster;
import io.calicomesos.lab.Host;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The least that a launch takes: the kernel's part by the C++ program {@code native/testing/floor}, etcd's by {@link FloorTransaction}. */
final class Floor implements AutoCloseable {
    private static final int THREADS = 4; // As many as the module has for the kernel.

    private final Worker kernel;
    private final Worker etcd;

    /**
     * Starts both.
     *
     * @param cluster with one container of ours, whose values in etcd say how large they are
     * @param host where
     */
    Floor(Cluster cluster, Host host) {
        kernel = new Worker(host.inside(Build.floor().toString(), Integer.toString(THREADS)));
        etcd = new Worker(host.inside("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=0.1", "-Xmx64m", "-cp", System.getProperty("java.class.path"),
                FloorTransaction.class.getName(), cluster.etcd().endpoint(), size(cluster, "/calico/ipam/v2/assignment/"),
                size(cluster, "/calico/ipam/v2/handle/"), size(cluster, "/calico/resources/v3/projectcalico.org/workloadendpoints/")));
    }

    private static String size(Cluster cluster, String prefix) {
        Map<String, String> values = cluster.etcd().under(prefix);
        return Integer.toString(values.values().iterator().next().length());
    }

    /**
     * The network of a container, without etcd.
     *
     * @param number any, to be told again to take it away
     * @param pid the container's process
     * @return how long it took, nanoseconds
     */
    CompletableFuture<Long> attach(int number, long pid) {
        return kernel.send("attach", Long.toString(pid), name(number), "198.19." + (128 + number / 250) + "." + number % 250);
    }

    CompletableFuture<Long> detach(int number) {
        return kernel.send("detach", name(number));
    }

    CompletableFuture<Long> commit() {
        return etcd.send("commit");
    }

    private static String name(int number) {
        return "floor" + number;
    }

    @Override
    public void close() {
        kernel.close();
        etcd.close();
    }
}
