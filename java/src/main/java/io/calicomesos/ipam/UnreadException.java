package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;

/** A request has to wait until a block that is not this host's is read. */
final class UnreadException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Cidr cidr;

    UnreadException(Cidr cidr) {
        super("block " + cidr + " was not read", null, false, false);
        this.cidr = cidr;
    }

    Cidr cidr() {
        return cidr;
    }
}
