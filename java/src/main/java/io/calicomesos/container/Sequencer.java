package io.calicomesos.container;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs the calls for one container one after the other, and those for different containers side by side. */
final class Sequencer {
    private final Map<ContainerPath, CompletableFuture<?>> tails = new ConcurrentHashMap<>();

    /**
     * Starts a step once all earlier ones of the container are over, whether they succeeded or not.
     *
     * @param container whose turn it is
     * @param step what to start
     * @return the step's outcome
     */
    <T> CompletableFuture<T> next(ContainerPath container, Supplier<CompletableFuture<T>> step) {
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture<?>[] before = new CompletableFuture<?>[1];
        tails.compute(container, (key, tail) -> {
            before[0] = tail == null ? CompletableFuture.completedFuture(null) : tail;
            return result;
        });
        before[0].handle((value, thrown) -> step.get())
                .thenCompose(Function.identity())
                .whenComplete((value, thrown) -> {
                    tails.remove(container, result); // The step is over: whoever comes now need not wait for it.
                    if (thrown == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(thrown);
                    }
                });
        return result;
    }

    /**
     * Waits for all steps that are under way.
     *
     * @return completed, never exceptionally, when they are over
     */
    CompletableFuture<Void> idle() {
        return CompletableFuture.allOf(tails.values().toArray(CompletableFuture[]::new)).exceptionally(thrown -> null);
    }
}
