package io.calicomesos.ipam;

import com.google.common.base.Throwables;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Backoff;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.failpoint.Failpoint;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives and takes back addresses, with everything that is written along with them, by one etcd transaction each; those that
 * arrive while a transaction is in flight go together in the next (group commit). This host's blocks are held in memory, so
 * nothing is read first: a transaction says what it was built on, and if that no longer holds, its else branch brings what is
 * there now.
 *
 * <p>All state belongs to the executor, which runs one task at a time. Nothing here waits.
 */
public final class Ledger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    private static final int FEWEST_OPERATIONS = 3; // A plan without room for these is full.
    private static final long FIRST_BACKOFF_MS = 50;
    private static final long LAST_BACKOFF_MS = 1_000;

    private final Etcd etcd;
    private final NodeName node;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final BiPredicate<InetAddress, String> inUse;
    private final Leftovers leftovers;
    private final Resolver resolver;
    private final Deque<Request> queue = new ArrayDeque<>();
    private AddressSpace space;
    private HeldBlocks blocks;
    private BlockReads reads;
    private BlockFollower follower;
    private IdleBlocks idle;
    private Planner planner;
    private boolean followed;
    private boolean ready;
    private boolean inFlight;
    private List<Request> sent = List.of();
    private long sentNs;
    private boolean closed;
    private final Backoff backoff = new Backoff(FIRST_BACKOFF_MS, LAST_BACKOFF_MS);
    private String lastError = "it has not answered yet";

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd the datastore
     * @param node this host's name in Calico
     * @param inUse whether an address that is free in etcd is in use on this host all the same, by another than a handle's holder: it
     *     is not given
     * @param executor runs one task at a time, in their order. Best on the thread that brings one, if it is idle: a launch then
     *     wakes no other thread on its way to etcd, and its answer none
     * @param timer brings the executor what is due
     */
    public Ledger(
            Etcd etcd, NodeName node, BiPredicate<InetAddress, String> inUse, Executor executor, ScheduledExecutorService timer) {
        this.etcd = etcd;
        this.node = node;
        this.executor = executor;
        this.timer = timer;
        this.inUse = inUse;
        this.leftovers = new Leftovers(etcd, node);
        this.resolver = new Resolver(leftovers, this::blocksOf, executor);
        knowNothing();
    }

    private void knowNothing() {
        space = new AddressSpace(etcd, node, executor, timer);
        blocks = new HeldBlocks(node);
        planner = new Planner(node, space, blocks, inUse);
        reads = new BlockReads(etcd, blocks, executor, timer, this::failed, this::pump);
        follower = new BlockFollower(etcd, node, executor, timer, blocks, reads::read, this::pump);
        idle = new IdleBlocks(blocks);
        followed = false;
        ready = false;
    }

    private List<Cidr> blocksOf(HandleId handle) {
        return blocks.own().stream().filter(cidr -> !blocks.get(cidr).orElseThrow().block().addressesOf(handle).isEmpty()).toList();
    }

    private void failed(Throwable thrown) {
        lastError = String.valueOf(thrown.getMessage());
    }

    /** Starts to read what the launches need, in the background. */
    public void start() {
        etcd.onBackInTime(() -> executor.execute(this::learnAnew));
        executor.execute(this::learn);
    }

    private void learn() {
        BlockFollower started = follower;
        CompletableFuture.allOf(space.start(), follower.start()).thenRunAsync(() -> {
            if (started == follower) {
                followed = true;
                pump();
            }
        }, executor);
    }

    /** What was read may never have been: nothing more is built on it. What is under way fails by itself, and is tried again. */
    private void learnAnew() {
        if (!closed) {
            space.close();
            follower.close();
            knowNothing();
            learn();
        }
    }

    @Override
    public void close() {
        executor.execute(() -> {
            closed = true;
            space.close();
            follower.close();
        });
    }

    /**
     * Gives addresses.
     *
     * @param launch for whom, and what is written with them
     * @return what was given; fails with {@link AddressException} if they cannot be had, with {@link EtcdException} if etcd did
     *     not answer in time: then the launch may have been committed, and must be departed from
     */
    public CompletableFuture<Launched> launch(Launch launch) {
        Request request = new Request(launch, null);
        executor.execute(() -> {
            queue.add(request);
            try {
                pump();
            } finally {
                expireInTime(request); // Last: while it is set up, etcd is at work already.
            }
        });
        return request.launched;
    }

    /**
     * Gives back what a container held. Tried until it is done, however long etcd is away.
     *
     * @param departure who has gone
     * @return completed when it is committed
     */
    public CompletableFuture<Void> depart(Departure departure) {
        Request request = new Request(null, departure);
        executor.execute(() -> resolve(request));
        return request.departed;
    }

    /**
     * Reads which workloads of this host hold an endpoint or addresses: what a former life may have left.
     *
     * @return their names; fails with {@link EtcdException}
     */
    public CompletableFuture<Set<WorkloadName>> workloads() {
        return leftovers.workloads().thenApplyAsync(found -> {
            Set<WorkloadName> all = new HashSet<>(found);
            blocks.own().forEach(cidr -> blocks.get(cidr).orElseThrow().block().attributes().stream()
                    .flatMap(each -> each.holder().stream())
                    .flatMap(each -> workloadOf(each).stream())
                    .forEach(all::add));
            return all;
        }, executor);
    }

    private Optional<WorkloadName> workloadOf(String handle) {
        return handle.isEmpty() || handle.indexOf('/') >= 0 ? Optional.empty() : new HandleId(handle).workloadOn(node);
    }

    /**
     * Gives back blocks of this host that nobody uses and that are not wanted: they were empty at the last call, and have not
     * been touched since. Also forgets what it remembers of other hosts' blocks. To be called now and then.
     */
    public void tidy() {
        executor.execute(() -> {
            blocks.forgetOthers();
            List<Cidr> untouched = idle.look();
            if (!ready || inFlight || closed || !queue.isEmpty()) {
                return; // Nothing is idle now.
            }
            Plan plan = new Plan(node, blocks::isConfirmed);
            untouched.stream().filter(each -> planner.includeRelease(each, plan))
                    .forEach(each -> LOG.info("block {} is empty and not needed here: giving it back", each));
            if (!plan.blocks().isEmpty()) {
                commit(plan, List.of());
            }
        });
    }

    /**
     * How many launches and departures wait for etcd, those under way not counted.
     *
     * @return their number
     */
    public CompletableFuture<Integer> queueLength() {
        return CompletableFuture.supplyAsync(queue::size, executor);
    }

    /**
     * The addresses in this host's blocks.
     *
     * @return by the name of their pool
     */
    public CompletableFuture<Map<String, PoolUsage>> addresses() {
        return CompletableFuture.supplyAsync(() -> {
            Map<String, PoolUsage> byPool = new TreeMap<>();
            for (Cidr cidr : blocks.own()) {
                Block block = blocks.get(cidr).orElseThrow().block();
                byPool.merge(space.poolNameOf(cidr), new PoolUsage(0, 0).with(block), (one, other) -> one.with(block));
            }
            return byPool;
        }, executor);
    }

    private void expireInTime(Request request) {
        Future<?> expiry = later(() -> expire(request), request.launch.timeout().toMillis());
        request.launched.whenComplete((launched, thrown) -> expiry.cancel(false));
    }

    private Future<?> later(Runnable task, long inMs) {
        return timer.schedule(() -> executor.execute(task), inMs, TimeUnit.MILLISECONDS);
    }

    /** A launch fails when its time is over. One in flight may be carried out all the same; who departs from it waits for that. */
    private void expire(Request request) {
        queue.remove(request);
        failInTime(request);
    }

    private void failInTime(Request request) {
        request.fail(new EtcdException("no network within " + request.launch.timeout().toMillis()
                + " ms, since etcd at " + etcd.endpoints() + " does not answer: " + lastError, true, null));
    }

    // ---- one transaction after the other ----

    private void pump() {
        if (!ready) {
            ready = followed && !follower.isStarting() && !reads.areUnderWay(); // Our own blocks are known: nobody claims a new one beside a free one.
        }
        if (!ready || inFlight || closed || queue.isEmpty()) {
            return;
        }
        Plan plan = new Plan(node, blocks::isConfirmed);
        List<Request> included = new ArrayList<>();
        List<Request> waiting = new ArrayList<>();
        while (!queue.isEmpty()) {
            Request request = queue.poll();
            try {
                (include(request, plan) ? included : waiting).add(request);
            } catch (UnreadException e) {
                waiting.add(request);
                request.read = true;
                e.blocks().forEach(reads::read);
            } catch (AddressException e) {
                if (e.fromMemory() && !request.lookedAgain) {
                    waiting.add(request);
                    lookAgain(request);
                } else {
                    request.fail(e);
                }
            } catch (RuntimeException | Error e) { // A defect, or no memory: the others need not suffer from it.
                request.fail(e);
            }
            if (!plan.hasRoomFor(null, FEWEST_OPERATIONS)) {
                break;
            }
        }
        for (int i = waiting.size() - 1; i >= 0; i--) {
            queue.addFirst(waiting.get(i));
        }
        if (included.isEmpty()) {
            if (!reads.areUnderWay() && !waiting.isEmpty()) {
                executor.execute(this::pump); // Nothing was to be read after all.
            }
        } else {
            commit(plan, included);
        }
    }

    private void commit(Plan plan, List<Request> included) {
        inFlight = true;
        sent = included;
        sentNs = System.nanoTime();
        try {
            (plan.claimed().isEmpty() ? Failpoint.LEDGER_SENDING : Failpoint.LEDGER_CLAIMING).reach();
            follower.keep();
            etcd.commit(plan.comparisons(), plan.writes(), plan.reads())
                    .whenCompleteAsync((response, thrown) -> finish(plan, included, response, thrown), executor);
        } catch (RuntimeException | Error e) {
            follower.tell();
            sent = List.of();
            afterError(included, e);
        }
    }

    private boolean include(Request request, Plan plan) throws AddressException, UnreadException {
        if (request.lookedAgain && reads.areUnderWay()) {
            return false;
        }
        if (request.departure != null) {
            return planner.include(request.departure, plan);
        }
        Optional<Planner.Grant> grant = planner.include(request.launch, plan);
        grant.ifPresent(request.attempts::add);
        return grant.isPresent();
    }

    /** Others may have given back addresses and blocks since they were last seen: a refusal needs a fresh look. */
    private void lookAgain(Request request) {
        request.lookedAgain = true;
        request.read = true;
        blocks.forgetOthers();
        blocks.own().forEach(reads::read);
    }

    // ---- answers ----

    private void finish(Plan plan, List<Request> included, TxnResponse response, Throwable thrown) {
        inFlight = false;
        sent = List.of();
        try {
            (plan.claimed().isEmpty() ? Failpoint.LEDGER_ANSWERED : Failpoint.LEDGER_CLAIMED).reach();
            if (thrown == null) {
                backoff.reset();
                heard(plan, included, response);
            } else {
                afterError(included, thrown);
            }
        } catch (RuntimeException | Error e) { // A defect, or no memory: for who has heard nothing, as if no answer had come.
            LOG.error("an answer of etcd could not be used", e);
            afterError(included.stream().filter(each -> !each.isOver()).toList(), e);
        }
        follower.tell();
        pump();
    }

    private void heard(Plan plan, List<Request> included, TxnResponse response) {
        if (response.isSucceeded()) {
            long revision = response.getHeader().getRevision();
            plan.blocks().forEach((cidr, change) -> {
                if (change.written()) {
                    blocks.seen(cidr, new HeldBlocks.Held(change.block(), change.deletes() ? 0 : revision));
                }
            });
            included.forEach(request -> request.succeed(revision));
        } else {
            afterConflict(plan, included, response);
        }
    }

    /** Somebody else wrote first: the else branch brought what is there now. */
    private void afterConflict(Plan plan, List<Request> included, TxnResponse response) {
        List<GetResponse> brought = response.getGetResponses();
        int next = 0;
        for (Cidr cidr : plan.blocks().keySet()) {
            reads.seen(cidr, brought.get(next++), response.getHeader().getRevision());
        }
        Map<String, KeyValue> present = new HashMap<>();
        for (String key : plan.exclusive()) {
            brought.get(next++).getKvs().forEach(each -> present.put(key, each));
        }
        for (; next < brought.size(); next++) { // One for each family of which a block was to be claimed.
            for (KeyValue each : brought.get(next).getKvs()) {
                Keys.parse(each.getKey().toString(StandardCharsets.UTF_8))
                        .ifPresent(key -> blocks.exists(((Key.Block) key).cidr()));
            }
        }
        for (int i = included.size() - 1; i >= 0; i--) {
            Request request = included.get(i);
            if (request.launch == null || !request.isIn(present)) {
                again(request);
            } else {
                request.settle(present);
            }
        }
    }

    private void afterError(List<Request> included, Throwable thrown) {
        failed(thrown);
        boolean refused = thrown instanceof EtcdException etcdException && !etcdException.outcomeUnknown();
        for (int i = included.size() - 1; i >= 0; i--) {
            Request request = included.get(i);
            if (request.launch != null && refused) {
                request.fail(thrown);
            } else {
                again(request);
            }
        }
        if (backoff.isReset()) {
            LOG.warn("{}; launches and releases wait until it does", lastError);
        }
        // The outcome is unknown: what the next attempt is built on may be old. Then it loses, and its else branch brings the rest.
        pumpLater();
    }

    private void pumpLater() {
        inFlight = true;
        long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sentNs); // Much of it, perhaps, for a connection.
        later(() -> {
            inFlight = false;
            pump();
        }, Math.max(0, backoff.nextMs() - waitedMs));
    }

    private void again(Request request) {
        if (!request.isOver()) { // Else its time was over meanwhile.
            queue.addFirst(request);
        }
    }

    // ---- departures of which only the name is known ----

    private void resolve(Request request) {
        if (request.departure.known()) {
            queue.add(request);
            pump();
            return;
        }
        boolean maybeCommitted = sent.stream()
                .anyMatch(each -> each.launch != null && each.launch.handle().equals(request.departure.handle()));
        if (maybeCommitted) {
            later(() -> resolve(request), FIRST_BACKOFF_MS); // What is read now may not be all.
            return;
        }
        resolver.resolve(request.departure).whenComplete((found, thrown) -> resolved(request, found, thrown));
    }

    private void resolved(Request request, Optional<Departure> found, Throwable thrown) {
        if (thrown != null && Throwables.getCausalChain(thrown).stream().anyMatch(MalformedValueException.class::isInstance)) {
            request.fail(thrown); // Somebody else's malformed value: reading it again would not mend it.
        } else if (thrown != null) {
            failed(thrown);
            later(() -> resolve(request), Backoff.jittered(LAST_BACKOFF_MS));
        } else if (found.isEmpty()) {
            request.departed.complete(null);
        } else {
            depart(found.get()).whenComplete((done, failed) -> {
                if (failed == null) {
                    request.departed.complete(null);
                } else {
                    request.fail(failed);
                }
            });
        }
    }
}
