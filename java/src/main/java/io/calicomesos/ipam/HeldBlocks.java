package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The blocks as they were last seen in etcd: this host's own, which are held for ever, and those of others, which are believed
 * only as long as a request waits that needs them. Not for several threads.
 */
final class HeldBlocks {
    private final NodeName node;
    private final Map<Cidr, Held> own = new TreeMap<>(HeldBlocks::byNetwork);
    private final Map<Cidr, Held> others = new HashMap<>();
    private final Set<Cidr> taken = new HashSet<>();

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

    /** The block as it was last seen; none if it was not looked at. */
    Optional<Held> get(Cidr cidr) {
        return Optional.ofNullable(own.getOrDefault(cidr, others.get(cidr)));
    }

    /** The block that an address is in, if it was seen. */
    Optional<Cidr> containing(InetAddress address) {
        return Stream.concat(own.keySet().stream(), others.keySet().stream()).filter(cidr -> cidr.contains(address)).findFirst();
    }

    /** What etcd holds of a block, or, after our own transaction, what it then holds. */
    void seen(Cidr cidr, Held held) {
        if (held.block() != null && held.block().belongsTo(node)) {
            Held before = own.get(cidr);
            if (before == null || before.revision() <= held.revision()) {
                own.put(cidr, held);
            }
            others.remove(cidr);
            return;
        }
        own.remove(cidr);
        others.put(cidr, held);
        if (held.revision() != 0) {
            taken.add(cidr);
        }
    }

    /** A block exists, whoever's it is: not to be claimed. */
    void exists(Cidr cidr) {
        taken.add(cidr);
    }

    /** Nobody waits any more: what is not followed grows old. */
    void forgetOthers() {
        others.clear();
    }

    /** Blocks that were taken may have been given back since. */
    void forgetTaken() {
        taken.clear();
    }

    static int byNetwork(Cidr a, Cidr b) {
        int byAddress = Arrays.compareUnsigned(a.network().getAddress(), b.network().getAddress());
        return byAddress != 0 ? byAddress : Integer.compare(a.prefixLength(), b.prefixLength());
    }
}
