package io.calicomesos.container;

/** A call that is not begun, whatever it asks for, since as many as there may be are under way. */
public final class TooManyException extends RefusedException {
    private static final long serialVersionUID = 1;

    /**
     * Refuses.
     *
     * @param message how many there are, and what they wait for
     */
    public TooManyException(String message) {
        super(message);
    }
}
