package io.calicomesos.ipam;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The keys of one sort. One whose value cannot be read exists all the same: nothing is concluded from what is not in it.
 *
 * @param <K> what a key names
 * @param <V> its value
 */
final class AuditValues<K, V> {
    private final Map<K, V> read = new LinkedHashMap<>();
    private final Set<K> unread = new HashSet<>();

    void put(K key, V value) {
        read.put(key, value);
    }

    void putUnread(K key) {
        unread.add(key);
    }

    /** The values that could be read. */
    Map<K, V> read() {
        return Collections.unmodifiableMap(read);
    }

    /** Keys whose values could not. */
    Set<K> unread() {
        return Collections.unmodifiableSet(unread);
    }

    boolean exists(K key) {
        return read.containsKey(key) || unread.contains(key);
    }

    int size() {
        return read.size() + unread.size();
    }
}
