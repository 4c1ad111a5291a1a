package io.calicomesos.netgroup;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.etcd.Backoff;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The profiles in etcd, followed, for two ends.
 *
 * <p>The labels that they put on their members: rules let in who wears them, so no container may put one on by itself. The labels
 * of our own profiles cannot be written as a Mesos label; those of profiles that Calico's plug-in or an operator made can.
 *
 * <p>And that those stay which containers of this host need. A launch finds its profile and does not write it; if somebody
 * deletes it in that very moment ({@link ProfileSweep} of another host, or an operator), it is written again as soon as that is
 * heard of. Until then the members are closed to each other, where Felix enforces, never open.
 *
 * <p>Costs that grow with the cluster: the names and labels of all profiles on the heap.
 */
public final class Profiles implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Profiles.class);

    private static final long AGAIN_MS = 1_000;

    private final Etcd etcd;
    private final ScheduledExecutorService executor;
    private final Mirror mirror;
    // The executor's thread's.
    private final Map<String, Set<String>> labels = new HashMap<>(); // By the profile's key.
    private final Map<String, List<Profile>> needed = new HashMap<>(); // By container.
    private volatile Map<String, String> byLabel = Map.of(); // The profile that puts it on.
    private CompletableFuture<Void> known;
    private boolean closed;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param executor one thread
     */
    public Profiles(Etcd etcd, ScheduledExecutorService executor) {
        this.etcd = etcd;
        this.executor = executor;
        this.mirror = new Mirror(etcd, Keys.PROFILES, new Follower(), executor, executor);
    }

    /** Starts, in the background. */
    public void start() {
        known = mirror.start();
    }

    @Override
    public void close() {
        mirror.close();
        executor.execute(() -> closed = true);
    }

    /**
     * When it can be asked.
     *
     * @return completed once the profiles were read
     */
    public CompletableFuture<Void> known() {
        return known.copy();
    }

    /**
     * Which profile puts a label on its members.
     *
     * @param label the label's key
     * @return the profile's name
     */
    public Optional<String> profileOf(String label) {
        return Optional.ofNullable(byLabel.get(label));
    }

    /**
     * A container needs its profiles from now on; told before its launch is committed.
     *
     * @param container its id
     * @param its its profiles, to be written should they be lost
     */
    public void keep(String container, List<Profile> its) {
        executor.execute(() -> needed.put(container, its));
    }

    /**
     * A container needs them no longer.
     *
     * @param container its id
     */
    public void forget(String container) {
        executor.execute(() -> needed.remove(container));
    }

    /** Writes those again that were lost while nobody looked, once the profiles were read. */
    public void restore() {
        known().thenRunAsync(this::restoreLost, executor);
    }

    private void restoreLost() {
        Map<String, Profile> lost = new HashMap<>();
        needed.values().forEach(its -> its.forEach(each -> lost.put(each.metadata().name(), each)));
        lost.values().forEach(this::restore);
    }

    private void restore(Profile profile) {
        String key = Keys.profile(new ProfileName(profile.metadata().name()));
        if (closed || labels.containsKey(key) || !isNeeded(profile.metadata().name())) {
            return;
        }
        ByteSequence name = Etcd.bytes(key);
        ByteSequence value = Etcd.bytes(Json.write(profile));
        etcd.commit(
                List.of(new Cmp(name, Cmp.Op.EQUAL, CmpTarget.version(0))), List.of(Op.put(name, value, PutOption.DEFAULT)),
                List.of()).whenComplete((committed, thrown) -> {
            if (thrown != null) {
                LOG.warn("the profile {} was lost and is to be written again: {}", profile.metadata().name(), thrown.getMessage());
                executor.schedule(() -> restore(profile), Backoff.jittered(AGAIN_MS), TimeUnit.MILLISECONDS);
            } else if (committed.isSucceeded()) {
                LOG.warn("somebody deleted the profile {}, which containers here need: written again", profile.metadata().name());
            }
        });
    }

    private boolean isNeeded(String name) {
        return needed.values().stream().flatMap(List::stream).anyMatch(each -> each.metadata().name().equals(name));
    }

    private final class Follower implements Mirror.Follower {
        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            labels.clear();
            entries.forEach(this::read);
            changed();
            restoreLost();
        }

        @Override
        public void put(Mirror.Entry entry) {
            read(entry);
            changed();
        }

        @Override
        public void deleted(String key) {
            labels.remove(key);
            changed();
            restoreLost();
        }

        private void read(Mirror.Entry entry) {
            try {
                labels.put(entry.key(), Set.copyOf(
                        Json.read(Profile.class, entry.key(), entry.value()).spec().labelsToApply().keySet()));
            } catch (MalformedValueException | IllegalArgumentException e) {
                LOG.warn("ignored: {}", e.getMessage());
                labels.putIfAbsent(entry.key(), Set.of()); // What it said before still holds.
            }
        }

        private void changed() {
            Map<String, String> found = new HashMap<>();
            labels.forEach((key, puts) -> Keys.parse(key).ifPresent(parsed ->
                    puts.forEach(label -> found.put(label, ((Key.ProfileKey) parsed).name()))));
            byLabel = Map.copyOf(found);
        }
    }
}
