package io.calicomesos.page;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.etcd.Mirror;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** All that stands under a prefix of etcd, as it is now. What cannot be read is left out. Used by one thread. */
final class Kept<T> implements Mirror.Follower {
    private final Class<T> type;
    private final Consumer<T> check;
    private final Runnable changed;
    private final Map<String, T> values = new TreeMap<>();

    /**
     * A follower.
     *
     * @param type what the values are
     * @param check throws an IllegalArgumentException for what is of the type and of no use
     * @param changed told after each change
     */
    Kept(Class<T> type, Consumer<T> check, Runnable changed) {
        this.type = type;
        this.check = check;
        this.changed = changed;
    }

    /** By key, in their order. */
    Map<String, T> values() {
        return values;
    }

    @Override
    public void snapshot(List<Mirror.Entry> entries) {
        values.clear();
        entries.forEach(this::read);
        changed.run();
    }

    @Override
    public void put(Mirror.Entry entry) {
        read(entry);
        changed.run();
    }

    @Override
    public void deleted(String key) {
        values.remove(key);
        changed.run();
    }

    private void read(Mirror.Entry entry) {
        try {
            T value = Json.read(type, entry.key(), entry.value());
            check.accept(value);
            values.put(entry.key(), value);
        } catch (MalformedValueException | IllegalArgumentException e) {
            values.remove(entry.key());
        }
    }
}
