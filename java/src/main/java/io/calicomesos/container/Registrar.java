package io.calicomesos.container;

import io.calicomesos.etcd.EtcdException;
import io.calicomesos.ipam.Departure;
import io.calicomesos.ipam.Launch;
import io.calicomesos.ipam.Launched;
import io.calicomesos.ipam.Ledger;
import io.calicomesos.ipam.TakenException;
import io.calicomesos.netgroup.Profiles;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gets a container's networks into etcd, past what an earlier life on this host left under its name. */
final class Registrar {
    private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);

    private final Ledger ledger;
    private final Function<Launch, CompletableFuture<Launched>> launcher;
    private final Profiles profiles;
    private final Duration timeout;
    private final RecentLaunches recent;

    /**
     * Puts the parts together.
     *
     * @param ledger takes back addresses
     * @param launcher gives them
     * @param profiles knows the labels that only profiles put on, and keeps those that are in use
     * @param timeout how long a launch waits for etcd
     * @param recent told how long it takes
     */
    Registrar(
            Ledger ledger, Function<Launch, CompletableFuture<Launched>> launcher, Profiles profiles, Duration timeout,
            RecentLaunches recent) {
        this.ledger = ledger;
        this.launcher = launcher;
        this.profiles = profiles;
        this.timeout = timeout;
        this.recent = recent;
    }

    /**
     * Rules let in who wears a profile's label: it is not for a framework to put on.
     *
     * @param labels what a container asks to wear
     * @return fails with a {@link RefusedException} if it may not, with an {@link EtcdException} if that cannot be told
     */
    CompletableFuture<Void> mayWear(Map<String, String> labels) {
        if (labels.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        return profiles.known().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .handle((known, thrown) -> {
                    if (thrown != null) {
                        throw new EtcdException("the labels of NetworkInfo cannot be checked, since etcd did not tell Calico's profiles "
                                + "within " + timeout.toMillis() + " ms", false, thrown);
                    }
                    for (String key : labels.keySet()) {
                        profiles.profileOf(key).ifPresent(profile -> {
                            throw new CompletionException(new RefusedException("NetworkInfo.labels has '" + key + "', which the "
                                    + "Calico profile " + profile + " puts on its members: leave it out, and join the netgroup"));
                        });
                    }
                    return null;
                });
    }

    /**
     * Commits. What stands in etcd under this container's name can only be of an earlier life on this host: it is given back first.
     *
     * @param registrations of a container
     * @return what it got; fails with what the ledger failed with
     */
    CompletableFuture<Launched> register(Registrations registrations) {
        Launch launch = registrations.launch(timeout);
        return recent.measured(registrations.container(), Steps.Step.REGISTER, () -> launcher.apply(launch)
                .handle((launched, thrown) -> {
                    if (thrown == null) {
                        return CompletableFuture.completedFuture(launched);
                    }
                    Throwable cause = unwrapped(thrown);
                    if (cause instanceof TakenException) {
                        LOG.warn("{}; it is of an earlier life, and given back", cause.getMessage());
                        return ledger.depart(Departure.ofUnknown(launch.handle())).thenCompose(departed -> launcher.apply(launch));
                    }
                    return CompletableFuture.<Launched>failedFuture(cause);
                })
                .thenCompose(outcome -> outcome));
    }

    private static Throwable unwrapped(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
