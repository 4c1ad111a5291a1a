package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import java.util.List;

/** A request has to wait until blocks that are not this host's are read. */
final class UnreadException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Cidr> blocks;

    UnreadException(List<Cidr> blocks) {
        super("not read: " + blocks, null, false, false);
        this.blocks = blocks;
    }

    UnreadException(Cidr block) {
        this(List.of(block));
    }

    List<Cidr> blocks() {
        return blocks;
    }
}
