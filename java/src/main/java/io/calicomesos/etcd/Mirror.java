package io.calicomesos.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a follower up to date with all keys under a prefix: first a snapshot at one revision, then every change after it,
 * without a gap. Whatever ends the watch (an error, a compaction, silence), a new snapshot is taken, for ever and with backoff:
 * jetcd's own reconnection may skip changes or give up (etcd-io/jetcd #1227, #1352).
 *
 * <p>Everything runs on the executor given, which must run one task at a time: a follower needs no lock.
 */
public final class Mirror implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

    private static final int PAGE = 1_000; // Keys; 1,000 endpoints are under 1 MiB.
    private static final long FIRST_BACKOFF_MS = 100;
    private static final long LAST_BACKOFF_MS = 2_000;
    private static final long PROGRESS_MS = 10_000; // A watch that was silent for two of these is taken for dead.

    /** Who is kept up to date. Called by the executor only. */
    public interface Follower {
        /**
         * Everything there is; replaces all that was told before.
         *
         * @param entries all keys under the prefix with their values
         */
        void snapshot(List<Entry> entries);

        /**
         * A key was written.
         *
         * @param entry the key and what it holds now
         */
        void put(Entry entry);

        /**
         * A key was deleted.
         *
         * @param key the key
         */
        void deleted(String key);
    }

    /**
     * A key and its value.
     *
     * @param key the key
     * @param bytes the value
     * @param createRevision etcd's revision at which the key came into being
     * @param modRevision etcd's revision of the last write
     */
    public record Entry(String key, ByteSequence bytes, long createRevision, long modRevision) {
        /**
         * What jetcd read.
         *
         * @param read a key and its value
         * @return the same
         */
        public static Entry of(KeyValue read) {
            return new Entry(
                    read.getKey().toString(StandardCharsets.UTF_8), read.getValue(),
                    read.getCreateRevision(), read.getModRevision());
        }

        /**
         * The value, copied: not every follower needs it.
         *
         * @return its bytes
         */
        public byte[] value() {
            return bytes.getBytes();
        }
    }

    private final Etcd etcd;
    private final String prefix;
    private final Follower follower;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    private Watch.Watcher watcher;
    private long generation; // Of the watch; what an older one still says is not listened to.
    private long heardNs;
    private long checked; // The generation when silence was looked for last.
    private long checkedNs;
    private final Backoff backoff = new Backoff(FIRST_BACKOFF_MS, LAST_BACKOFF_MS);
    private boolean closed;
    private volatile boolean stalled;
    private ScheduledFuture<?> listening;

    /**
     * Prepares a mirror; {@link #start} begins.
     *
     * @param etcd where
     * @param prefix the keys' common beginning, with its final slash
     * @param follower who is told
     * @param executor calls the follower; runs one task at a time, in their order, perhaps on the thread that brings one
     * @param timer brings the executor what is due; may be the same
     */
    public Mirror(Etcd etcd, String prefix, Follower follower, Executor executor, ScheduledExecutorService timer) {
        this.etcd = etcd;
        this.prefix = prefix;
        this.follower = follower;
        this.executor = executor;
        this.timer = timer;
    }

    /**
     * Starts, in the background.
     *
     * @return completed when the first snapshot was told; never fails
     */
    public CompletableFuture<Void> start() {
        executor.execute(() -> orAnew(this::snapshot));
        listenForSilence();
        return ready;
    }

    /**
     * Starts with the changes alone, in the background: the follower knows what there is.
     *
     * @param revision etcd's revision up to which it knows everything
     */
    public void startAfter(long revision) {
        executor.execute(() -> {
            if (!closed) {
                watch(revision + 1);
                ready.complete(null);
            }
        });
        listenForSilence();
    }

    private void listenForSilence() {
        listening = timer.scheduleWithFixedDelay(() -> bring(this::checkSilence), PROGRESS_MS, PROGRESS_MS, TimeUnit.MILLISECONDS);
    }

    /** By the timer's thread. */
    private void bring(Runnable step) {
        try {
            executor.execute(() -> orAnew(step));
        } catch (RuntimeException | Error e) {
            stalled = true; // Thrown on, it would have been the last look for silence. The next one finds out.
        }
    }

    @Override
    public void close() {
        listening.cancel(false);
        executor.execute(() -> {
            closed = true;
            stopWatching();
        });
    }

    /**
     * For how long etcd has told nothing. Asked on the executor.
     *
     * @return in ms: some seconds where nothing changes; none while nothing is followed
     */
    public OptionalLong silentMs() {
        return watcher == null ? OptionalLong.empty() : OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardNs));
    }

    private void snapshot() {
        if (closed) {
            return;
        }
        page(Etcd.bytes(prefix), 0, new ArrayList<>(), ++generation);
    }

    private void page(ByteSequence from, long revision, List<Entry> read, long of) {
        GetOption option = GetOption.builder()
                .withRange(endOf(prefix)).withRevision(revision).withLimit(PAGE)
                .withSortField(GetOption.SortTarget.KEY).withSortOrder(GetOption.SortOrder.ASCEND)
                .build();
        etcd.get(from, option).whenCompleteAsync((response, thrown) -> orAnew(() -> {
            if (closed || of != generation) {
                return;
            }
            if (thrown != null) {
                again("cannot read " + prefix + ": " + thrown.getMessage());
                return;
            }
            take(response, revision, read, of);
        }), executor);
    }

    private void take(GetResponse response, long revision, List<Entry> read, long of) {
        response.getKvs().forEach(each -> read.add(Entry.of(each)));
        long at = revision == 0 ? response.getHeader().getRevision() : revision;
        if (response.isMore()) {
            String last = read.get(read.size() - 1).key();
            page(Etcd.bytes(last + '\0'), at, read, of);
            return;
        }
        tell(() -> follower.snapshot(read));
        watch(at + 1);
        ready.complete(null);
    }

    private void watch(long revision) {
        long of = ++generation;
        heardNs = System.nanoTime();
        WatchOption option = WatchOption.builder()
                .withRange(endOf(prefix)).withRevision(revision).withProgressNotify(true).withRequireLeader(true)
                .build();
        watcher = etcd.watch(Etcd.bytes(prefix), option, Watch.listener(
                response -> executor.execute(() -> orAnew(() -> hear(response, of))),
                thrown -> executor.execute(() -> lost(thrown, of)),
                () -> executor.execute(() -> lost(null, of))));
    }

    private void hear(WatchResponse response, long of) {
        if (closed || of != generation) {
            return;
        }
        heardNs = System.nanoTime();
        for (WatchEvent event : response.getEvents()) {
            Entry entry = Entry.of(event.getKeyValue());
            switch (event.getEventType()) {
                case PUT -> tell(() -> follower.put(entry));
                case DELETE -> tell(() -> follower.deleted(entry.key()));
                default -> { }
            }
        }
    }

    /** A follower that throws must not end the watch: what it could not use is its own to report. */
    private void tell(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException e) {
            LOG.error("{} could not be followed", prefix, e);
        }
    }

    /**
     * Of what was cut short, by a lack of memory or because the client was replaced just then, nobody knows how far it came: all is read
     * again.
     */
    private void orAnew(Runnable step) {
        try {
            step.run();
        } catch (Error e) {
            stalled = true; // Should there not even be memory for what follows.
            again("no longer follows " + prefix + ": " + e);
        }
    }

    private void lost(Throwable thrown, long of) {
        if (!closed && of == generation) {
            again("lost the watch on " + prefix + (thrown == null ? "" : ": " + thrown.getMessage()));
        }
    }

    private void again(String why) {
        stalled = true; // Until it is certain that it goes on.
        boolean first = backoff.isReset();
        long waitMs = backoff.nextMs();
        if (first) {
            LOG.warn("{}; trying again until it can be read", why);
        } else {
            LOG.debug("{}; trying again in {} ms", why, waitMs);
        }
        generation++;
        stopWatching();
        timer.schedule(() -> bring(this::snapshot), waitMs, TimeUnit.MILLISECONDS);
        stalled = false;
    }

    private void checkSilence() {
        if (stalled && !closed) {
            again("no longer follows " + prefix);
        }
        if (closed || watcher == null) {
            return;
        }
        long silentMs = silentMs().orElseThrow();
        if (silentMs > 2 * PROGRESS_MS) {
            again("no sign of life for more than " + 2 * PROGRESS_MS + " ms from the watch on " + prefix);
            return;
        }
        if (!backoff.isReset() && checked == generation && heardNs > checkedNs) { // Not sooner: an etcd that just came may go again.
            LOG.info("{} is followed again", prefix);
            backoff.reset();
        }
        checked = generation;
        checkedNs = System.nanoTime();
        watcher.requestProgress();
    }

    private void stopWatching() {
        if (watcher != null) {
            Watch.Watcher old = watcher;
            watcher = null;
            old.close();
        }
    }

    /** The first key behind all those that begin with the prefix. */
    private static ByteSequence endOf(String prefix) {
        byte[] end = prefix.getBytes(StandardCharsets.UTF_8);
        end[end.length - 1]++; // A prefix ends in a slash.
        return ByteSequence.from(end);
    }
}
