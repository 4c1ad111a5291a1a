package io.calicomesos.container;

import io.calicomesos.calico.OneLine;
import java.io.IOException;

/** Bytes that are no message of Mesos's. */
public final class MalformedMessageException extends IOException {
    private static final long serialVersionUID = 1;

    MalformedMessageException(String message, Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
