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
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * One transaction while it is put together: what must still hold, what is written, and what is read if it does not hold.
 * The reads stand in the order: each block, each exclusive key, and last, for each family of which a block is claimed, the keys
 * of all blocks.
 */
final class Plan {
    /** etcd's {@code --max-txn-ops} is 128 by default; a nested transaction needs some of its own. */
    static final int MAX_OPERATIONS = 120;
    /** etcd's {@code --max-request-bytes} is 1.5 MiB by default; the sizes of blocks are estimated. */
    static final int MAX_BYTES = 1_000_000;

    private static final int BYTES_OF_A_KEY = 300;
    private static final int OPERATIONS_OF_A_BLOCK = 2; // It and its affinity.

    private static final ByteSequence CONFIRMED = Etcd.bytes(Json.write(BlockAffinity.confirmed()));

    /**
     * A block as it will be.
     *
     * @param block its new content; null if it is deleted, or if there is none
     * @param revision of what is in etcd; 0 if there is none
     * @param written whether it is written or deleted; if not, it is only compared
     */
    record Change(Block block, long revision, boolean written) {
        Change(Block block, long revision) {
            this(block, revision, true);
        }

        /** Whether the transaction takes the block away: who wants an address of it has to wait for the next. */
        boolean deletes() {
            return written && block == null;
        }

        private boolean claims() {
            return written && revision == 0;
        }
    }

    private final NodeName node;
    private final Predicate<Cidr> confirmed;
    private final Map<Cidr, Change> blocks = new LinkedHashMap<>();
    private final Set<Cidr> disowned = new HashSet<>();
    private final Set<HandleId> handles = new HashSet<>();
    private final List<Cmp> comparisons = new ArrayList<>();
    private final List<Op> writes = new ArrayList<>();
    private final List<String> exclusive = new ArrayList<>();
    private final Set<String> shared = new HashSet<>();
    private final Set<Integer> claimed = new TreeSet<>();
    private int bytes;

    /**
     * An empty one.
     *
     * @param node this host
     * @param confirmed whether this host's affinity key of a block is known to be there, and to say confirmed
     */
    Plan(NodeName node, Predicate<Cidr> confirmed) {
        this.node = node;
        this.confirmed = confirmed;
    }

    /** Whether one more request of this many operations fits. A handle appears once: etcd refuses two writes of one key. */
    boolean hasRoomFor(HandleId handle, int operations) {
        return !handles.contains(handle) && operations() + operations <= MAX_OPERATIONS && bytes() <= MAX_BYTES;
    }

    private int operations() {
        int toWrite = writes.size() + OPERATIONS_OF_A_BLOCK * blocks.size();
        int toCompareOrRead = blocks.size() + exclusive.size() + claimed.size();
        return Math.max(toWrite, toCompareOrRead);
    }

    private int bytes() {
        return bytes + blocks.values().stream().filter(each -> each.block() != null).mapToInt(each -> each.block().jsonSize()).sum();
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

    /** The families, 4 and 6, of which a block is claimed. */
    Set<Integer> claimed() {
        return claimed;
    }

    void change(Cidr cidr, Block block, long revision) {
        Change change = new Change(block, revision);
        blocks.put(cidr, change);
        if (change.claims()) {
            claimed.add(cidr.ipVersion());
        }
    }

    /** Takes an empty block away. */
    void delete(Cidr cidr, Block block, long revision) {
        blocks.put(cidr, new Change(null, revision));
        if (block.belongsTo(node)) {
            disowned.add(cidr);
        }
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
                bytes += BYTES_OF_A_KEY + document.value().length;
            }
        }
    }

    void depart(Departure departure) {
        handles.add(departure.handle());
        ByteSequence handle = Etcd.bytes(Keys.handle(departure.handle()));
        writes.add(Op.delete(handle, DeleteOption.DEFAULT));
        departure.endpoints().forEach((text, createRevision) -> {
            ByteSequence key = Etcd.bytes(text);
            // If the endpoint was created later, the handle tells whether by a later launch, or by an operator who deleted the
            // launch's and put it back.
            writes.add(deleteIfCreated(key, key, createRevision, deleteIfCreated(key, handle, createRevision)));
            bytes += BYTES_OF_A_KEY;
        });
    }

    private static Op deleteIfCreated(ByteSequence key, ByteSequence compared, long createRevision, Op... otherwise) {
        return Op.txn(
                new Cmp[] {new Cmp(compared, Cmp.Op.EQUAL, CmpTarget.createRevision(createRevision))},
                new Op[] {Op.delete(key, DeleteOption.DEFAULT)}, otherwise);
    }

    private void create(String key, byte[] value) {
        ByteSequence name = Etcd.bytes(key);
        comparisons.add(new Cmp(name, Cmp.Op.EQUAL, CmpTarget.version(0)));
        writes.add(Op.put(name, Etcd.bytes(value), PutOption.DEFAULT));
        exclusive.add(key);
        bytes += BYTES_OF_A_KEY + value.length;
    }

    private static Op createIfAbsent(Launch.Document document) {
        ByteSequence key = Etcd.bytes(document.key());
        return Op.txn(
                new Cmp[] {new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0))},
                new Op[] {Op.put(key, Etcd.bytes(document.value()), PutOption.DEFAULT)},
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
            if (change.deletes()) {
                all.add(Op.delete(Etcd.bytes(Keys.block(cidr)), DeleteOption.DEFAULT));
                if (disowned.contains(cidr)) {
                    all.add(Op.delete(affinity(cidr), DeleteOption.DEFAULT));
                }
            } else if (change.written()) {
                all.add(Op.put(
                        Etcd.bytes(Keys.block(cidr)), Etcd.bytes(Json.write(change.block())), PutOption.DEFAULT));
                if (change.claims() || change.block().belongsTo(node) && !confirmed.test(cidr)) { // Somebody took its key away.
                    all.add(Op.put(affinity(cidr), CONFIRMED, PutOption.DEFAULT));
                }
            }
        });
        return all;
    }

    List<Op> reads() {
        List<Op> all = new ArrayList<>();
        blocks.keySet().forEach(cidr -> all.add(Op.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT)));
        exclusive.forEach(key -> all.add(Op.get(Etcd.bytes(key), GetOption.DEFAULT)));
        claimed.forEach(ipVersion -> all.add(Op.get(
                Etcd.bytes(Keys.blocks(ipVersion)), GetOption.builder().isPrefix(true).withKeysOnly(true).build())));
        return all;
    }

    private ByteSequence affinity(Cidr cidr) {
        return Etcd.bytes(Keys.affinity(node, cidr));
    }
}
