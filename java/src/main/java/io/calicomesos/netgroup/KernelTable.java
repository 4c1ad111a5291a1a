package io.calicomesos.netgroup;

import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Nftables;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's table and routes, brought after the {@link Ruleset} and {@link RemoteRoutes}. Changes that arrive together become
 * one transaction, in their order: it is written when the thread has nothing else to do first.
 */
final class KernelTable {
    private static final Logger LOG = LoggerFactory.getLogger(KernelTable.class);

    private final Ruleset ruleset;
    private final KernelRoutes routes;
    private final OutgoingNat nat;
    private final Executor executor;
    private StringBuilder pending = new StringBuilder();
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);
    private boolean running;
    private boolean astray; // The kernel has not what the ruleset has told.

    /**
     * Prepares; {@link #begin} begins.
     *
     * @param ruleset what the table should hold
     * @param routes the kernel's routes, programmed after each change of the table
     * @param nat written again when the table had to be
     * @param executor one thread, which calls all methods
     */
    KernelTable(Ruleset ruleset, KernelRoutes routes, OutgoingNat nat, Executor executor) {
        this.ruleset = ruleset;
        this.routes = routes;
        this.nat = nat;
        this.executor = executor;
    }

    /**
     * Begins, in place of what a former agent left: until now its rules held.
     *
     * @throws LinuxException if the kernel refuses
     */
    void begin() throws LinuxException {
        Nftables.run(ruleset.full());
        routes.begin();
        running = true;
    }

    /** Stops; takes the table and the routes away if no container of this host needs them. */
    void end() throws LinuxException {
        if (running) {
            write();
            if (!ruleset.hasLocal()) {
                Nftables.run(Ruleset.remove() + OutgoingNat.remove());
                routes.end();
            }
        }
        running = false;
    }

    /**
     * Something has changed.
     *
     * @param commands what the ruleset said; empty if only routes are concerned
     * @return completed when this and all that was told before is in the kernel; fails if it could not be put there. Completed
     *     already before {@link #begin}, which writes everything
     */
    CompletableFuture<Void> change(String commands) {
        if (!running) {
            return CompletableFuture.completedFuture(null);
        }
        if (written.isDone()) {
            written = new CompletableFuture<>();
            executor.execute(this::write);
        }
        pending.append(commands);
        return written.copy();
    }

    /** Puts back what somebody else took away: all rules, by a flush, or routes. To be called now and then. */
    void repair() {
        if (!running) {
            return;
        }
        try {
            Set<String> present = Nftables.tables();
            if (!present.contains(Ruleset.TABLE)) {
                LOG.error("the table {} was taken away, so that anybody reached anybody: it is written anew", Ruleset.TABLE);
                astray = true;
            }
            if (astray) {
                rewrite();
            }
            nat.repair(present);
            routes.repair();
        } catch (LinuxException | RuntimeException | Error e) { // Thrown on, it would have been the last time.
            LOG.error("whether the table {} is there is not known: {}", Ruleset.TABLE, e.toString());
        }
    }

    /** Whether the kernel has what it should, as far as is known. */
    boolean isInPlace() {
        return running && !astray;
    }

    private void write() {
        String commands = pending.toString();
        pending = new StringBuilder();
        if (!running) {
            written.complete(null);
            return;
        }
        try {
            if (astray) {
                rewrite();
            } else if (!commands.isEmpty()) {
                run(commands);
            }
            routes.program();
            written.complete(null);
        } catch (LinuxException | RuntimeException e) {
            astray = true;
            LOG.error("the table {} cannot be written: {}", Ruleset.TABLE, e.getMessage());
            written.completeExceptionally(e);
        }
    }

    /** Runs a change; if the kernel does not have what the change builds on, puts the whole table there anew. */
    private void run(String commands) throws LinuxException {
        try {
            Nftables.run(commands);
        } catch (LinuxException e) {
            LOG.warn("a change of the table {} was refused, somebody else changed it; writing it anew: {}", Ruleset.TABLE,
                    e.getMessage());
            rewrite();
        }
    }

    private void rewrite() throws LinuxException {
        Nftables.run(ruleset.full());
        nat.write();
        astray = false;
    }
}
