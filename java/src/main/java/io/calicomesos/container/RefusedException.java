package io.calicomesos.container;

import io.calicomesos.calico.OneLine;

/** A container whose network cannot be made as it was asked for. The message names the field, the value, and what is allowed. */
public sealed class RefusedException extends Exception permits NodeNameException, TooManyException {
    private static final long serialVersionUID = 1;

    /**
     * Refuses.
     *
     * @param message one line for whoever launched the task
     */
    public RefusedException(String message) {
        super(OneLine.of(message));
    }
}
