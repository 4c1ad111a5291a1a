package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SequencerTest {
    private static final ContainerPath A = new ContainerPath(List.of("a"));
    private static final ContainerPath B = new ContainerPath(List.of("b"));

    private final Sequencer sequencer = new Sequencer();
    private final List<String> started = new ArrayList<>();

    @Test
    void aContainersNextCallStartsWhenTheOneBeforeIsOver() {
        CompletableFuture<String> first = new CompletableFuture<>();
        CompletableFuture<String> second = new CompletableFuture<>();
        CompletableFuture<String> firstSeen = sequencer.next(A, () -> start("first", first));
        CompletableFuture<String> secondSeen = sequencer.next(A, () -> start("second", second));
        CompletableFuture<String> thirdSeen = sequencer.next(A, () -> start("third", CompletableFuture.completedFuture("3")));
        assertThat(started).containsExactly("first");
        first.complete("1");
        assertThat(firstSeen).isCompletedWithValue("1");
        assertThat(started).containsExactly("first", "second");
        assertThat(thirdSeen).isNotDone();
        second.complete("2");
        assertThat(started).containsExactly("first", "second", "third");
        assertThat(secondSeen).isCompletedWithValue("2");
        assertThat(thirdSeen).isCompletedWithValue("3");
    }

    @Test
    void anotherContainersCallDoesNotWait() {
        CompletableFuture<String> stuck = new CompletableFuture<>();
        CompletableFuture<String> stuckSeen = sequencer.next(A, () -> stuck);
        assertThat(sequencer.next(B, () -> CompletableFuture.completedFuture("done"))).isCompletedWithValue("done");
        assertThat(stuckSeen).isNotDone();
    }

    @Test
    void aFailedCallFailsAloneAndTheNextOneStarts() {
        CompletableFuture<String> failing = new CompletableFuture<>();
        CompletableFuture<String> failed = sequencer.next(A, () -> failing);
        CompletableFuture<String> thrown = sequencer.next(A, () -> {
            throw new IllegalStateException("thrown at once");
        });
        CompletableFuture<String> after = sequencer.next(A, () -> CompletableFuture.completedFuture("after"));
        failing.completeExceptionally(new IllegalArgumentException("failed later"));
        assertThatThrownBy(failed::get).hasRootCauseMessage("failed later").hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(thrown::get).hasRootCauseMessage("thrown at once");
        assertThat(after).isCompletedWithValue("after");
    }

    @Test
    void idleWaitsForWhatIsUnderWayAndDoesNotFailWithIt() {
        assertThat(sequencer.idle()).isCompleted();
        CompletableFuture<String> a = new CompletableFuture<>();
        CompletableFuture<String> b = new CompletableFuture<>();
        sequencer.next(A, () -> a);
        sequencer.next(A, () -> b);
        CompletableFuture<Void> idle = sequencer.idle();
        a.completeExceptionally(new IllegalStateException("not idle's concern"));
        assertThat(idle).isNotDone();
        b.completeExceptionally(new IllegalStateException("not idle's concern"));
        assertThat(idle).isCompleted();
    }

    @Test
    void nothingIsKeptOfContainersWhoseCallsAreOver() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            ContainerPath container = new ContainerPath(List.of("c" + i));
            CompletableFuture<Void> first = new CompletableFuture<>();
            sequencer.next(container, () -> first);
            sequencer.next(container, () -> CompletableFuture.failedFuture(new IllegalStateException("failed")));
            sequencer.next(container, () -> CompletableFuture.completedFuture(null));
            first.complete(null);
        }
        assertThat(kept()).isEmpty();
        sequencer.next(A, CompletableFuture::new);
        assertThat(kept()).as("what is under way").hasSize(1);
    }

    @Test
    void callsFromManyThreadsNeverOverlapWithinAContainer() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Map<ContainerPath, AtomicInteger> running = new HashMap<>();
            List<Integer> overlaps = Collections.synchronizedList(new ArrayList<>());
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                running.put(new ContainerPath(List.of("c" + i)), new AtomicInteger());
            }
            for (int i = 0; i < 200; i++) {
                running.forEach((container, count) -> all.add(CompletableFuture.supplyAsync(
                        () -> sequencer.next(container, () -> {
                            overlaps.add(count.incrementAndGet());
                            return CompletableFuture.<Void>supplyAsync(() -> {
                                count.decrementAndGet();
                                return null;
                            }, threads);
                        }), threads).thenCompose(step -> step)));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
            assertThat(overlaps).hasSize(1_000).containsOnly(1);
            assertThat(kept()).isEmpty();
        } finally {
            threads.shutdown();
        }
    }

    private CompletableFuture<String> start(String name, CompletableFuture<String> outcome) {
        started.add(name);
        return outcome;
    }

    private Map<?, ?> kept() throws ReflectiveOperationException {
        Field tails = Sequencer.class.getDeclaredField("tails");
        tails.setAccessible(true);
        return (Map<?, ?>) tails.get(sequencer);
    }
}
