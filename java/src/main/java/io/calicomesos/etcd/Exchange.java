package io.calicomesos.etcd;

/**
 * A request to etcd and what came of it.
 *
 * @param request what it was
 * @param tookNs until the answer, or until it was given up
 * @param result what came of it
 */
public record Exchange(Request request, long tookNs, Result result) {
    /** Kinds of requests. */
    public enum Request { TRANSACTION, READ }

    /** What may come of one. */
    public enum Result {
        /** Done. */
        DONE,
        /** A transaction that was built on what somebody else has changed: nothing was written. */
        CONFLICT,
        /** etcd refused it. */
        REFUSED,
        /** No answer that could be used: it may have been carried out. */
        UNKNOWN
    }
}
