package io.calicomesos.ipam;

/** A launch whose endpoint or handle is in etcd already, under another life of the same container id. */
public final class TakenException extends Exception {
    private static final long serialVersionUID = 1;

    TakenException(String message) {
        super(message);
    }
}
