package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Reads what containers hold of which only the names are known; of a few at a time, however many there are. Belongs to the
 * ledger's executor.
 */
final class Resolver {
    private static final int MOST_READS = 16;

    private final Leftovers leftovers;
    private final Function<HandleId, Collection<Cidr>> blocksOf;
    private final Executor executor;
    private final Deque<Unresolved> waiting = new ArrayDeque<>();
    private int underWay;

    /**
     * Prepares.
     *
     * @param leftovers reads
     * @param blocksOf in which blocks a handle is known to hold addresses
     * @param executor the ledger's
     */
    Resolver(Leftovers leftovers, Function<HandleId, Collection<Cidr>> blocksOf, Executor executor) {
        this.leftovers = leftovers;
        this.blocksOf = blocksOf;
        this.executor = executor;
    }

    private record Unresolved(Departure departure, CompletableFuture<Optional<Departure>> found) {}

    /**
     * Reads what one holds.
     *
     * @param departure its name
     * @return completed on the executor, as {@link Leftovers#of} says
     */
    CompletableFuture<Optional<Departure>> resolve(Departure departure) {
        CompletableFuture<Optional<Departure>> found = new CompletableFuture<>();
        waiting.add(new Unresolved(departure, found));
        resolveSome();
        return found;
    }

    private void resolveSome() {
        while (underWay < MOST_READS && !waiting.isEmpty()) {
            Unresolved next = waiting.poll();
            underWay++;
            read(next.departure()).whenCompleteAsync((found, thrown) -> {
                underWay--;
                if (thrown == null) {
                    next.found().complete(found);
                } else {
                    next.found().completeExceptionally(thrown);
                }
                resolveSome();
            }, executor);
        }
    }

    private CompletableFuture<Optional<Departure>> read(Departure departure) {
        try {
            return leftovers.of(departure, blocksOf.apply(departure.handle()));
        } catch (RuntimeException | Error e) { // A defect, or no memory: then later.
            return CompletableFuture.failedFuture(e);
        }
    }
}
