package io.calicomesos.netmodules;

/** A request that cannot be understood. The message names the field, its value, and what is expected. */
public final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1;

    BadRequestException(String message) {
        super(message);
    }
}
