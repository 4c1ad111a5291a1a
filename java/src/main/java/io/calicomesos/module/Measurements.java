package io.calicomesos.module;

import io.calicomesos.container.ContainerNetworks;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Exchange;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.metrics.Metrics;
import io.calicomesos.netgroup.BuiltinEnforcer;
import io.calicomesos.netgroup.Enforcer;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Leads what the parts know of themselves to the metrics. */
final class Measurements {
    private Measurements() {}

    /**
     * Begins.
     *
     * @param metrics count and measure
     * @param etcd tells of its requests
     * @param ledger of its queue and the addresses
     * @param containers of their number
     * @param enforcer of how far it is, if that is known here
     * @param calls the agent's that have not begun
     * @param kernel of its queue
     */
    static void begin(
            Metrics metrics, Etcd etcd, Ledger ledger, ContainerNetworks containers, Enforcer enforcer, Collection<Runnable> calls,
            KernelThreads kernel) {
        metrics.gauge("calico_mesos_containers", "Containers that have a network of their own, or are getting one.", containers::size);
        metrics.gauge("calico_mesos_journal_entries", "Launches and releases under way, as the journal has them.", containers::underWay);
        metrics.gauge("calico_mesos_ledger_queue_length", "Launches and departures that wait for etcd.", () -> soon(ledger.queueLength(), 0));
        metrics.gauge("calico_mesos_calls_queue_length", "Calls of the agent that have not begun.", calls::size);
        metrics.gauge("calico_mesos_kernel_queue_length", "Steps that wait for one of the threads for kernel and disk.", kernel::queueLength);
        metrics.gauge("calico_mesos_addresses", "Addresses in this host's blocks.", "pool", "state", values -> soon(ledger.addresses(), Map.of())
                .forEach((pool, usage) -> {
                    values.put(usage.used(), pool, "used");
                    values.put(usage.free(), pool, "free");
                }));
        if (enforcer instanceof BuiltinEnforcer) {
            EnforcerLag lag = new EnforcerLag(enforcer);
            metrics.gauge("calico_mesos_enforcer_in_place", "Whether the rules are in the kernel: 1 if so, 0 if not.", lag::inPlace);
            metrics.gauge("calico_mesos_enforcer_lag_seconds", "For how long what etcd has told waits to be in the kernel.", lag::lagSeconds);
            metrics.gauge("calico_mesos_enforcer_silence_seconds", "For how long etcd has told the enforcer nothing.", lag::silenceSeconds);
        }
        etcd.onBackInTime(metrics::restored);
        etcd.onExchange(exchange -> {
            String request = lowerCase(exchange.request());
            metrics.requested(request, exchange.tookNs());
            if (exchange.result() != Exchange.Result.DONE) {
                metrics.requestFailed(request, lowerCase(exchange.result()));
            }
        });
    }

    /**
     * Counts launches.
     *
     * @param metrics count them
     * @param launcher gives them their addresses
     * @return the same
     */
    static Function<Launch, CompletableFuture<Launched>> counted(Metrics metrics, Function<Launch, CompletableFuture<Launched>> launcher) {
        return launch -> launcher.apply(launch).whenComplete((launched, thrown) -> {
            if (thrown == null) {
                metrics.launched(launched.read());
            }
        });
    }

    /** What is not known at once is not waited for long: Prometheus asks again. */
    private static <T> T soon(CompletableFuture<T> value, T otherwise) {
        return value.completeOnTimeout(otherwise, 1, TimeUnit.SECONDS).exceptionally(thrown -> otherwise).join();
    }

    private static String lowerCase(Enum<?> name) {
        return name.name().toLowerCase(Locale.ROOT);
    }
}
