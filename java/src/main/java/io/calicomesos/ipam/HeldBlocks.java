package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.NodeName;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks as they were last seen in etcd: this host's own, which are followed, and some of others, which grow old; a
 * transaction that builds on an old one loses, and brings what is there. Not for several threads.
 */
final class HeldBlocks {
    private static final Logger LOG = LoggerFactory.getLogger(HeldBlocks.class);

    /** How many blocks of others are remembered; a host that borrows uses a few of them again and again. */
    private static final int MAX_OTHERS = 1_024;

    private final NodeName node;
    private final Map<Cidr, Held> own = new TreeMap<>(HeldBlocks::byNetwork);
    private final Map<Cidr, Held> others = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Cidr, Held> eldest) {
            return size() > MAX_OTHERS;
        }
    };
    private final Set<Cidr> confirmed = new HashSet<>();
    private final Set<Cidr> taken = new HashSet<>();
    private final Set<Cidr> full = new HashSet<>();
    private long takenVersion;

    /**
     * A block and its revision.
     *
     * @param block null if there is none, or none that can be read
     * @param revision etcd's revision of its last write; 0 if there is none
     */
    record Held(Block block, long revision) {
        /** One that cannot be read: nothing is given from it or to it. */
        static final Held BROKEN = new Held(null, -1);

        static Held of(Cidr cidr, GetResponse response) {
            if (response.getKvs().isEmpty()) {
                return new Held(null, 0);
            }
            KeyValue read = response.getKvs().get(0);
            return new Held(Json.read(Block.class, Keys.block(cidr), read.getValue().getBytes()), read.getModRevision());
        }

        boolean isBroken() {
            return revision == BROKEN.revision;
        }
    }

    HeldBlocks(NodeName node) {
        this.node = node;
    }

    /** This host's, by network. */
    Set<Cidr> own() {
        return Collections.unmodifiableSet(own.keySet());
    }

    /** Blocks that are known to exist and are not this host's: not to be claimed. */
    Set<Cidr> taken() {
        return Collections.unmodifiableSet(taken);
    }

    /** Grows when {@link #taken} changes. */
    long takenVersion() {
        return takenVersion;
    }

    /** Those of others that are remembered, also some that have gone. */
    Set<Cidr> others() {
        return Collections.unmodifiableSet(others.keySet());
    }

    /** Whether nothing could be borrowed from a block of somebody else when it was last seen. */
    boolean isFull(Cidr cidr) {
        return full.contains(cidr);
    }

    /** Nothing can be borrowed from a block of somebody else: what is free in it is reserved. */
    void nothingIn(Cidr cidr) {
        full.add(cidr);
    }

    /** The block as it was last seen; none if it was not looked at. */
    Optional<Held> get(Cidr cidr) {
        Held held = own.get(cidr);
        return Optional.ofNullable(held == null ? others.get(cidr) : held);
    }

    /** The block that an address is in, if it was seen. */
    Optional<Cidr> containing(InetAddress address) {
        return Stream.concat(own.keySet().stream(), others.keySet().stream()).filter(cidr -> cidr.contains(address)).findFirst();
    }

    /** Whether this host's affinity key of a block was last heard to be there and to say confirmed. */
    boolean isConfirmed(Cidr cidr) {
        return confirmed.contains(cidr);
    }

    /** What was heard of this host's affinity key of a block; never assumed, also not after our own write of it. */
    void affinity(Cidr cidr, boolean isConfirmed) {
        if (isConfirmed) {
            confirmed.add(cidr);
        } else {
            confirmed.remove(cidr);
        }
    }

    /** What etcd holds of a block, which may be malformed: then nothing is given from it or to it. */
    void seen(Cidr cidr, Supplier<Held> read) {
        try {
            seen(cidr, read.get());
        } catch (MalformedValueException e) {
            LOG.error("a block that somebody else wrote cannot be used: {}", e.getMessage());
            seen(cidr, Held.BROKEN);
        }
    }

    /** What etcd holds of a block, or, after our own transaction, what it then holds. */
    void seen(Cidr cidr, Held held) {
        if (held.block() != null && held.block().belongsTo(node)) {
            own.put(cidr, held);
            others.remove(cidr);
            if (taken.remove(cidr)) {
                takenVersion++;
            }
            return;
        }
        own.remove(cidr);
        others.put(cidr, held);
        if (held.revision() == 0) {
            if (taken.remove(cidr)) {
                takenVersion++;
            }
        } else {
            exists(cidr);
        }
        if (held.block() == null || held.block().freeCount() == 0) {
            full.add(cidr);
        } else {
            full.remove(cidr);
        }
    }

    /** A block exists, whoever's it is: not to be claimed. */
    void exists(Cidr cidr) {
        if (!own.containsKey(cidr) && taken.add(cidr)) {
            takenVersion++;
        }
    }

    /** Blocks of others may have been given back since they were seen, or addresses in them. */
    void forgetOthers() {
        others.clear();
        taken.clear();
        full.clear();
        takenVersion++;
    }

    static int byNetwork(Cidr a, Cidr b) {
        int byAddress = Arrays.compareUnsigned(a.network().getAddress(), b.network().getAddress());
        return byAddress != 0 ? byAddress : Integer.compare(a.prefixLength(), b.prefixLength());
    }
}
