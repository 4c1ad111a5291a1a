package io.calicomesos.ipam;

import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows this host's blocks in etcd: which they are, by the host's affinity keys, and what others do in them, by a watch each.
 * Belongs to the ledger's executor.
 */
final class BlockFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlockFollower.class);

    private final Etcd etcd;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final HeldBlocks blocks;
    private final Consumer<Cidr> read;
    private final Runnable learnt;
    private final Mirror affinities;
    private final Map<Cidr, Mirror> following = new HashMap<>();
    private final Set<Cidr> starting = new HashSet<>();
    private final Map<Cidr, Mirror.Entry> kept = new HashMap<>();
    private boolean keeping;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd where
     * @param node this host
     * @param executor the ledger's
     * @param timer the ledger's
     * @param blocks told what is learnt
     * @param read called to have a block read of which only is known that something happened to it
     * @param learnt called when a block that was not known before is
     */
    BlockFollower(
            Etcd etcd, NodeName node, Executor executor, ScheduledExecutorService timer, HeldBlocks blocks, Consumer<Cidr> read,
            Runnable learnt) {
        this.etcd = etcd;
        this.executor = executor;
        this.timer = timer;
        this.blocks = blocks;
        this.read = read;
        this.learnt = learnt;
        this.affinities = new Mirror(etcd, Keys.affinities(node), new Affinities(), executor, timer);
    }

    /**
     * Starts, in the background.
     *
     * @return completed when it is known which blocks are this host's
     */
    CompletableFuture<Void> start() {
        return affinities.start();
    }

    @Override
    public void close() {
        affinities.close();
        following.values().forEach(Mirror::close);
    }

    /** Whether the first look at a block is still to come. */
    boolean isStarting() {
        return !starting.isEmpty();
    }

    /** A transaction of ours is on its way: what is heard now is most likely its own write, known without reading it once it is answered. */
    void keep() {
        keeping = true;
    }

    /** The transaction is answered. */
    void tell() {
        keeping = false;
        kept.forEach(this::heard);
        kept.clear();
    }

    private void heard(Cidr cidr, Mirror.Entry entry) {
        if (blocks.get(cidr).filter(held -> held.revision() >= entry.modRevision()).isEmpty()) {
            blocks.seen(cidr, () -> new HeldBlocks.Held(Json.read(Block.class, entry.key(), entry.value()), entry.modRevision()));
        }
    }

    private void follow(Cidr cidr, long affinityRevision) {
        if (following.containsKey(cidr)) {
            return;
        }
        Mirror mirror = new Mirror(etcd, Keys.block(cidr), new Content(cidr), executor, timer);
        following.put(cidr, mirror);
        Optional<HeldBlocks.Held> held = blocks.get(cidr).filter(each -> each.revision() >= affinityRevision);
        if (held.isPresent()) {
            mirror.startAfter(held.get().revision()); // Claimed by ourselves, just now.
        } else {
            starting.add(cidr);
            mirror.start().thenRunAsync(() -> {
                starting.remove(cidr);
                learnt.run();
            }, executor);
        }
    }

    private void unfollow(Cidr cidr) {
        Mirror mirror = following.remove(cidr);
        if (mirror != null) {
            mirror.close();
        }
        blocks.affinity(cidr, false);
        if (blocks.own().contains(cidr)) {
            read.accept(cidr); // Somebody took the affinity away; whether the block is still ours, it says itself.
        }
        if (starting.remove(cidr)) { // It was not read yet, and nobody waits for that any more.
            learnt.run();
        }
    }

    /** Learns which blocks are this host's. */
    private final class Affinities implements Mirror.Follower {
        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            Set<Cidr> gone = new HashSet<>(following.keySet());
            entries.forEach(each -> blockOf(each.key()).ifPresent(gone::remove));
            gone.forEach(BlockFollower.this::unfollow);
            entries.forEach(this::put);
        }

        @Override
        public void put(Mirror.Entry entry) {
            blockOf(entry.key()).ifPresent(cidr -> {
                blocks.affinity(cidr, isConfirmed(entry));
                follow(cidr, entry.modRevision());
            });
        }

        @Override
        public void deleted(String key) {
            blockOf(key).ifPresent(BlockFollower.this::unfollow);
        }

        private boolean isConfirmed(Mirror.Entry entry) {
            try {
                return Json.read(BlockAffinity.class, entry.key(), entry.value()).isConfirmed();
            } catch (MalformedValueException e) {
                LOG.error("written anew with the next address of its block: {}", e.getMessage());
                return false;
            }
        }

        private Optional<Cidr> blockOf(String key) {
            return Keys.parse(key).flatMap(parsed -> parsed instanceof Key.Affinity affinity ? Optional.of(affinity.cidr()) : Optional.empty());
        }
    }

    /** Learns what others do in a block of this host. */
    private final class Content implements Mirror.Follower {
        private final Cidr cidr;
        private final String key;

        Content(Cidr cidr) {
            this.cidr = cidr;
            this.key = Keys.block(cidr);
        }

        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            entries.stream().filter(each -> each.key().equals(key)).findFirst().ifPresentOrElse(this::putOrRead, () -> deleted(key));
        }

        /** Older than what is known, it was overtaken by a write of ours, or etcd has gone back: whoever reads it finds out. */
        private void putOrRead(Mirror.Entry entry) {
            if (blocks.get(cidr).filter(held -> held.revision() > entry.modRevision()).isPresent()) {
                read.accept(cidr);
            } else {
                put(entry);
            }
        }

        @Override
        public void put(Mirror.Entry entry) {
            if (!entry.key().equals(key)) {
                return;
            }
            if (keeping) {
                kept.put(cidr, entry);
            } else {
                heard(cidr, entry);
            }
        }

        @Override
        public void deleted(String gone) {
            if (gone.equals(key) && blocks.own().contains(cidr)) {
                read.accept(cidr); // It may be there again.
            }
        }
    }
}
