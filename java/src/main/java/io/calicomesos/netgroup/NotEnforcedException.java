package io.calicomesos.netgroup;

/** A container's rules are not in the kernel, so it must not run. The message says whose turn it is. */
public final class NotEnforcedException extends Exception {
    private static final long serialVersionUID = 1;

    NotEnforcedException(String message) {
        super(message);
    }
}
