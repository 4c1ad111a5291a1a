package io.calicomesos.container;

import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Veth;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The interfaces of containers that have gone. The kernel takes some 20 ms over a deletion, and hardly longer over many at once: nobody
 * waits for it, and those that come meanwhile go together in the next.
 */
public final class Discards {
    private static final Logger LOG = LoggerFactory.getLogger(Discards.class);

    private final Executor thread;
    private final Map<String, CompletableFuture<Void>> deletions = new ConcurrentHashMap<>(); // By host interface.
    private CompletableFuture<Void> next; // The deletion that has not begun; null if there is nothing for it.

    /**
     * None.
     *
     * @param thread where deletions wait for the kernel, one after the other
     */
    public Discards(Executor thread) {
        this.thread = thread;
    }

    /**
     * Takes a pair of interfaces out of the way: when this returns, nothing leads to its addresses. It is deleted soon.
     *
     * @param hostInterface the host end
     * @param addresses the container's
     * @throws LinuxException if the kernel refuses
     */
    void discard(String hostInterface, List<InetAddress> addresses) throws LinuxException {
        if (Veth.discard(hostInterface, addresses)) {
            CompletableFuture<Void> deleted = delete();
            deletions.put(hostInterface, deleted);
            deleted.thenRun(() -> deletions.remove(hostInterface, deleted));
        }
    }

    /**
     * Deletes what is discarded, also what a former agent left so.
     *
     * @return completed when that is over; never fails
     */
    synchronized CompletableFuture<Void> delete() {
        CompletableFuture<Void> deleted = next;
        if (deleted == null) {
            deleted = new CompletableFuture<>();
            next = deleted;
            thread.execute(this::run);
        }
        return deleted;
    }

    private void run() {
        CompletableFuture<Void> deleted;
        synchronized (this) {
            deleted = next;
            next = null;
        }
        try {
            Veth.deleteDiscarded();
        } catch (LinuxException | RuntimeException e) {
            LOG.error("interfaces of containers that have gone are left: deleted with the next", e);
        }
        deleted.complete(null);
    }

    /**
     * When interfaces of these names can be made.
     *
     * @param hostInterfaces their host ends
     * @return completed when no earlier one has such a name any more; never fails
     */
    CompletableFuture<Void> over(List<String> hostInterfaces) {
        return CompletableFuture.allOf(
                hostInterfaces.stream().map(deletions::get).filter(Objects::nonNull).toArray(CompletableFuture[]::new));
    }

    /** Completed when all that was discarded so far is deleted; never fails. */
    CompletableFuture<Void> idle() {
        return CompletableFuture.allOf(deletions.values().toArray(CompletableFuture[]::new));
    }
}
