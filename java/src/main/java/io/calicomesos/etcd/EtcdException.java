package io.calicomesos.etcd;

/** A request that etcd did not answer, or answered with an error. The message names the endpoints and what was attempted. */
public final class EtcdException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whether the request may have been carried out all the same. */
    private final boolean outcomeUnknown;

    /**
     * Fails what needed etcd.
     *
     * @param message one line
     * @param outcomeUnknown whether the request may have been carried out all the same
     * @param cause what etcd or the connection to it said; null if that is part of the message
     */
    public EtcdException(String message, boolean outcomeUnknown, Throwable cause) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    /**
     * Whether a transaction may have been committed although no answer came: its effect must be read before it is tried again.
     *
     * @return false only if etcd refused it
     */
    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }
}
