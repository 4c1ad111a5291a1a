package io.calicomesos.netgroup;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.Profile;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The labels that profiles put on their members, followed in etcd. Rules let in who wears them, so no container may put one on
 * by itself. The labels of our own profiles cannot be written as a Mesos label; those of profiles that Calico's plug-in or an
 * operator made can.
 */
public final class ProfileLabels implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProfileLabels.class);

    private final Mirror mirror;
    private final Map<String, Set<String>> byProfile = new HashMap<>(); // The executor's thread's.
    private volatile Map<String, String> profiles = Map.of(); // By label.
    private CompletableFuture<Void> known;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param executor one thread
     */
    public ProfileLabels(Etcd etcd, ScheduledExecutorService executor) {
        this.mirror = new Mirror(etcd, Keys.PROFILES, new Follower(), executor, executor);
    }

    /** Starts, in the background. */
    public void start() {
        known = mirror.start();
    }

    @Override
    public void close() {
        mirror.close();
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
        return Optional.ofNullable(profiles.get(label));
    }

    private final class Follower implements Mirror.Follower {
        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            byProfile.clear();
            entries.forEach(this::read);
            changed();
        }

        @Override
        public void put(Mirror.Entry entry) {
            read(entry);
            changed();
        }

        @Override
        public void deleted(String key) {
            byProfile.remove(key);
            changed();
        }

        private void read(Mirror.Entry entry) {
            try {
                byProfile.put(entry.key(), new HashSet<>(
                        Json.read(Profile.class, entry.key(), entry.value()).spec().labelsToApply().keySet()));
            } catch (MalformedValueException | IllegalArgumentException e) {
                LOG.warn("ignored: {}", e.getMessage()); // What it said before still holds.
            }
        }

        private void changed() {
            Map<String, String> byLabel = new HashMap<>();
            byProfile.forEach((key, labels) -> Keys.parse(key).ifPresent(parsed ->
                    labels.forEach(label -> byLabel.put(label, ((Key.ProfileKey) parsed).name()))));
            profiles = Map.copyOf(byLabel);
        }
    }
}
