package io.calicomesos.ipam;

import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.Mirror;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Reads everything that an {@link Audit} looks at, page by page, all at the revision of the first page: what is written meanwhile
 * is not seen, so a datastore in use contradicts itself no more than one at rest. Only reads.
 */
public final class AuditReader {
    private static final int PAGE = 1_000; // Keys; 1,000 endpoints are under 1 MiB.
    private static final int PAGE_OF_BLOCKS = 40; // A full block of the largest size is about 1 MiB.
    private static final ByteSequence FIRST_AFTER = ByteSequence.from(new byte[] {0});

    private final Etcd etcd;
    private final int page;
    private final int pageOfBlocks;

    /**
     * Prepares.
     *
     * @param etcd the datastore
     */
    public AuditReader(Etcd etcd) {
        this(etcd, PAGE, PAGE_OF_BLOCKS);
    }

    /**
     * Prepares, with pages of another size.
     *
     * @param etcd the datastore
     * @param page how many keys are read at once
     * @param pageOfBlocks likewise, of blocks
     */
    AuditReader(Etcd etcd, int page, int pageOfBlocks) {
        this.etcd = etcd;
        this.page = page;
        this.pageOfBlocks = pageOfBlocks;
    }

    /**
     * Reads and audits.
     *
     * @return what was found; fails with {@link EtcdException}, also if etcd forgets the revision (compaction) before all is read
     */
    public CompletableFuture<AuditReport> read() {
        AuditBooks books = new AuditBooks();
        CompletableFuture<Long> revision = under(Keys.BLOCKS, pageOfBlocks, 0, books);
        for (String prefix : List.of(Keys.HANDLES, Keys.AFFINITIES, Keys.POOLS, Keys.NODES, Keys.ENDPOINTS)) {
            revision = revision.thenCompose(at -> under(prefix, page, at, books));
        }
        return revision.thenCompose(at -> etcd.get(Etcd.bytes(Keys.IPAM_CONFIG), GetOption.builder().withRevision(at).build()))
                .thenApply(response -> {
                    response.getKvs().forEach(each -> books.add(Mirror.Entry.of(each)));
                    return Audit.of(books);
                });
    }

    /** Gives the revision at which it read. */
    private CompletableFuture<Long> under(String prefix, int limit, long revision, AuditBooks books) {
        ByteSequence first = Etcd.bytes(prefix);
        return range(first, OptionsUtil.prefixEndOf(first), limit, revision, books);
    }

    private CompletableFuture<Long> range(ByteSequence from, ByteSequence end, int limit, long revision, AuditBooks books) {
        GetOption option = GetOption.builder()
                .withRange(end).withRevision(revision).withLimit(limit)
                .withSortField(GetOption.SortTarget.KEY).withSortOrder(GetOption.SortOrder.ASCEND)
                .build();
        return etcd.get(from, option).thenCompose(response -> {
            List<KeyValue> read = response.getKvs();
            read.forEach(each -> books.add(Mirror.Entry.of(each)));
            long at = revision == 0 ? response.getHeader().getRevision() : revision;
            return response.isMore()
                    ? range(read.get(read.size() - 1).getKey().concat(FIRST_AFTER), end, limit, at, books)
                    : CompletableFuture.completedFuture(at);
        });
    }
}
