package io.calicomesos.ipam;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Checks that blocks are where their pools want them, that their owners know of them, and that no free address is forgotten. */
final class AuditBlocks {
    private static final String HOST = "host:";
    private static final String VIRTUAL = "virtual:"; // Kubernetes' load balancers; their affinities stand elsewhere.

    private final AuditBooks books;
    private final SetMultimap<Cidr, Integer> blockLengths = HashMultimap.create();
    private final AuditNetworks pools;
    private final AuditNetworks blocks;

    /**
     * Prepares.
     *
     * @param books all that was read
     * @param blocks the networks of all blocks
     * @param pools the networks of all pools
     */
    AuditBlocks(AuditBooks books, AuditNetworks blocks, AuditNetworks pools) {
        this.books = books;
        this.blocks = blocks;
        this.pools = pools;
        for (IpPool pool : books.pools().read().values()) {
            blockLengths.put(pool.spec().cidr(), pool.blockPrefixLength());
        }
    }

    /** The host to which a block belongs; empty if to none. */
    static Optional<String> hostOf(Block block) {
        return block.affinity().filter(each -> each.startsWith(HOST)).map(each -> each.substring(HOST.length()));
    }

    void check() {
        books.blocks().read().keySet().forEach(this::checkNetwork);
        books.blocks().unread().forEach(this::checkNetwork);
        books.blocks().read().values().forEach(block -> {
            checkOwner(block);
            checkQueue(block);
            checkSequences(block);
            checkStrictAffinity(block);
        });
    }

    private void checkNetwork(Cidr cidr) {
        String key = Keys.block(cidr);
        blocks.around(cidr).forEach(each -> books.report(Finding.Kind.BLOCKS_OVERLAP, key, "lies inside block " + each));
        if (!books.pools().unread().isEmpty()) {
            return; // It may be in one of those.
        }
        Set<Integer> lengths = new TreeSet<>();
        pools.containing(cidr.network()).stream().filter(each -> each.contains(cidr))
                .map(blockLengths::get).forEach(lengths::addAll);
        if (lengths.isEmpty()) {
            books.report(Finding.Kind.BLOCK_OUTSIDE_POOLS, key, "lies in no IPPool");
        } else if (!lengths.contains(cidr.prefixLength())) {
            books.report(Finding.Kind.BLOCK_SIZE, key, "is /" + cidr.prefixLength() + ", its IPPool has blocks of "
                    + String.join(" or ", lengths.stream().map(each -> "/" + each).toList()));
        }
    }

    private void checkOwner(Block block) {
        String affinity = block.affinity().orElse(VIRTUAL);
        Optional<String> host = hostOf(block);
        if (host.isPresent() && !books.affinities().exists(new Key.Affinity(host.get(), block.cidr()))) {
            books.report(Finding.Kind.BLOCK_WITHOUT_AFFINITY, Keys.block(block.cidr()), "belongs to " + host.get()
                    + ", which has no affinity to it");
        } else if (host.isEmpty() && !affinity.startsWith(VIRTUAL)) {
            books.report(Finding.Kind.MALFORMED_VALUE, Keys.block(block.cidr()), "affinity '" + affinity + "': must begin with "
                    + HOST + " or " + VIRTUAL + ", or be null");
        }
    }

    private void checkQueue(Block block) {
        Allocations allocations = block.allocations();
        boolean[] queued = new boolean[allocations.size()];
        Arrays.stream(allocations.queue()).forEach(ordinal -> queued[ordinal] = true);
        List<InetAddress> missing = new ArrayList<>();
        for (int ordinal = 0; ordinal < queued.length; ordinal++) {
            if (allocations.isFree(ordinal) && !queued[ordinal]) {
                missing.add(block.cidr().addressAt(ordinal));
            }
        }
        if (!missing.isEmpty()) {
            books.report(Finding.Kind.QUEUE_INCOMPLETE, Keys.block(block.cidr()),
                    AuditBooks.listed(missing) + ": free, but not in unallocated");
        }
    }

    /** Old numbers of free addresses are no fault: libcalico-go leaves them when it releases by handle. */
    private void checkSequences(Block block) {
        long[] sequences = block.allocations().sequenceByOrdinal();
        List<InetAddress> ahead = new ArrayList<>();
        for (int ordinal = 0; ordinal < sequences.length; ordinal++) {
            if (sequences[ordinal] > block.sequenceNumber()) {
                ahead.add(block.cidr().addressAt(ordinal));
            }
        }
        if (!ahead.isEmpty()) {
            books.report(Finding.Kind.SEQUENCE_AHEAD, Keys.block(block.cidr()),
                    AuditBooks.listed(ahead) + ": given at sequence numbers above the block's, " + block.sequenceNumber());
        }
    }

    private void checkStrictAffinity(Block block) {
        Optional<String> host = hostOf(block);
        if (host.isEmpty() || books.config().isEmpty() || !books.config().get().strictAffinity()) {
            return;
        }
        List<InetAddress> borrowed = new ArrayList<>(0);
        for (InetAddress address : block.held()) {
            block.holderOf(address).flatMap(Attribute::node).filter(node -> !node.equals(host.get()))
                    .ifPresent(node -> borrowed.add(address));
        }
        if (!borrowed.isEmpty()) {
            books.report(Finding.Kind.STRICT_AFFINITY, Keys.block(block.cidr()),
                    AuditBooks.listed(borrowed) + ": held on other hosts than " + host.get());
        }
    }
}
