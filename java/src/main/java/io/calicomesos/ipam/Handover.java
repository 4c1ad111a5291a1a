package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdException;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;

/**
 * Addresses that are held already go from one handle to another, or are given back one by one: by one transaction, built on what was
 * read just before, and again if that has changed meanwhile. For a process that lives for one call and has nothing in memory: it
 * reads, and its caller waits.
 */
public final class Handover {
    /** Calico's blocks are of no other prefix lengths, these many below that of an address. */
    private static final int MAX_HOST_BITS = Block.MAX_HOST_BITS;
    private static final long AGAIN_MS = 20;

    private final Etcd etcd;
    private final NodeName node;

    /**
     * Prepares.
     *
     * @param etcd the datastore
     * @param node this host
     */
    public Handover(Etcd etcd, NodeName node) {
        this.etcd = etcd;
        this.node = node;
    }

    /** A change that may have to be tried several times. */
    private interface Attempt<T> {
        /** What came of it; none if what it was built on has changed. */
        Optional<T> now() throws AddressException;
    }

    /**
     * Who holds addresses.
     *
     * @param addresses which ones
     * @param timeout how long to try
     * @return the handles by address; none for an address that is free
     * @throws EtcdException if etcd does not answer in time
     */
    public Map<InetAddress, HandleId> holders(Collection<InetAddress> addresses, Duration timeout) throws AddressException {
        return inTime(timeout, () -> {
            Books books = read(addresses);
            Map<InetAddress, HandleId> holders = new HashMap<>();
            addresses.forEach(each -> books.holder(each).ifPresent(holder -> holders.put(each, holder)));
            return Optional.of(holders);
        });
    }

    /**
     * Gives a container addresses that others hold for it.
     *
     * @param launch the container; all its wishes name an address
     * @param from whether what a handle holds may be taken
     * @return what was committed
     * @throws AddressException if an address is free, or held by another handle
     * @throws EtcdException if etcd does not answer in time: then it may have been committed, and must be departed from
     * @throws CompletionException of a {@link TakenException} if a key that is to be created is there already
     */
    public Launched launch(Launch launch, Predicate<HandleId> from) throws AddressException {
        List<InetAddress> addresses = launch.wishes().stream().flatMap(each -> each.each().stream())
                .map(wish -> ((Wish.This) wish).address()).toList();
        List<Launch.Document> documents = launch.documents().apply(addresses);
        return inTime(launch.timeout(), () -> {
            Books books = read(addresses);
            Optional<Launched> before = committed(launch, documents, addresses);
            if (before.isPresent()) {
                return before; // By an attempt of which no answer came.
            }
            Plan plan = new Plan(node, cidr -> true);
            Attribute holder = Attribute.of(launch.handle(), node, Instant.now());
            Handle handle = Handle.EMPTY;
            for (InetAddress each : addresses) {
                if (books.holder(each).isEmpty()) {
                    throw new AddressException(
                            "address " + InetAddresses.toAddrString(each) + " is not allocated: allocate or reserve it first");
                }
                Cidr cidr = books.takeBack(each, from);
                books.assign(each, holder);
                handle = handle.increment(cidr, 1);
            }
            books.write(plan);
            plan.launch(launch.handle(), handle, documents);
            return commit(plan, books).map(revision -> new Launched(revision, addresses, true));
        });
    }

    /** Whether the very documents are there: each endpoint has a uid of its own. */
    private Optional<Launched> committed(Launch launch, List<Launch.Document> documents, List<InetAddress> addresses) {
        boolean taken = read(Etcd.bytes(Keys.handle(launch.handle()))).isPresent();
        for (Launch.Document each : documents.stream().filter(Launch.Document::exclusive).toList()) {
            Optional<KeyValue> there = read(Etcd.bytes(each.key()));
            if (there.isPresent() && Arrays.equals(there.get().getValue().getBytes(), each.value())) {
                return Optional.of(new Launched(there.get().getCreateRevision(), addresses, true));
            }
            taken |= there.isPresent();
        }
        if (taken) {
            throw new CompletionException(
                    new TakenException("a network for this container exists already, under " + launch.handle()));
        }
        return Optional.empty();
    }

    /**
     * Gives addresses back. Those that are free are ignored.
     *
     * @param addresses which ones
     * @param from whether what a handle holds may be taken
     * @param timeout how long to try
     * @throws AddressException if another handle holds one of them: then none is given back
     * @throws EtcdException if etcd does not answer in time
     */
    public void release(Collection<InetAddress> addresses, Predicate<HandleId> from, Duration timeout) throws AddressException {
        inTime(timeout, () -> {
            Books books = read(addresses);
            for (InetAddress each : addresses) {
                if (books.holder(each).isPresent()) {
                    books.takeBack(each, from);
                }
            }
            Plan plan = new Plan(node, cidr -> true);
            books.write(plan);
            return plan.blocks().isEmpty() ? Optional.of(0L) : commit(plan, books); // Nothing is held any more.
        });
    }

    private <T> T inTime(Duration timeout, Attempt<T> attempt) throws AddressException {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        String last = "others change the same blocks";
        while (System.nanoTime() - deadlineNs < 0) {
            try {
                Optional<T> result = attempt.now();
                if (result.isPresent()) {
                    return result.get();
                }
                Thread.sleep(AGAIN_MS);
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof EtcdException thrown) || !thrown.outcomeUnknown()) {
                    throw e;
                }
                last = thrown.getMessage();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        throw new EtcdException("not done within " + timeout.toMillis() + " ms: " + last, true, null);
    }

    /** Which revision it has, if it was carried out. */
    private Optional<Long> commit(Plan plan, Books books) {
        List<Cmp> comparisons = new ArrayList<>(plan.comparisons());
        List<Op> writes = new ArrayList<>(plan.writes());
        books.handles(comparisons, writes);
        TxnResponse response = etcd.commit(comparisons, writes, List.of()).join();
        return response.isSucceeded() ? Optional.of(response.getHeader().getRevision()) : Optional.empty();
    }

    // ---- what there is ----

    private Books read(Collection<InetAddress> addresses) {
        Map<Cidr, CompletableFuture<GetResponse>> reads = new LinkedHashMap<>();
        for (InetAddress each : addresses) {
            int bits = each.getAddress().length * Byte.SIZE;
            for (int length = bits - MAX_HOST_BITS; length <= bits; length++) {
                reads.computeIfAbsent(Cidr.containing(each, length), cidr -> etcd.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT));
            }
        }
        Books books = new Books();
        reads.forEach((cidr, response) -> {
            HeldBlocks.Held held = HeldBlocks.Held.of(cidr, response.join());
            if (held.revision() != 0) {
                books.blocks.put(cidr, held.block());
                books.revisions.put(cidr, held.revision());
            }
        });
        return books;
    }

    private Optional<KeyValue> read(ByteSequence key) {
        return etcd.get(key, GetOption.DEFAULT).join().getKvs().stream().findFirst();
    }

    /** Blocks as they were read and as they will be, and how much goes from which handle. */
    private final class Books {
        private final Map<Cidr, Block> blocks = new LinkedHashMap<>();
        private final Map<Cidr, Long> revisions = new HashMap<>();
        private final Map<HandleId, Map<Cidr, Integer>> taken = new LinkedHashMap<>();

        private Optional<Cidr> cidr(InetAddress address) {
            return blocks.keySet().stream().filter(each -> each.contains(address)).findFirst();
        }

        Optional<HandleId> holder(InetAddress address) {
            return cidr(address).flatMap(each -> blocks.get(each).holderOf(address))
                    .map(each -> new HandleId(each.holder().filter(handle -> !handle.isEmpty()).orElse("unknown")));
        }

        /** Takes an address from its handle, and tells its block. */
        Cidr takeBack(InetAddress address, Predicate<HandleId> from) throws AddressException {
            HandleId handle = holder(address).orElseThrow();
            if (!from.test(handle)) {
                throw new AddressException("address " + InetAddresses.toAddrString(address) + " is taken: handle " + handle + " holds it");
            }
            Cidr cidr = cidr(address).orElseThrow();
            Release release = blocks.get(cidr).release(List.of(ReleaseRequest.of(address, handle)));
            blocks.put(cidr, ((Release.Released) release).block());
            taken.computeIfAbsent(handle, each -> new HashMap<>()).merge(cidr, 1, Integer::sum);
            return cidr;
        }

        void assign(InetAddress address, Attribute holder) {
            Cidr cidr = cidr(address).orElseThrow();
            blocks.put(cidr, ((AddressAssignment.Assigned) blocks.get(cidr).assign(address, holder)).block());
        }

        void write(Plan plan) {
            taken.values().stream().flatMap(each -> each.keySet().stream()).distinct().forEach(cidr -> {
                Block block = blocks.get(cidr);
                if (block.isEmpty() && block.affinity().isEmpty()) { // As in libcalico-go.
                    plan.delete(cidr, block, revisions.get(cidr));
                } else {
                    plan.change(cidr, block, revisions.get(cidr));
                }
            });
        }

        /** What becomes of the handles that lose something. */
        void handles(List<Cmp> comparisons, List<Op> writes) {
            taken.forEach((id, counts) -> {
                ByteSequence key = Etcd.bytes(Keys.handle(id));
                Optional<KeyValue> read = read(key);
                comparisons.add(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(read.map(KeyValue::getModRevision).orElse(0L))));
                if (read.isEmpty()) {
                    return;
                }
                Handle handle = Json.read(Handle.class, key.toString(StandardCharsets.UTF_8), read.get().getValue().getBytes());
                for (Map.Entry<Cidr, Integer> each : counts.entrySet()) {
                    boolean all = handle.block().getOrDefault(each.getKey().toString(), 0) <= each.getValue();
                    handle = all ? handle.without(each.getKey()) : handle.decrement(each.getKey(), each.getValue());
                }
                writes.add(handle.isEmpty() ? Op.delete(key, DeleteOption.DEFAULT)
                        : Op.put(key, Etcd.bytes(Json.write(handle)), PutOption.DEFAULT));
            });
        }
    }
}
