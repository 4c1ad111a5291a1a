package io.calicomesos.ipam;

/** Addresses that cannot be had. The message says which, why, and what to do. */
public final class AddressException extends Exception {
    private static final long serialVersionUID = 1;

    /**
     * Refuses.
     *
     * @param message one line
     */
    public AddressException(String message) {
        super(message);
    }
}
