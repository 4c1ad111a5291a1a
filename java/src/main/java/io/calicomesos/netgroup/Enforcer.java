package io.calicomesos.netgroup;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Lets traffic through to this host's containers as their netgroups say, or leaves that to calico-node. */
public sealed interface Enforcer extends AutoCloseable permits BuiltinEnforcer, FelixEnforcer {

    /** Starts, in the background. */
    void start();

    /**
     * Lets a container of this host in, before it has an interface.
     *
     * @param member the container's endpoint
     * @return completed when its rules are in the kernel; fails if they could not be put there
     */
    CompletableFuture<Void> admit(Member member);

    /**
     * Waits, now that a container has its interface, until nothing more is to be done before it can run.
     *
     * @param member the container's endpoint
     * @return completed when its rules are in the kernel; fails with a {@link NotEnforcedException} if they are not in time
     */
    CompletableFuture<Void> attached(Member member);

    /**
     * Takes a container's rules away, while its interface is: without rules, nothing passes it. Unknown ones are ignored.
     *
     * @param member the container's endpoint
     * @return completed when its rules are out of the kernel
     */
    CompletableFuture<Void> dismiss(Member member);

    /**
     * Makes the kernel forget what connections a container had, after its routes and its processes: no packet of its makes another.
     *
     * @param member the container's endpoint
     * @return completed when nobody who gets its addresses is let into them
     */
    CompletableFuture<Void> disconnect(Member member);

    /**
     * How far it is, for an operator.
     *
     * @return completed when all that etcd has told so far is in the kernel; empty if that is not known here
     */
    CompletableFuture<Optional<Progress>> progress();

    /** Stops following etcd. Rules stay as long as a container of this host needs them. */
    @Override
    void close();

    /**
     * How far an enforcer is.
     *
     * @param inPlace whether its rules are in the kernel
     * @param silentMs for how long etcd has told it nothing of one of the things that it follows; none if it does not follow it now
     */
    record Progress(boolean inPlace, OptionalLong silentMs) {}
}
