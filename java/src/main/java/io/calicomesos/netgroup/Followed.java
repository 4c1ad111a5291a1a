package io.calicomesos.netgroup;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.etcd.Mirror;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows resources of one kind, one by one; on a snapshot, what is no longer there is told as gone. A value that somebody else
 * wrote may be anything: what cannot be read is reported and passed over.
 */
final class Followed<T> implements Mirror.Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Followed.class);

    private final Class<T> type;
    private final BiConsumer<Key, T> put;
    private final Consumer<Key> gone;
    private final Map<String, Key> known = new HashMap<>();

    /**
     * A follower.
     *
     * @param type what the values are
     * @param put told of each that came or changed
     * @param gone told of each that has gone
     */
    Followed(Class<T> type, BiConsumer<Key, T> put, Consumer<Key> gone) {
        this.type = type;
        this.put = put;
        this.gone = gone;
    }

    @Override
    public void snapshot(List<Mirror.Entry> entries) {
        Set<String> missing = new HashSet<>(known.keySet());
        entries.forEach(entry -> {
            missing.remove(entry.key());
            put(entry);
        });
        missing.forEach(this::deleted);
    }

    @Override
    public void put(Mirror.Entry entry) {
        Keys.parse(entry.key()).ifPresent(key -> {
            try {
                T read = Json.read(type, entry.key(), entry.value());
                known.put(entry.key(), key);
                put.accept(key, read);
            } catch (MalformedValueException | IllegalArgumentException e) {
                LOG.warn("ignored: {}", e.getMessage()); // What it said before still holds.
            }
        });
    }

    @Override
    public void deleted(String key) {
        Key parsed = known.remove(key);
        if (parsed != null) {
            gone.accept(parsed);
        }
    }
}
