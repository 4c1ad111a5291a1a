package io.calicomesos.ipam;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.IpamConfig;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import java.util.List;

/** Checks that what hosts take for their blocks is theirs, and that the hosts exist. */
final class AuditAffinities {
    private final AuditBooks books;

    AuditAffinities(AuditBooks books) {
        this.books = books;
    }

    void check() {
        books.affinities().read().forEach(this::checkBlock);
        books.affinities().read().keySet().forEach(this::checkNode);
        books.affinities().unread().forEach(this::checkNode);
        books.config().ifPresent(this::checkLimit);
    }

    private void checkBlock(Key.Affinity key, BlockAffinity affinity) {
        if (!affinity.isConfirmed()) {
            books.report(Finding.Kind.AFFINITY_UNCONFIRMED, text(key), "is " + affinity.state());
        } else if (!books.blocks().exists(key.cidr())) {
            books.report(Finding.Kind.AFFINITY_WITHOUT_BLOCK, text(key), "block " + key.cidr() + " does not exist");
        } else {
            Block block = books.blocks().read().get(key.cidr());
            if (block != null && AuditBlocks.hostOf(block).filter(key.host()::equals).isEmpty()) {
                books.report(Finding.Kind.AFFINITY_TO_OTHERS_BLOCK, text(key), "block " + key.cidr() + " belongs to "
                        + block.affinity().orElse("nobody"));
            }
        }
    }

    private void checkNode(Key.Affinity key) {
        if (!books.nodes().contains(key.host())) {
            books.report(Finding.Kind.AFFINITY_WITHOUT_NODE, text(key), "Node " + key.host() + " does not exist");
        }
    }

    /** Each family has the limit for itself. */
    private void checkLimit(IpamConfig config) {
        for (int ipVersion : List.of(4, 6)) {
            Multiset<String> owned = HashMultiset.create();
            books.affinities().read().keySet().stream().filter(each -> each.cidr().ipVersion() == ipVersion)
                    .forEach(each -> owned.add(each.host()));
            for (Multiset.Entry<String> each : owned.entrySet()) {
                if (each.getCount() > config.blockLimit()) {
                    books.report(Finding.Kind.BLOCK_LIMIT, Keys.NODES + each.getElement(), "owns " + each.getCount() + " IPv"
                            + ipVersion + " blocks, maxBlocksPerHost is " + config.blockLimit());
                }
            }
        }
    }

    /** Not by {@link Keys#affinity}: another program's host may have a name that we refuse. */
    private static String text(Key.Affinity key) {
        return Keys.AFFINITIES + key.host() + "/ipv" + key.cidr().ipVersion() + "/block/" + key.cidr().keyForm();
    }
}
