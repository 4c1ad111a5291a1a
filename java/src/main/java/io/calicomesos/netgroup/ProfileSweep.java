package io.calicomesos.netgroup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the profiles that launches made and that no endpoint names any more, of whatever host. Only those that are, to the byte,
 * as {@link Profile#ofNetgroup} made them: one that anybody refined stays.
 *
 * <p>One host in the cluster does it in each interval, by lot: each takes part with the chance of one in as many as there are
 * Nodes. It reads all endpoints once, waits for the grace period, reads those that changed meanwhile, and deletes at once what is
 * still not named, if it is still the same in etcd.
 *
 * <p>Between that last read and the deletion, within milliseconds, a launch may have found the profile in its place. No transaction
 * of jetcd can say "if no endpoint was written since", so the deletion cannot exclude it; but the launch's host hears of it, and
 * writes the profile again ({@link Profiles}). An endpoint that Calico's own plug-in writes in these milliseconds, for a network that is
 * called as a netgroup without members, stays without until its next container.
 *
 * <p>Costs that grow with the cluster: once in each interval one host reads all profiles and all endpoints, by pages. Launches pay
 * nothing.
 */
public final class ProfileSweep implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProfileSweep.class);

    private static final int PAGE = 1_000;

    private final Etcd etcd;
    private final Duration interval;
    private final Duration grace;
    private final ScheduledExecutorService timer;
    private final Executor executor;
    private final RandomGenerator lot;
    private ScheduledFuture<?> waiting; // The timer's thread's, as is the next.
    private boolean closed;

    /** As much of an endpoint, of a workload or a host, as names profiles. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Named(Spec spec) {
        @JsonIgnoreProperties(ignoreUnknown = true)
        private record Spec(List<String> profiles) {}
    }

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd where
     * @param interval how often the lot is drawn
     * @param grace how long a profile must be without endpoints
     * @param timer one thread, which waits for nothing
     * @param executor reads what etcd answers, which takes some milliseconds a page
     * @param lot draws the hosts that take part
     */
    public ProfileSweep(
            Etcd etcd, Duration interval, Duration grace, ScheduledExecutorService timer, Executor executor, RandomGenerator lot) {
        this.etcd = etcd;
        this.interval = interval;
        this.grace = grace;
        this.timer = timer;
        this.executor = executor;
        this.lot = lot;
    }

    /** Starts, in the background; the first time after an interval. */
    public void start() {
        timer.execute(this::next);
    }

    @Override
    public void close() {
        timer.execute(() -> {
            closed = true;
            waiting.cancel(false);
        });
    }

    private void next() {
        if (!closed) {
            waiting = timer.schedule(this::round, interval.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void round() {
        isDrawn().thenCompose(drawn -> drawn ? sweep() : CompletableFuture.completedFuture(null))
                .whenCompleteAsync((done, thrown) -> {
                    if (thrown != null) {
                        LOG.warn("unused profiles are looked for at another time: {}", thrown.getMessage());
                    }
                    next();
                }, timer);
    }

    private CompletableFuture<Boolean> isDrawn() {
        GetOption count = GetOption.builder().withRange(Etcd.bytes(Keys.endOf(Keys.NODES))).withCountOnly(true).build();
        return etcd.get(Etcd.bytes(Keys.NODES), count).thenApply(read -> lot.nextInt((int) Math.max(1, read.getCount())) == 0);
    }

    private CompletableFuture<Void> sweep() {
        Map<String, Long> unused = new HashMap<>(); // By key, the revision of what is there.
        return read(Keys.PROFILES, 0, entry -> {
            if (isAsMade(entry)) {
                unused.put(entry.key(), entry.modRevision());
            }
        }).thenCompose(at -> unused.isEmpty() ? CompletableFuture.<Void>completedFuture(null)
                : dropNamed(unused, 0).thenComposeAsync(seen -> dropNamed(unused, seen + 1), afterGrace())
                        .thenCompose(seen -> delete(unused)));
    }

    private Executor afterGrace() {
        return task -> timer.schedule(task, grace.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Takes out the profiles that endpoints name.
     *
     * @param profiles by key
     * @param since the revision from which on endpoints are of interest; 0 for all
     * @return the revision up to which was read
     */
    private CompletableFuture<Long> dropNamed(Map<String, Long> profiles, long since) {
        Consumer<Mirror.Entry> drop = entry -> {
            Named named = Json.read(Named.class, entry.key(), entry.value()); // What cannot be read might name any: no sweep.
            if (named.spec() != null && named.spec().profiles() != null) {
                named.spec().profiles().forEach(each -> profiles.remove(Keys.PROFILES + each));
            }
        };
        return read(Keys.HOST_ENDPOINTS, since, drop)
                .thenCompose(at -> read(Keys.ENDPOINTS, since, drop).thenApply(later -> Math.min(at, later)));
    }

    private CompletableFuture<Void> delete(Map<String, Long> profiles) {
        return CompletableFuture.allOf(profiles.entrySet().stream().map(each -> {
            ByteSequence key = Etcd.bytes(each.getKey());
            return etcd.commit(
                    List.of(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(each.getValue()))),
                    List.of(Op.delete(key, DeleteOption.DEFAULT)), List.of()).thenAccept(committed -> {
                if (committed.isSucceeded()) {
                    LOG.info("{} was in use by no endpoint, and is deleted", each.getKey());
                }
            });
        }).toArray(CompletableFuture[]::new));
    }

    private static boolean isAsMade(Mirror.Entry entry) {
        try {
            Profile read = Json.read(Profile.class, entry.key(), entry.value());
            String name = String.valueOf(read.metadata().name());
            UUID uid = UUID.fromString(String.valueOf(read.metadata().uid()));
            Instant created = Instant.parse(String.valueOf(read.metadata().creationTimestamp()));
            Profile made = name.equals(ProfileName.NO_NETGROUP.value()) ? Profile.ofNoNetgroup(uid, created)
                    : Profile.ofNetgroup(read.metadata().annotations().getOrDefault(Profile.NETGROUP_ANNOTATION, name), uid, created);
            return Keys.profile(new ProfileName(made.metadata().name())).equals(entry.key())
                    && Arrays.equals(Json.write(made), entry.value());
        } catch (RuntimeException e) { // Whatever it is, it is not ours: a uid, a time or a rule of another kind.
            return false;
        }
    }

    // ---- reading by pages ----

    /** Reads the values under a prefix that were written since a revision; tells the revision at which it read. */
    private CompletableFuture<Long> read(String prefix, long since, Consumer<Mirror.Entry> each) {
        return page(prefix, prefix, since, 0, each);
    }

    private CompletableFuture<Long> page(String prefix, String from, long since, long revision, Consumer<Mirror.Entry> each) {
        GetOption option = GetOption.builder()
                .withRange(Etcd.bytes(Keys.endOf(prefix))).withRevision(revision).withMinModRevision(since).withLimit(PAGE)
                .withSortField(GetOption.SortTarget.KEY).withSortOrder(GetOption.SortOrder.ASCEND).build();
        return etcd.get(Etcd.bytes(from), option).thenComposeAsync(response -> {
            List<Mirror.Entry> entries = response.getKvs().stream().map(Mirror.Entry::of).toList();
            entries.forEach(each);
            long at = revision == 0 ? response.getHeader().getRevision() : revision;
            return !response.isMore() ? CompletableFuture.completedFuture(at)
                    : page(prefix, entries.get(entries.size() - 1).key() + '\0', since, at, each);
        }, executor);
    }
}
