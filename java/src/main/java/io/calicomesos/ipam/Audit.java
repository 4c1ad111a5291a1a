package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.etcd.Mirror;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks for contradictions in Calico's IPAM: between pools, blocks, affinities, nodes, handles and endpoints. Whatever cannot be
 * read is one finding; nothing is concluded from its absence.
 *
 * <p>Time and memory are linear in the number of keys (blocks: of their addresses), but for the sorting of the findings.
 */
public final class Audit {
    private Audit() {
    }

    /**
     * Audits a datastore.
     *
     * @param entries its keys at one revision; those that have nothing to do with addresses are left out
     */
    public static AuditReport of(Collection<Mirror.Entry> entries) {
        AuditBooks books = new AuditBooks();
        entries.forEach(books::add);
        return of(books);
    }

    /**
     * Audits what was read.
     *
     * @param books everything; not to be used afterwards
     */
    static AuditReport of(AuditBooks books) {
        List<Cidr> cidrs = Stream.concat(books.blocks().read().keySet().stream(), books.blocks().unread().stream()).toList();
        AuditNetworks blocks = new AuditNetworks(cidrs);
        AuditNetworks pools = new AuditNetworks(books.pools().read().values().stream().map(pool -> pool.spec().cidr()).toList());
        new AuditBlocks(books, blocks, pools).check();
        new AuditAffinities(books).check();
        new AuditHandles(books).check();
        new AuditEndpoints(books, blocks, pools).check();
        int addresses = books.blocks().read().values().stream().mapToInt(block -> block.held().size()).sum();
        return new AuditReport(books.blocks().size(), addresses, books.handles().size(), books.endpoints().size(),
                books.findings().stream().sorted(Comparator.comparing(Finding::kind).thenComparing(Finding::key)).toList(),
                books.leaks());
    }
}
