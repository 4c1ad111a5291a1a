package io.calicomesos.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Reads all that stands under a prefix, page by page, at one revision: what is written meanwhile is not seen. */
public final class Pages {
    private static final ByteSequence FIRST_AFTER = ByteSequence.from(new byte[] {0});

    private final Etcd etcd;

    /**
     * Prepares.
     *
     * @param etcd what is read
     */
    public Pages(Etcd etcd) {
        this.etcd = etcd;
    }

    /**
     * Reads.
     *
     * @param prefix the keys' common beginning, with its final slash
     * @param page how many keys are read at once
     * @param revision at which; 0 for the newest
     * @param each told of every key, in their order
     * @return the revision at which it read; fails with {@link EtcdException}, also if etcd forgets the revision (compaction) before all
     *     is read
     */
    public CompletableFuture<Long> under(String prefix, int page, long revision, Consumer<Mirror.Entry> each) {
        ByteSequence first = Etcd.bytes(prefix);
        return range(first, OptionsUtil.prefixEndOf(first), page, revision, each);
    }

    private CompletableFuture<Long> range(ByteSequence from, ByteSequence end, int page, long revision, Consumer<Mirror.Entry> each) {
        GetOption option = GetOption.builder()
                .withRange(end).withRevision(revision).withLimit(page)
                .withSortField(GetOption.SortTarget.KEY).withSortOrder(GetOption.SortOrder.ASCEND)
                .build();
        return etcd.get(from, option).thenCompose(response -> {
            List<KeyValue> read = response.getKvs();
            read.forEach(one -> each.accept(Mirror.Entry.of(one)));
            long at = revision == 0 ? response.getHeader().getRevision() : revision;
            return response.isMore()
                    ? range(read.get(read.size() - 1).getKey().concat(FIRST_AFTER), end, page, at, each)
                    : CompletableFuture.completedFuture(at);
        });
    }
}
