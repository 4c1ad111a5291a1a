package io.calicomesos.container;

import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** Tells how long the steps of launches and cleanups take, also of those that fail. */
public final class Steps {
    /** The steps, in their order. */
    public enum Step {
        /** Addresses and endpoint are committed to etcd. */
        REGISTER,
        /** The rules that let traffic in are put into the kernel. */
        ADMIT,
        /** The interfaces are made. */
        ATTACH,
        /** Another enforcer puts its rules in. */
        ENFORCE,
        /** The interfaces are taken away. */
        DETACH,
        /** The rules are. */
        DISMISS,
        /** What connections it had are forgotten. */
        DISCONNECT,
        /** What was held is given back in etcd. */
        RELEASE;

        /** As the metrics, the log and the command have it. */
        public String lowerCase() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it is one of a launch, or else of a cleanup. */
        boolean isOfLaunch() {
            return ordinal() <= ENFORCE.ordinal();
        }
    }

    private final BiConsumer<Step, Long> told;

    /**
     * Prepares.
     *
     * @param told of each step and how many ns it took, on any thread
     */
    public Steps(BiConsumer<Step, Long> told) {
        this.told = told;
    }

    /** Takes one, which ends when it completes and may do its work before, and tells the ns that it took also to somebody else. */
    <T> CompletableFuture<T> measured(Step step, Supplier<CompletableFuture<T>> taken, LongConsumer also) {
        long began = System.nanoTime();
        return taken.get().whenComplete((done, thrown) -> {
            long tookNs = System.nanoTime() - began;
            told.accept(step, tookNs);
            also.accept(tookNs);
        });
    }
}
