package io.calicomesos.ipam;

/** Addresses that cannot be had. The message says which, why, and what to do. */
public final class AddressException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean fromMemory;

    /**
     * Refuses for good.
     *
     * @param message one line
     */
    AddressException(String message) {
        this(message, false);
    }

    /**
     * Refuses.
     *
     * @param message one line
     * @param fromMemory whether blocks as they were last seen say so, and a fresh look may say something else
     */
    AddressException(String message, boolean fromMemory) {
        super(message);
        this.fromMemory = fromMemory;
    }

    boolean fromMemory() {
        return fromMemory;
    }
}
