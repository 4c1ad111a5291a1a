package io.calicomesos.module;

import io.calicomesos.config.Configuration;
import io.calicomesos.container.ContainerNetworks;
import io.calicomesos.container.Journal;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.live.Report;
import io.calicomesos.netgroup.Enforcer;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Says what is live on this host. Waits for etcd and for the enforcer's thread, so only a thread that nobody waits for may ask. */
final class Reporter {
    private static final long PATIENCE_MS = 3_000;

    private final String name;
    private final String version;
    private final Configuration configuration;
    private final Etcd etcd;
    private final Enforcer enforcer;
    private final Journal journal;
    private final ContainerNetworks containers;
    private final String since = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();

    /**
     * Prepares.
     *
     * @param name the module's, as in --isolation
     * @param version the module's
     * @param configuration the agent's settings
     * @param etcd asked whether it answers
     * @param enforcer asked how far it is
     * @param journal what is under way
     * @param containers what runs here
     */
    Reporter(
            String name, String version, Configuration configuration, Etcd etcd, Enforcer enforcer, Journal journal,
            ContainerNetworks containers) {
        this.name = name;
        this.version = version;
        this.configuration = configuration;
        this.etcd = etcd;
        this.enforcer = enforcer;
        this.journal = journal;
        this.containers = containers;
    }

    Report report() {
        List<CompletableFuture<Report.Member>> members = configuration.etcd().endpoints().stream().map(this::member).toList();
        Report.Enforcer howFar = enforcer();
        return new Report(
                version, name, since, configuration.nodeName(), howFar, members.stream().map(CompletableFuture::join).toList(),
                journal.launches(), journal.departures(), containers.live(), containers.recent());
    }

    private CompletableFuture<Report.Member> member(URI endpoint) {
        return etcd.answers(endpoint).orTimeout(PATIENCE_MS, TimeUnit.MILLISECONDS).handle((answered, thrown) ->
                new Report.Member(endpoint.toString(), thrown == null ? null : reason(thrown)));
    }

    private static String reason(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return cause instanceof TimeoutException ? "no answer within " + PATIENCE_MS + " ms" : cause.getMessage();
    }

    private Report.Enforcer enforcer() {
        String kind = configuration.enforcer().name().toLowerCase(Locale.ROOT);
        long askedNs = System.nanoTime();
        try {
            Optional<Enforcer.Progress> progress = enforcer.progress().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            long behindMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - askedNs);
            return progress.map(each -> new Report.Enforcer(kind, each.inPlace(), behindMs, nullable(each.silentMs())))
                    .orElseGet(() -> new Report.Enforcer(kind, null, null, null));
        } catch (TimeoutException e) {
            return new Report.Enforcer(kind, null, null, null);
        } catch (Exception e) {
            throw new IllegalStateException("the enforcer does not answer", e);
        }
    }

    private static Long nullable(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }
}
