package io.calicomesos.ipam;

import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One transaction while it is put together: what must still hold, what is written, and what is read if it does not hold.
 * The reads stand in the order: each block, each exclusive key, and last, if a block is claimed, the keys of all blocks.
 */
final class Plan {
    /** etcd's {@code --max-txn-ops} is 128 by default; a nested transaction needs some of its own. */
    static final int MAX_OPERATIONS = 120;

    private static final ByteSequence CONFIRMED = ByteSequence.from(Json.write(BlockAffinity.confirmed()));

    /**
     * A block as it will be.
     *
     * @param block its new content
     * @param revision of what is in etcd; 0 if it is claimed by this very transaction
     * @param written whether it is written; if not, it is only compared
     */
    record Change(Block block, long revision, boolean written) {
        Change(Block block, long revision) {
            this(block, revision, true);
        }
    }

    private final NodeName node;
    private final Map<Cidr, Change> blocks = new LinkedHashMap<>();
    private final Set<HandleId> handles = new HashSet<>();
    private final List<Cmp> comparisons = new ArrayList<>();
    private final List<Op> writes = new ArrayList<>();
    private final List<String> exclusive = new ArrayList<>();
    private final Set<String> shared = new HashSet<>();
    private boolean claims;

    Plan(NodeName node) {
        this.node = node;
    }

    /** Whether one more request of this many operations fits. A handle appears once: etcd refuses two writes of one key. */
    boolean hasRoomFor(HandleId handle, int operations) {
        return !handles.contains(handle) && operations() + operations <= MAX_OPERATIONS;
    }

    private int operations() {
        int ofBlocks = blocks.size() + (claims ? 2 * blocks.size() + 1 : 0);
        return ofBlocks + Math.max(writes.size(), comparisons.size());
    }

    boolean isEmpty() {
        return handles.isEmpty();
    }

    /** The block as this plan leaves it so far; null if it does not touch it. */
    Change block(Cidr cidr) {
        return blocks.get(cidr);
    }

    Map<Cidr, Change> blocks() {
        return blocks;
    }

    List<String> exclusive() {
        return exclusive;
    }

    boolean claims() {
        return claims;
    }

    void change(Cidr cidr, Block block, long revision) {
        blocks.put(cidr, new Change(block, revision));
        claims |= revision == 0;
    }

    /** Makes the transaction depend on a block that it leaves as it is. */
    void expect(Cidr cidr, Block block, long revision) {
        blocks.putIfAbsent(cidr, new Change(block, revision, false));
    }

    void launch(HandleId handle, Handle content, List<Launch.Document> documents) {
        handles.add(handle);
        create(Keys.handle(handle), Json.write(content));
        for (Launch.Document document : documents) {
            if (document.exclusive()) {
                create(document.key(), document.value());
            } else if (shared.add(document.key())) {
                writes.add(createIfAbsent(document));
            }
        }
    }

    void depart(Departure departure) {
        handles.add(departure.handle());
        writes.add(Op.delete(Etcd.bytes(Keys.handle(departure.handle())), DeleteOption.DEFAULT));
        if (departure.endpointRevision() != 0) {
            ByteSequence key = Etcd.bytes(departure.endpointKey());
            writes.add(Op.txn(
                    new Cmp[] {new Cmp(key, Cmp.Op.EQUAL, CmpTarget.createRevision(departure.endpointRevision()))},
                    new Op[] {Op.delete(key, DeleteOption.DEFAULT)},
                    new Op[] {}));
        }
    }

    private void create(String key, byte[] value) {
        ByteSequence bytes = Etcd.bytes(key);
        comparisons.add(new Cmp(bytes, Cmp.Op.EQUAL, CmpTarget.version(0)));
        writes.add(Op.put(bytes, ByteSequence.from(value), PutOption.DEFAULT));
        exclusive.add(key);
    }

    private static Op createIfAbsent(Launch.Document document) {
        ByteSequence key = Etcd.bytes(document.key());
        return Op.txn(
                new Cmp[] {new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0))},
                new Op[] {Op.put(key, ByteSequence.from(document.value()), PutOption.DEFAULT)},
                new Op[] {});
    }

    List<Cmp> comparisons() {
        List<Cmp> all = new ArrayList<>(comparisons);
        blocks.forEach((cidr, change) -> {
            ByteSequence key = Etcd.bytes(Keys.block(cidr));
            // Of a block that is claimed, the affinity is not compared: it is under this host's name, and may be left over from
            // a claim that was not finished.
            all.add(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(change.revision())));
        });
        return all;
    }

    List<Op> writes() {
        List<Op> all = new ArrayList<>(writes);
        blocks.forEach((cidr, change) -> {
            if (!change.written()) {
                return;
            }
            all.add(Op.put(
                    Etcd.bytes(Keys.block(cidr)), ByteSequence.from(Json.write(change.block())), PutOption.DEFAULT));
            if (change.revision() == 0) {
                all.add(Op.put(affinity(cidr), CONFIRMED, PutOption.DEFAULT));
            }
        });
        return all;
    }

    List<Op> reads() {
        List<Op> all = new ArrayList<>();
        blocks.keySet().forEach(cidr -> all.add(Op.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT)));
        exclusive.forEach(key -> all.add(Op.get(Etcd.bytes(key), GetOption.DEFAULT)));
        if (claims) {
            int ipVersion = blocks.keySet().iterator().next().ipVersion();
            ByteSequence prefix = Etcd.bytes(Keys.blocks(ipVersion));
            all.add(Op.get(prefix, GetOption.builder().isPrefix(true).withKeysOnly(true).build()));
        }
        return all;
    }

    private ByteSequence affinity(Cidr cidr) {
        return Etcd.bytes(Keys.affinity(node, cidr));
    }
}
