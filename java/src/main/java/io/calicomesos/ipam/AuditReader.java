package io.calicomesos.ipam;

import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.Mirror;
import io.calicomesos.etcd.Pages;
import io.etcd.jetcd.options.GetOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Reads everything that an {@link Audit} looks at, page by page, all at the revision of the first page: what is written meanwhile
 * is not seen, so a datastore in use contradicts itself no more than one at rest. Only reads.
 */
public final class AuditReader {
    private static final int PAGE = 1_000; // Keys; 1,000 endpoints are under 1 MiB.
    private static final int PAGE_OF_BLOCKS = 40; // A full block of the largest size is about 1 MiB.

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
        Pages pages = new Pages(etcd);
        CompletableFuture<Long> revision = pages.under(Keys.BLOCKS, pageOfBlocks, 0, books::add);
        for (String prefix : List.of(Keys.HANDLES, Keys.AFFINITIES, Keys.POOLS, Keys.NODES, Keys.ENDPOINTS)) {
            revision = revision.thenCompose(at -> pages.under(prefix, page, at, books::add));
        }
        return revision.thenCompose(at -> etcd.get(Etcd.bytes(Keys.IPAM_CONFIG), GetOption.builder().withRevision(at).build()))
                .thenApply(response -> {
                    response.getKvs().forEach(each -> books.add(Mirror.Entry.of(each)));
                    return Audit.of(books);
                });
    }
}
