package io.calicomesos.container;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

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
        /** What was held is given back in etcd. */
        RELEASE
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

    /** Measures one that begins now and ends when it completes. */
    <T> CompletableFuture<T> measured(Step step, CompletableFuture<T> underWay) {
        long began = System.nanoTime();
        return underWay.whenComplete((done, thrown) -> told.accept(step, System.nanoTime() - began));
    }
}
