package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.Mirror;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.options.GetOption;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives and takes back addresses, with everything that is written along with them, by one etcd transaction each; those that
 * arrive while a transaction is in flight go together in the next (group commit). This host's blocks are held in memory, so
 * nothing is read first: a transaction says what it was built on, and if that no longer holds, its else branch brings what is
 * there now.
 *
 * <p>All state belongs to one thread, the executor's. Nothing here waits.
 */
public final class Ledger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    private static final int IPV4 = 4;
    private static final int MAX_QUEUE = 10_000;
    private static final int OPERATIONS_OF_A_LAUNCH = 3; // Handle, endpoint, and the block if it is a new one.
    private static final long FIRST_BACKOFF_MS = 50;
    private static final long LAST_BACKOFF_MS = 1_000;

    private final Etcd etcd;
    private final NodeName node;
    private final ScheduledExecutorService executor;
    private final AddressSpace space;
    private final Mirror affinities;

    private final Map<Cidr, Held> own = new TreeMap<>(Ledger::byNetwork); // This host's blocks.
    private final Map<Cidr, Held> others = new HashMap<>(); // Read for requests that wait; revision 0: no such block.
    private final Set<Cidr> taken = new HashSet<>(); // Blocks that were there when a claim last lost.
    private final Set<Cidr> reading = new HashSet<>();
    private final RandomGenerator random = new SplittableRandom();
    private final Deque<Request> queue = new ArrayDeque<>();
    private boolean followed;
    private boolean ready;
    private boolean inFlight;
    private boolean closed;
    private long backoffMs = FIRST_BACKOFF_MS;
    private String lastError = "it has not answered yet";

    /** A block as it was last seen in etcd; the block is null, and the revision 0, if there is none. */
    private record Held(Block block, long revision) {}

    private static final class Request {
        final Launch launch; // One of the two.
        final Departure departure;
        final CompletableFuture<Launched> launched = new CompletableFuture<>();
        final CompletableFuture<Void> departed = new CompletableFuture<>();
        List<InetAddress> addresses = List.of(); // Of the attempt in flight.
        List<Launch.Document> documents = List.of();
        boolean expired;

        Request(Launch launch, Departure departure) {
            this.launch = launch;
            this.departure = departure;
        }
    }

    /** A request has to wait for a block that is not this host's to be read. */
    private static final class UnreadException extends Exception {
        private static final long serialVersionUID = 1;
        private final transient Cidr cidr;

        UnreadException(Cidr cidr) {
            super(null, null, false, false);
            this.cidr = cidr;
        }
    }

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd the datastore
     * @param node this host's name in Calico
     * @param executor one thread of its own
     */
    public Ledger(Etcd etcd, NodeName node, ScheduledExecutorService executor) {
        this.etcd = etcd;
        this.node = node;
        this.executor = executor;
        this.space = new AddressSpace(etcd, node, executor);
        this.affinities = new Mirror(etcd, Keys.affinities(node, IPV4), new Affinities(), executor);
    }

    /** Starts to read what the launches need, in the background. */
    public void start() {
        CompletableFuture.allOf(space.start(), affinities.start()).thenRunAsync(() -> {
            followed = true;
            pump();
        }, executor);
    }

    @Override
    public void close() {
        executor.execute(() -> {
            closed = true;
            space.close();
            affinities.close();
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
            if (queue.size() >= MAX_QUEUE) {
                request.launched.completeExceptionally(
                        new AddressException("too many launches at once: " + MAX_QUEUE + " are waiting for etcd already"));
                return;
            }
            queue.add(request);
            pump();
        });
        executor.schedule(() -> expire(request), launch.timeout().toMillis(), TimeUnit.MILLISECONDS);
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
        GetOption keys = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        String endpoints = Keys.endpoints(WorkloadEndpoint.DEFAULT_NAMESPACE) + EndpointName.prefixOf(node);
        String handles = Keys.HANDLES + HandleId.prefixOf(node);
        return etcd.get(Etcd.bytes(endpoints), keys).thenCombine(etcd.get(Etcd.bytes(handles), keys), (first, second) -> {
            Set<WorkloadName> found = new HashSet<>();
            Stream.concat(first.getKvs().stream(), second.getKvs().stream())
                    .map(each -> Keys.parse(each.getKey().toString(StandardCharsets.UTF_8)))
                    .flatMap(Optional::stream)
                    .map(this::workloadOf)
                    .flatMap(Optional::stream)
                    .forEach(found::add);
            return found;
        });
    }

    private Optional<WorkloadName> workloadOf(Key key) {
        if (key instanceof Key.Handle handle) {
            return handle.id().workloadOn(node);
        }
        return key instanceof Key.Endpoint endpoint
                ? EndpointName.parse(endpoint.name()).map(name -> new WorkloadName(name.workload())) : Optional.empty();
    }

    /** A launch that still waits when its time is over fails; one in flight has the answer to wait for. */
    private void expire(Request request) {
        request.expired = true;
        if (queue.remove(request)) {
            failInTime(request);
        }
    }

    private void failInTime(Request request) {
        request.launched.completeExceptionally(new AddressException("no network within "
                + request.launch.timeout().toMillis() + " ms, since etcd at " + etcd.endpoints() + " does not answer: " + lastError));
    }

    // ---- one transaction after the other ----

    private void pump() {
        if (!ready) {
            ready = followed && reading.isEmpty(); // Our own blocks are known: nobody claims a new one beside a free one.
        }
        if (!ready || inFlight || closed || queue.isEmpty()) {
            return;
        }
        Plan plan = new Plan(node);
        List<Request> included = new ArrayList<>();
        List<Request> waiting = new ArrayList<>();
        while (!queue.isEmpty()) {
            Request request = queue.poll();
            try {
                if (include(request, plan)) {
                    included.add(request);
                } else {
                    waiting.add(request);
                }
            } catch (UnreadException e) {
                waiting.add(request);
                read(e.cidr);
            } catch (AddressException | RuntimeException e) {
                fail(request, e);
            }
            if (!plan.hasRoomFor(null, OPERATIONS_OF_A_LAUNCH)) {
                break;
            }
        }
        for (int i = waiting.size() - 1; i >= 0; i--) {
            queue.addFirst(waiting.get(i));
        }
        if (waiting.isEmpty()) {
            others.clear(); // What is not followed is only believed as long as somebody waits for it.
        }
        if (!included.isEmpty()) {
            inFlight = true;
            etcd.commit(plan.comparisons(), plan.writes(), plan.reads())
                    .whenCompleteAsync((response, thrown) -> finish(plan, included, response, thrown), executor);
        }
    }

    private static void fail(Request request, Exception e) {
        if (request.launch == null) {
            request.departed.completeExceptionally(e);
        } else {
            request.launched.completeExceptionally(e);
        }
    }

    private boolean include(Request request, Plan plan) throws AddressException, UnreadException {
        if (request.launch == null) {
            if (!plan.hasRoomFor(request.departure.handle(), 2 + request.departure.addresses().size())) {
                return false;
            }
            includeDeparture(request.departure, plan);
            return true;
        }
        int operations = OPERATIONS_OF_A_LAUNCH + request.launch.addresses().size() + request.launch.automatic();
        if (!plan.hasRoomFor(request.launch.handle(), operations)) {
            return false;
        }
        includeLaunch(request, plan);
        return true;
    }

    private void includeLaunch(Request request, Plan plan) throws AddressException, UnreadException {
        Launch launch = request.launch;
        Attribute holder = Attribute.of(launch.handle(), node, Instant.now());
        List<InetAddress> addresses = new ArrayList<>();
        Map<Cidr, Plan.Change> changes = new HashMap<>();
        Handle handle = Handle.EMPTY;
        for (InetAddress address : launch.addresses()) {
            Cidr cidr = assign(address, holder, plan, changes);
            addresses.add(address);
            handle = handle.increment(cidr, 1);
        }
        for (int i = 0; i < launch.automatic(); i++) {
            Map.Entry<Cidr, InetAddress> given = assignAny(holder, plan, changes);
            addresses.add(given.getValue());
            handle = handle.increment(given.getKey(), 1);
        }
        // Nothing was put into the plan so far: a launch that is refused half-way leaves it as it was.
        changes.forEach((cidr, change) -> plan.change(cidr, change.block(), change.revision()));
        request.addresses = List.copyOf(addresses);
        request.documents = launch.documents().apply(request.addresses);
        plan.launch(launch.handle(), handle, request.documents);
    }

    /** The block as the plan, or this request, leaves it so far. */
    private Plan.Change current(Cidr cidr, Plan plan, Map<Cidr, Plan.Change> changes) {
        Plan.Change change = changes.get(cidr);
        if (change == null) {
            change = plan.block(cidr);
        }
        if (change == null) {
            Held held = own.getOrDefault(cidr, others.get(cidr));
            change = held == null ? null : new Plan.Change(held.block(), held.revision());
        }
        return change;
    }

    private Cidr assign(InetAddress address, Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws AddressException, UnreadException {
        IpPool pool = space.poolOf(address);
        Cidr cidr = Cidr.containing(address, pool.blockPrefixLength());
        Plan.Change change = current(cidr, plan, changes);
        if (change == null) {
            throw new UnreadException(cidr);
        }
        Block block = change.block() == null ? Block.empty(cidr, node, nowNs()) : change.block();
        String text = InetAddresses.toAddrString(address);
        if (!block.belongsTo(node) && space.config().strictAffinity()) {
            throw new AddressException("address " + text + " is in block " + cidr + " of "
                    + block.affinity().orElse("nobody") + ", and IPAM's strict affinity forbids to take it on host " + node);
        }
        AddressAssignment outcome = block.assign(address, holder);
        if (outcome instanceof AddressAssignment.Assigned assigned) {
            changes.put(cidr, new Plan.Change(assigned.block(), change.revision()));
            return cidr;
        }
        Attribute other = ((AddressAssignment.Held) outcome).holder();
        throw new AddressException("address " + text + " is taken: handle " + other.holder().orElse("unknown") + " on node "
                + other.node().orElse("unknown") + " holds it");
    }

    private Map.Entry<Cidr, InetAddress> assignAny(Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws AddressException {
        List<IpPool> pools = space.automatic(IPV4);
        if (pools.isEmpty()) {
            throw new AddressException("no IPPool can be used on host " + node + ": " + space.describe());
        }
        Set<Cidr> candidates = new HashSet<>(own.keySet());
        candidates.addAll(plan.blocks().keySet());
        candidates.addAll(changes.keySet());
        for (Cidr cidr : candidates.stream().sorted(Ledger::byNetwork).toList()) {
            Plan.Change change = current(cidr, plan, changes);
            if (change.block().belongsTo(node) && pools.stream().anyMatch(pool -> pool.spec().cidr().contains(cidr))) {
                Assignment assignment = change.block().assign(1, holder, space.reserved());
                if (!assignment.addresses().isEmpty()) {
                    changes.put(cidr, new Plan.Change(assignment.block(), change.revision()));
                    return Map.entry(cidr, assignment.addresses().get(0));
                }
            }
        }
        return claim(pools, holder, candidates, changes);
    }

    private Map.Entry<Cidr, InetAddress> claim(
            List<IpPool> pools, Attribute holder, Set<Cidr> mine, Map<Cidr, Plan.Change> changes) throws AddressException {
        if (!space.config().autoAllocateBlocks() || mine.size() >= space.config().blockLimit()) {
            throw new AddressException("no address is free: the " + mine.size() + " blocks of host " + node
                    + " are full, and IPAM's settings allow no more (maxBlocksPerHost is " + space.config().blockLimit()
                    + ", auto_allocate_blocks " + space.config().autoAllocateBlocks() + ")");
        }
        Set<Cidr> not = new HashSet<>(taken);
        not.addAll(mine);
        for (IpPool pool : pools) {
            Optional<Cidr> free = new BlockClaims(pool, node, not, space.reserved(), random).next();
            if (free.isPresent()) {
                Assignment assignment = Block.empty(free.get(), node, nowNs()).assign(1, holder, space.reserved());
                changes.put(free.get(), new Plan.Change(assignment.block(), 0));
                return Map.entry(free.get(), assignment.addresses().get(0));
            }
        }
        throw new AddressException("no address is free on host " + node + ": its " + mine.size()
                + " blocks are full and every other block of the pools is taken; " + space.describe());
    }

    private void includeDeparture(Departure departure, Plan plan) throws UnreadException {
        Map<Cidr, List<ReleaseRequest>> byBlock = new HashMap<>();
        for (InetAddress address : departure.addresses()) {
            byBlock.computeIfAbsent(blockOf(address, plan), each -> new ArrayList<>())
                    .add(ReleaseRequest.of(address, departure.handle()));
        }
        byBlock.forEach((cidr, requests) -> {
            Plan.Change change = current(cidr, plan, Map.of());
            if (change.block() != null) {
                Release release = change.block().release(requests);
                if (release instanceof Release.Released released) {
                    if (!released.addresses().isEmpty()) {
                        plan.change(cidr, released.block(), change.revision());
                    }
                } else {
                    LOG.error("{} is not given back: {}", departure.addresses(), release);
                }
            }
        });
        plan.depart(departure);
    }

    /** The block that an address is in: one of ours, one read before, or else the one that its pool says. */
    private Cidr blockOf(InetAddress address, Plan plan) throws UnreadException {
        for (Cidr cidr : own.keySet()) {
            if (cidr.contains(address)) {
                return cidr;
            }
        }
        for (Cidr cidr : others.keySet()) {
            if (cidr.contains(address)) {
                return cidr;
            }
        }
        Cidr cidr = Cidr.containing(address, space.blockPrefixLength(address));
        if (plan.block(cidr) == null) {
            throw new UnreadException(cidr);
        }
        return cidr;
    }

    // ---- answers ----

    private void finish(Plan plan, List<Request> included, TxnResponse response, Throwable thrown) {
        inFlight = false;
        if (thrown != null) {
            afterError(included, thrown);
            return;
        }
        backoffMs = FIRST_BACKOFF_MS;
        if (response.isSucceeded()) {
            long revision = response.getHeader().getRevision();
            plan.blocks().forEach((cidr, change) -> seen(cidr, new Held(change.block(), revision)));
            for (Request request : included) {
                if (request.launch == null) {
                    request.departed.complete(null);
                } else {
                    request.launched.complete(new Launched(revision, request.addresses));
                }
            }
        } else {
            afterConflict(plan, included, response.getGetResponses());
        }
        pump();
    }

    /** Somebody else wrote first: the else branch brought what is there now. */
    private void afterConflict(Plan plan, List<Request> included, List<GetResponse> reads) {
        int next = 0;
        for (Cidr cidr : plan.blocks().keySet()) {
            seen(cidr, heldOf(cidr, reads.get(next++)));
        }
        Map<String, KeyValue> present = new HashMap<>();
        for (String key : plan.exclusive()) {
            reads.get(next++).getKvs().forEach(each -> present.put(key, each));
        }
        if (plan.claims()) {
            for (KeyValue each : reads.get(next).getKvs()) {
                Keys.parse(each.getKey().toString(StandardCharsets.UTF_8))
                        .ifPresent(key -> taken.add(((Key.Block) key).cidr()));
            }
        }
        for (int i = included.size() - 1; i >= 0; i--) {
            Request request = included.get(i);
            if (request.launch == null || request.documents.stream().noneMatch(each -> present.containsKey(each.key()))) {
                again(request);
            } else {
                settle(request, present);
            }
        }
    }

    /** A launch whose keys are there already: by an earlier attempt of ours of which no answer came, or by somebody else. */
    private void settle(Request request, Map<String, KeyValue> present) {
        List<Launch.Document> exclusive = request.documents.stream().filter(Launch.Document::exclusive).toList();
        KeyValue first = present.get(exclusive.get(0).key());
        boolean ours = exclusive.stream().allMatch(each -> present.containsKey(each.key())
                && Arrays.equals(present.get(each.key()).getValue().getBytes(), each.value()));
        if (ours) {
            request.launched.complete(new Launched(first.getCreateRevision(), request.addresses));
        } else {
            request.launched.completeExceptionally(new TakenException(
                    "a network for this container exists already: " + first.getKey().toString(StandardCharsets.UTF_8)));
        }
    }

    private void afterError(List<Request> included, Throwable thrown) {
        lastError = String.valueOf(thrown.getMessage());
        boolean refused = thrown instanceof EtcdException etcdException && !etcdException.outcomeUnknown();
        for (int i = included.size() - 1; i >= 0; i--) {
            Request request = included.get(i);
            if (request.launch != null && (refused || request.expired)) {
                request.launched.completeExceptionally(thrown);
            } else {
                again(request);
            }
        }
        LOG.warn("{}; trying again in {} ms", lastError, backoffMs);
        // The outcome is unknown: what the next attempt is built on may be old. Then it loses, and its else branch brings the rest.
        pumpLater();
    }

    private void pumpLater() {
        inFlight = true;
        executor.schedule(() -> {
            inFlight = false;
            pump();
        }, backoffMs, TimeUnit.MILLISECONDS);
        backoffMs = Math.min(2 * backoffMs, LAST_BACKOFF_MS);
    }

    private void again(Request request) {
        if (request.launch != null && request.expired) {
            failInTime(request);
        } else {
            queue.addFirst(request);
        }
    }

    /** What etcd holds of a block, or, after our own transaction, what it then holds. */
    private void seen(Cidr cidr, Held held) {
        if (held.block() != null && held.block().belongsTo(node)) {
            Held before = own.get(cidr);
            if (before == null || before.revision() <= held.revision()) {
                own.put(cidr, held);
            }
            others.remove(cidr);
        } else {
            own.remove(cidr);
            others.put(cidr, held);
            if (held.block() != null) {
                taken.add(cidr);
            }
        }
    }

    private static Held heldOf(Cidr cidr, GetResponse response) {
        if (response.getKvs().isEmpty()) {
            return new Held(null, 0);
        }
        KeyValue read = response.getKvs().get(0);
        return new Held(Json.read(Block.class, Keys.block(cidr), read.getValue().getBytes()), read.getModRevision());
    }

    // ---- reads, none of them in the steady state ----

    private void read(Cidr cidr) {
        if (reading.add(cidr)) {
            readNow(cidr);
        }
    }

    private void readNow(Cidr cidr) {
        etcd.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT).whenCompleteAsync((response, thrown) -> {
            if (thrown != null) {
                lastError = String.valueOf(thrown.getMessage());
                executor.schedule(() -> readNow(cidr), LAST_BACKOFF_MS, TimeUnit.MILLISECONDS);
                return;
            }
            reading.remove(cidr);
            try {
                seen(cidr, heldOf(cidr, response));
            } catch (MalformedValueException e) {
                LOG.error("block {} cannot be used: {}", cidr, e.getMessage());
            }
            pump();
        }, executor);
    }

    /** Reads what etcd holds of a container of which only the names are known. */
    private void resolve(Request request) {
        Departure departure = request.departure;
        if (departure.endpointRevision() != 0) {
            queue.add(request);
            pump();
            return;
        }
        CompletableFuture<GetResponse> endpoint = etcd.get(Etcd.bytes(departure.endpointKey()), GetOption.DEFAULT);
        CompletableFuture<GetResponse> handle = etcd.get(Etcd.bytes(Keys.handle(departure.handle())), GetOption.DEFAULT);
        endpoint.thenCombine(handle, (first, second) -> resolved(departure, first, second))
                .thenCompose(found -> found)
                .whenCompleteAsync((found, thrown) -> {
                    if (thrown != null) {
                        lastError = String.valueOf(thrown.getMessage());
                        executor.schedule(() -> resolve(request), LAST_BACKOFF_MS, TimeUnit.MILLISECONDS);
                    } else if (found.isEmpty()) {
                        request.departed.complete(null);
                    } else {
                        depart(found.get()).thenRun(() -> request.departed.complete(null));
                    }
                }, executor);
    }

    private CompletableFuture<Optional<Departure>> resolved(Departure departure, GetResponse endpoint, GetResponse handle) {
        if (endpoint.getKvs().isEmpty() && handle.getKvs().isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        // A revision that no key has makes the conditional delete of an endpoint that is not there do nothing.
        long revision = endpoint.getKvs().isEmpty() ? Long.MAX_VALUE : endpoint.getKvs().get(0).getCreateRevision();
        List<CompletableFuture<List<InetAddress>>> addresses = new ArrayList<>();
        for (KeyValue each : handle.getKvs()) {
            Handle held = Json.read(Handle.class, Keys.handle(departure.handle()), each.getValue().getBytes());
            for (String block : held.block().keySet()) {
                Cidr cidr = Cidr.parse(block);
                addresses.add(etcd.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT).thenApply(response -> {
                    Held read = heldOf(cidr, response);
                    return read.block() == null ? List.<InetAddress>of() : read.block().addressesOf(departure.handle());
                }));
            }
        }
        return CompletableFuture.allOf(addresses.toArray(CompletableFuture[]::new)).thenApply(done -> Optional.of(new Departure(
                departure.handle(), departure.endpointKey(), revision,
                addresses.stream().flatMap(each -> each.join().stream()).toList())));
    }

    /** Learns which blocks are this host's; their contents are read once, and then known from our own transactions. */
    private final class Affinities implements Mirror.Follower {
        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            entries.forEach(this::put);
        }

        @Override
        public void put(Mirror.Entry entry) {
            Keys.parse(entry.key()).ifPresent(key -> {
                if (key instanceof Key.Affinity affinity && affinity.host().equals(node.value())
                        && !own.containsKey(affinity.cidr())) {
                    read(affinity.cidr());
                }
            });
        }

        @Override
        public void deleted(String key) {
            // The next transaction on the block loses, and its else branch brings what became of it.
        }
    }

    private static long nowNs() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    private static int byNetwork(Cidr a, Cidr b) {
        int byAddress = Arrays.compareUnsigned(a.network().getAddress(), b.network().getAddress());
        return byAddress != 0 ? byAddress : Integer.compare(a.prefixLength(), b.prefixLength());
    }
}
