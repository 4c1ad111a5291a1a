package io.calicomesos.module;

/**
 * A promise that C++ holds for the agent, known here by its number. Each is completed exactly once, with {@link #succeed} or
 * {@link #fail}, from any thread; the agent goes on in a libprocess actor, never on the calling thread.
 */
final class NativePromise {
    private NativePromise() {}

    /**
     * Completes a promise.
     *
     * @param promise the number that came with the call
     * @param result the serialized Mesos message that the call answers with; null for calls that answer nothing, and for a
     *     {@code prepare} that leaves the container alone
     */
    static native void succeed(long promise, byte[] result);

    /**
     * Fails a promise.
     *
     * @param promise the number that came with the call
     * @param message what went wrong, one line, UTF-8
     */
    static native void fail(long promise, byte[] message);
}
