package io.calicomesos.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/** All that is counted and measured: docs/metrics.md lists it. Cheap enough for every launch, and safe for any thread. */
public final class Metrics {
    /** From what etcd in memory needs for a transaction to what a launch waits for etcd at most, in seconds. */
    private static final double[] SECONDS =
            {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30};

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Histogram calls = seconds("calico_mesos_call_duration_seconds", "Calls of the Mesos agent, until their answer.", "call");
    private final Counter failures = counter(
            "calico_mesos_call_failures_total", "Calls of the Mesos agent that were answered with a failure.", "call", "reason");
    private final Histogram steps = seconds("calico_mesos_step_duration_seconds", "The steps of launches and cleanups.", "step");
    private final Histogram requests = seconds(
            "calico_mesos_etcd_request_duration_seconds", "Requests to etcd, until their answer or its absence.", "request");
    private final Counter requestFailures = counter(
            "calico_mesos_etcd_request_failures_total",
            "Requests that etcd refused, that it did not answer in time, or that were built on what somebody else had changed.",
            "request", "result");
    private final Counter launches = counter(
            "calico_mesos_ledger_launches_total", "Launches that got their addresses: from blocks known in memory, or after etcd was read.",
            "blocks");
    private final Counter restores = counter(
            "calico_mesos_etcd_restores_total", "How often etcd turned out to hold an earlier state than it once did.");

    // Exemplars are for tracing; looking for them cost a thread and 2 % of the processors' time.
    private Histogram seconds(String name, String help, String label) {
        return Histogram.builder().name(name).help(help).unit(Unit.SECONDS).labelNames(label).classicOnly()
                .classicUpperBounds(SECONDS).withoutExemplars().register(registry);
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).withoutExemplars().register(registry);
    }

    /** Adds what the virtual machine tells of itself, whose classes take longer to load than all others of these. */
    void ofJava() {
        JvmMemoryMetrics.builder().register(registry);
        JvmGarbageCollectorMetrics.builder().register(registry);
        JvmThreadsMetrics.builder().register(registry);
    }

    PrometheusRegistry registry() {
        return registry;
    }

    /**
     * What runs here.
     *
     * @param version of calico-mesos
     * @param module the name under which it is loaded
     * @param enforcer as in the configuration
     */
    public void build(String version, String module, String enforcer) {
        Info.builder().name("calico_mesos_build_info").help("What runs here.").labelNames("version", "module", "enforcer")
                .register(registry).setLabelValues(version, module, enforcer);
    }

    /**
     * Something that is looked at whenever Prometheus asks.
     *
     * @param name in Prometheus's convention, with its unit
     * @param help a sentence
     * @param value now; called on a thread of the metrics' own, which may wait a little
     */
    public void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder().name(name).help(help).callback(callback -> callback.call(value.getAsDouble())).register(registry);
    }

    /**
     * The same, one value for each of some labels.
     *
     * @param name in Prometheus's convention, with its unit
     * @param help a sentence
     * @param first the first label's name
     * @param second the second's
     * @param values tells each value with its labels
     */
    public void gauge(String name, String help, String first, String second, Consumer<LabeledValues> values) {
        GaugeWithCallback.builder().name(name).help(help).labelNames(first, second)
                .callback(callback -> values.accept((value, one, other) -> callback.call(value, one, other))).register(registry);
    }

    /** Takes one value after the other. */
    @FunctionalInterface
    public interface LabeledValues {
        /**
         * Takes one.
         *
         * @param value now
         * @param first label's value
         * @param second label's value
         */
        void put(double value, String first, String second);
    }

    /**
     * The agent's call was answered.
     *
     * @param call its name in Mesos
     * @param tookNs since it came
     */
    public void called(String call, long tookNs) {
        calls.labelValues(call).observe(Unit.nanosToSeconds(tookNs));
    }

    /**
     * The agent's call was answered with a failure.
     *
     * @param call its name in Mesos
     * @param reason a word
     */
    public void failed(String call, String reason) {
        failures.labelValues(call, reason).inc();
    }

    /**
     * A step of a launch or a cleanup is over.
     *
     * @param step its name
     * @param tookNs from its beginning
     */
    public void stepped(String step, long tookNs) {
        steps.labelValues(step).observe(Unit.nanosToSeconds(tookNs));
    }

    /**
     * A request to etcd was answered, or given up.
     *
     * @param request its kind
     * @param tookNs since it was sent
     */
    public void requested(String request, long tookNs) {
        requests.labelValues(request).observe(Unit.nanosToSeconds(tookNs));
    }

    /**
     * A request to etcd came to nothing.
     *
     * @param request its kind
     * @param result a word for why
     */
    public void requestFailed(String request, String result) {
        requestFailures.labelValues(request, result).inc();
    }

    /**
     * A launch got its addresses.
     *
     * @param read whether etcd was read for it first
     */
    public void launched(boolean read) {
        launches.labelValues(read ? "read" : "known").inc();
    }

    /** etcd holds an earlier state than it once did. */
    public void restored() {
        restores.inc();
    }
}
