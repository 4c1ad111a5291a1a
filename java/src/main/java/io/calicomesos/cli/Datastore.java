package io.calicomesos.cli;

import io.calicomesos.calico.Json;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Pages;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What stands in etcd, all of it at one revision. What cannot be read is said, and passed over. */
final class Datastore {
    private static final int PAGE = 1_000;

    private final Pages pages;
    private final PrintWriter err;
    private long revision; // 0 before the first read.

    /**
     * Prepares.
     *
     * @param etcd what is read
     * @param err where is said what cannot be read
     */
    Datastore(Etcd etcd, PrintWriter err) {
        this.pages = new Pages(etcd);
        this.err = err;
    }

    /**
     * Reads.
     *
     * @param prefix of the keys, with its final slash
     * @param type what the values are
     * @return by key, in their order
     */
    <T> Map<String, T> under(String prefix, Class<T> type) {
        Map<String, T> values = new LinkedHashMap<>();
        revision = pages.under(prefix, PAGE, revision, entry -> {
            try {
                values.put(entry.key(), Json.read(type, entry.key(), entry.value()));
            } catch (MalformedValueException e) {
                err.println("calico-mesos: left out: " + e.getMessage());
            }
        }).join();
        return values;
    }

    /**
     * Reads which keys there are.
     *
     * @param prefix of the keys, with its final slash
     * @return in their order
     */
    Set<String> keys(String prefix) {
        Set<String> keys = new LinkedHashSet<>();
        revision = pages.under(prefix, PAGE, revision, entry -> keys.add(entry.key())).join();
        return keys;
    }
}
