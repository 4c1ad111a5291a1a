package io.calicomesos.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MirrorTest {
    private static final String PREFIX = "/calico/test/";

    private final EtcdProcess process = EtcdProcess.notStarted();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private final Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(2));
    private final Recorder recorder = new Recorder();
    private final Mirror mirror = new Mirror(etcd, PREFIX, recorder, executor, executor);

    /** Keeps what it is told, and what it was told about each key since the last snapshot. */
    private static final class Recorder implements Mirror.Follower {
        private final Map<String, Mirror.Entry> state = new TreeMap<>();
        private final List<String> changes = new ArrayList<>();
        private int snapshots;
        private boolean throwsNow;
        private Error thrownOnce;

        @Override
        public synchronized void snapshot(List<Mirror.Entry> entries) {
            state.clear();
            changes.clear();
            snapshots++;
            for (Mirror.Entry each : entries) {
                assertThat(state.put(each.key(), each)).as("told twice in a snapshot").isNull();
            }
        }

        @Override
        public synchronized void put(Mirror.Entry entry) {
            if (thrownOnce != null) {
                Error thrown = thrownOnce;
                thrownOnce = null;
                throw thrown;
            }
            state.put(entry.key(), entry);
            changes.add(entry.key() + "=" + text(entry));
            if (throwsNow) {
                throw new IllegalStateException("a follower's own trouble");
            }
        }

        @Override
        public synchronized void deleted(String key) {
            state.remove(key);
            changes.add(key + " deleted");
        }

        /** In the form in which the fixture reads etcd. */
        synchronized Map<String, EtcdProcess.Value> seen() {
            return new TreeMap<>(state.values().stream().collect(Collectors.toMap(
                    Mirror.Entry::key, each -> new EtcdProcess.Value(text(each), each.createRevision(), each.modRevision()))));
        }

        synchronized List<String> changes() {
            return List.copyOf(changes);
        }

        synchronized int snapshots() {
            return snapshots;
        }

        synchronized void throwOnce(Error thrown) {
            thrownOnce = thrown;
        }

        synchronized void throwNow(boolean now) {
            throwsNow = now;
        }
    }

    @AfterEach
    void stop() {
        etcd.close();
        executor.shutdownNow();
        process.close();
    }

    @Test
    void whatIsThereIsToldAtOnceAndThenEachChangeInItsOrder() throws Exception {
        process.start();
        process.put(PREFIX + "a", "1");
        process.put(PREFIX + "b", "1");
        process.put(PREFIX + "a", "2");
        startAndWait();
        assertThat(recorder.seen()).isEqualTo(process.under(PREFIX)).hasSize(2);
        process.put(PREFIX + "a", "3");
        process.put(PREFIX + "c", "1");
        process.delete(PREFIX + "b");
        process.put(PREFIX + "b", "2");
        process.delete(PREFIX + "a");
        process.put(PREFIX + "c", "2");
        String a = PREFIX + "a";
        List<String> expected = List.of(
                a + "=3", PREFIX + "c=1", PREFIX + "b deleted", PREFIX + "b=2", a + " deleted", PREFIX + "c=2");
        EtcdProcess.eventually("the changes are told", () -> recorder.changes().size() >= expected.size());
        assertThat(recorder.changes()).isEqualTo(expected);
        assertThat(recorder.seen()).isEqualTo(process.under(PREFIX)).hasSize(2);
    }

    @Test
    void keysBesideThePrefixAreNotTold() throws Exception {
        process.start();
        List<String> beside = List.of("/calico/test", "/calico/tesu/a", "/calico/test0", "/calico/test.", "/calico/tes/a");
        process.putAll(beside, "1");
        startAndWait();
        process.putAll(beside, "2");
        process.put(PREFIX + "a", "1");
        EtcdProcess.eventually("the one inside is told", () -> !recorder.changes().isEmpty());
        assertThat(recorder.changes()).containsExactly(PREFIX + "a=1");
        assertThat(recorder.seen()).containsOnlyKeys(PREFIX + "a");
    }

    @Test
    void anEtcdThatIsNotThereYetIsWaitedFor() {
        CompletableFuture<Void> ready = mirror.start();
        assertThat(ready).isNotDone();
        process.start();
        process.put(PREFIX + "a", "1");
        EtcdProcess.eventually("it is told", () -> ready.isDone() && recorder.seen().equals(process.under(PREFIX)));
    }

    @Test
    void moreKeysThanOnePageAreToldInOneSnapshot() throws Exception {
        process.start();
        List<String> keys = IntStream.range(0, 2_345).mapToObj(i -> PREFIX + "key" + i).toList();
        process.putAll(keys, "1");
        startAndWait();
        assertThat(recorder.seen()).isEqualTo(process.under(PREFIX)).hasSize(2_345);
        assertThat(recorder.snapshots()).isEqualTo(1);
        assertThat(recorder.changes()).isEmpty();
    }

    @Test
    void exactlyOnePageIsToldWhole() throws Exception {
        process.start();
        process.putAll(IntStream.range(0, 1_000).mapToObj(i -> PREFIX + "key" + i).toList(), "1");
        startAndWait();
        assertThat(recorder.seen()).hasSize(1_000);
    }

    @Test
    void nothingIsMissedWhileEtcdIsKilledAndRestartedUnderWrites() throws Exception {
        process.start();
        startAndWait();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 20; i++) {
                process.put(PREFIX + "key" + i, "before kill " + round);
            }
            process.kill();
            process.start();
            for (int i = 0; i < 20; i++) {
                process.put(PREFIX + "other" + i, "after kill " + round);
                process.delete(PREFIX + "key" + (i + round) % 20);
            }
            assertFollows();
        }
    }

    @Test
    void whatChangedWhileEtcdWasAwayIsTold() throws Exception {
        process.start();
        process.putAll(List.of(PREFIX + "stays", PREFIX + "goes", PREFIX + "changes"), "1");
        startAndWait();
        process.whileAway(() -> {
            process.delete(PREFIX + "goes");
            process.put(PREFIX + "changes", "2");
            process.put(PREFIX + "comes", "1");
        });
        assertFollows();
    }

    @Test
    void aHistoryThatEtcdHasForgottenIsNoHindrance() throws Exception {
        process.start();
        process.put(PREFIX + "a", "1");
        startAndWait();
        process.whileAway(() -> {
            process.put(PREFIX + "a", "2");
            process.put(PREFIX + "b", "1");
            process.delete(PREFIX + "a");
            process.compact();
        });
        assertFollows();
    }

    @Test
    void aFollowerThatThrowsIsStillTold() throws Exception {
        process.start();
        startAndWait();
        recorder.throwNow(true);
        process.put(PREFIX + "a", "1");
        EtcdProcess.eventually("it has thrown", () -> recorder.changes().size() == 1);
        recorder.throwNow(false);
        process.put(PREFIX + "b", "1");
        EtcdProcess.eventually("the next change is told", () -> recorder.seen().equals(process.under(PREFIX)));
    }

    @Test
    void anErrorInAFollowerMeansToReadAllAgain() throws Exception {
        process.start();
        startAndWait();
        recorder.throwOnce(new OutOfMemoryError("thrown by a test"));
        process.put(PREFIX + "a", "1");
        process.put(PREFIX + "b", "1");
        assertFollows();
        process.put(PREFIX + "c", "1");
        assertFollows();
    }

    /** Requests that fail at once, for longer than silence is looked for twice. */
    @Test
    void howeverLongItFailsItIsTriedOnceAtATime() throws Exception {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
        try (Etcd away = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofMillis(1))) {
            Mirror follows = new Mirror(away, PREFIX, recorder, executor, timer);
            follows.start();
            for (int i = 0; i < 120; i++) {
                Thread.sleep(100);
                assertThat(timer.getQueue().size()).as("the next look for silence, and the next try").isLessThanOrEqualTo(2);
            }
            follows.close();
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void afterClosingNothingIsTold() throws Exception {
        process.start();
        startAndWait();
        Recorder other = new Recorder();
        Mirror stays = new Mirror(etcd, PREFIX, other, executor, executor);
        stays.start().get(60, TimeUnit.SECONDS);
        mirror.close();
        process.put(PREFIX + "a", "1");
        EtcdProcess.eventually("the other one hears it", () -> other.seen().size() == 1);
        executor.submit(() -> { }).get();
        assertThat(recorder.seen()).isEmpty();
    }

    /** That it holds what etcd holds, and hears the next change. */
    private void assertFollows() {
        EtcdProcess.eventually("it holds what etcd holds", () -> recorder.seen().equals(process.under(PREFIX)));
        process.put(PREFIX + "last", Long.toString(process.revision()));
        EtcdProcess.eventually("it hears the next change", () -> recorder.seen().equals(process.under(PREFIX)));
    }

    private void startAndWait() throws Exception {
        mirror.start().get(60, TimeUnit.SECONDS);
    }

    private static String text(Mirror.Entry entry) {
        return new String(entry.value(), StandardCharsets.UTF_8);
    }
}
