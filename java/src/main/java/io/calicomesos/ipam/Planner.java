package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which addresses a launch gets and what a departure gives back, and puts that into a plan. Reads nothing: what it
 * builds on is checked by the plan's transaction. Not for several threads.
 */
final class Planner {
    private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

    private static final int OPERATIONS_OF_A_BLOCK = 2; // It and its affinity.
    private static final int MAX_READ_AT_ONCE = 8;

    private final NodeName node;
    private final AddressSpace space;
    private final HeldBlocks blocks;
    private final BiPredicate<InetAddress, String> inUse;
    private final SplittableRandom random = new SplittableRandom();
    /** Pools in which no block is left to be claimed, and what was known then ({@link #version}). */
    private final Map<String, Long> exhausted = new HashMap<>();

    Planner(NodeName node, AddressSpace space, HeldBlocks blocks, BiPredicate<InetAddress, String> inUse) {
        this.node = node;
        this.space = space;
        this.blocks = blocks;
        this.inUse = inUse;
    }

    /**
     * What a launch gets if the plan is committed.
     *
     * @param addresses in the order of the wishes
     * @param documents what is written with them
     */
    record Grant(List<InetAddress> addresses, List<Launch.Document> documents) {}

    private record Given(Cidr block, InetAddress address) {}

    /**
     * Puts a launch into a plan; a launch that is refused leaves the plan as it was.
     *
     * @return none if the plan has no room for it
     */
    Optional<Grant> include(Launch launch, Plan plan) throws AddressException, UnreadException {
        Attribute holder = Attribute.of(launch.handle(), node, Instant.now());
        List<InetAddress> addresses = new ArrayList<>();
        Map<Cidr, Plan.Change> changes = new HashMap<>();
        Handle handle = Handle.EMPTY;
        for (Wishes wishes : launch.wishes()) {
            for (Wish wish : wishes.each()) {
                Given given = wish instanceof Wish.This that
                        ? assign(that.address(), wishes.pools(), holder, plan, changes)
                        : assignAny(((Wish.Any) wish).ipVersion(), wishes.pools(), holder, plan, changes);
                handle = handle.increment(given.block(), 1);
                addresses.add(given.address());
            }
        }
        Grant grant = new Grant(List.copyOf(addresses), launch.documents().apply(List.copyOf(addresses)));
        if (!plan.hasRoomFor(launch.handle(), 1 + grant.documents().size() + OPERATIONS_OF_A_BLOCK * changes.size())) {
            if (plan.isEmpty()) {
                throw new AddressException("container " + launch.handle() + " asks for more than one etcd transaction can hold: "
                        + grant.documents().size() + " documents and " + addresses.size() + " addresses");
            }
            return Optional.empty();
        }
        changes.forEach((cidr, change) -> plan.change(cidr, change.block(), change.revision()));
        plan.launch(launch.handle(), handle, grant.documents());
        return Optional.of(grant);
    }

    /**
     * Puts a departure into a plan.
     *
     * @return false if the plan has no room for it
     */
    boolean include(Departure departure, Plan plan) throws UnreadException {
        int operations = 1 + departure.endpoints().size() + OPERATIONS_OF_A_BLOCK * departure.addresses().size();
        if (!plan.isEmpty() && !plan.hasRoomFor(departure.handle(), operations)) {
            return false;
        }
        Map<Cidr, List<ReleaseRequest>> byBlock = new HashMap<>();
        for (InetAddress address : departure.addresses()) {
            byBlock.computeIfAbsent(blockOf(address, plan), each -> new ArrayList<>())
                    .add(ReleaseRequest.of(address, departure.handle()));
        }
        byBlock.forEach((cidr, requests) -> {
            Plan.Change change = current(cidr, plan, Map.of()).orElseThrow();
            // Also what needs no change is compared: a block in memory may be older than the address that it should give back.
            if (change.revision() != HeldBlocks.Held.BROKEN.revision()) {
                plan.expect(cidr, change.block(), change.revision());
            }
            if (change.revision() == 0 || change.block() == null) {
                return; // There is no such block, or this plan's transaction fails: nothing to give back, or another try.
            }
            Release release = change.block().release(requests);
            if (release instanceof Release.Conflict) {
                LOG.error("{} is not given back, since it is not {}'s: {}", departure.addresses(), departure.handle(), release);
            } else if (release instanceof Release.Released released && !released.addresses().isEmpty()) {
                if (isUseless(released.block())) {
                    plan.delete(cidr, released.block(), change.revision());
                } else {
                    plan.change(cidr, released.block(), change.revision());
                }
            }
        });
        plan.depart(departure);
        return true;
    }

    /** An empty block goes, as in libcalico-go, if it is nobody's, or this host's and its pools no longer select the host. */
    private boolean isUseless(Block block) {
        return block.isEmpty() && (block.affinity().isEmpty() || block.belongsTo(node) && !space.selects(block.cidr()));
    }

    /**
     * Puts the release of an empty block of this host into a plan, if it is not wanted: no pool gives from it here any more, or
     * another one of this host in its family has a free address.
     *
     * @return whether it was put there
     */
    boolean includeRelease(Cidr cidr, Plan plan) {
        HeldBlocks.Held held = blocks.get(cidr).orElse(HeldBlocks.Held.BROKEN);
        if (held.block() == null || !held.block().isEmpty() || !held.block().belongsTo(node)) {
            return false;
        }
        boolean wanted = space.selects(cidr) && blocks.own().stream().noneMatch(other -> !other.equals(cidr)
                && other.ipVersion() == cidr.ipVersion() && plan.block(other) == null && space.selects(other)
                && blocks.get(other).orElseThrow().block().freeCount(space.reserved()) > 0);
        if (wanted) {
            return false;
        }
        plan.delete(cidr, held.block(), held.revision());
        return true;
    }

    /** The block as this request, or the plan, leaves it so far, or else as it was last seen. */
    private Optional<Plan.Change> current(Cidr cidr, Plan plan, Map<Cidr, Plan.Change> changes) {
        if (changes.containsKey(cidr)) {
            return Optional.of(changes.get(cidr));
        }
        if (plan.block(cidr) != null) {
            return Optional.of(plan.block(cidr));
        }
        return blocks.get(cidr).map(held -> new Plan.Change(held.block(), held.revision(), false));
    }

    // ---- an address asked for by value ----

    private Given assign(InetAddress address, List<String> pools, Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws AddressException, UnreadException {
        Cidr cidr = Pools.blockOf(space.poolOf(address, pools), address);
        String text = InetAddresses.toAddrString(address);
        Optional<Plan.Change> change = current(cidr, plan, changes);
        if (change.isEmpty() || change.get().deletes()) {
            throw new UnreadException(cidr);
        }
        if (change.get().revision() == HeldBlocks.Held.BROKEN.revision()) {
            throw new AddressException("address " + text + " is in block " + cidr
                    + ", which is malformed in etcd; `calicoctl ipam check` may repair it");
        }
        Block block = change.get().block() == null ? newBlock(cidr) : change.get().block();
        if (!block.belongsTo(node) && space.config().strictAffinity()) {
            throw new AddressException("address " + text + " is in block " + cidr + " of "
                    + block.affinity().orElse("nobody") + ", and IPAM's strict affinity forbids to take it on host " + node);
        }
        AddressAssignment outcome = block.assign(address, holder);
        if (outcome instanceof AddressAssignment.Assigned assigned) {
            if (inUse.test(address, holder.handleId())) {
                throw new AddressException("address " + text + " is free in etcd, but a container on this host still has it", true);
            }
            changes.put(cidr, new Plan.Change(assigned.block(), change.get().revision()));
            return new Given(cidr, address);
        }
        Attribute other = ((AddressAssignment.Held) outcome).holder();
        throw new AddressException("address " + text + " is taken: handle " + other.holder().orElse("unknown") + " on node "
                + other.node().orElse("unknown") + " holds it", true);
    }

    // ---- any address: from a block of this host, from a new one, or from one of another host ----

    private Given assignAny(int ipVersion, List<String> named, Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws AddressException, UnreadException {
        List<IpPool> pools = space.automatic(ipVersion, named);
        if (pools.isEmpty()) {
            throw new AddressException("no IPPool gives IPv" + ipVersion + " addresses on host " + node
                    + (named.isEmpty() ? "" : " from " + String.join(", ", named)) + ": " + space.describe());
        }
        Set<Cidr> known = new LinkedHashSet<>(blocks.own());
        known.addAll(plan.blocks().keySet());
        known.addAll(changes.keySet());
        int owned = 0;
        for (Cidr cidr : known) {
            Plan.Change change = current(cidr, plan, changes).orElseThrow();
            if (change.block() != null && change.block().belongsTo(node) && isIn(pools, cidr)) {
                owned++;
                Optional<Given> given = assignAnyIn(cidr, change, holder, changes);
                if (given.isPresent()) {
                    return given.get();
                }
            }
        }
        Optional<Given> claimed = claim(pools, owned, holder, known, changes);
        if (claimed.isPresent()) {
            return claimed.get();
        }
        String why = "no IPv" + ipVersion + " address is free on host " + node + ": its " + owned
                + " blocks are full, every other block of the pools is taken, and ";
        if (space.config().strictAffinity()) {
            throw new AddressException(why + "IPAM's strict affinity forbids to borrow from other hosts; " + space.describe(), true);
        }
        return borrow(pools, holder, plan, changes)
                .orElseThrow(() -> new AddressException(why + "none of them has a free address; " + space.describe(), true));
    }

    private static boolean isIn(List<IpPool> pools, Cidr cidr) {
        for (IpPool pool : pools) {
            if (pool.spec().cidr().contains(cidr)) {
                return true;
            }
        }
        return false;
    }

    private Optional<Given> assignAnyIn(Cidr cidr, Plan.Change change, Attribute holder, Map<Cidr, Plan.Change> changes) {
        Assignment assignment = change.block().assign(1, holder, space.reserved().or(address -> inUse.test(address, holder.handleId())));
        if (assignment.addresses().isEmpty()) {
            return Optional.empty();
        }
        changes.put(cidr, new Plan.Change(assignment.block(), change.revision()));
        return Optional.of(new Given(cidr, assignment.addresses().get(0)));
    }

    private Optional<Given> claim(
            List<IpPool> pools, int owned, Attribute holder, Set<Cidr> known, Map<Cidr, Plan.Change> changes) throws AddressException {
        if (!space.config().autoAllocateBlocks() || owned >= space.config().blockLimit()) {
            throw new AddressException("no address is free on host " + node + ": its " + owned
                    + " blocks are full, and IPAM's settings allow no more (maxBlocksPerHost " + space.config().blockLimit()
                    + ", auto_allocate_blocks " + space.config().autoAllocateBlocks() + ")", true);
        }
        for (IpPool pool : pools) {
            if (Objects.equals(exhausted.get(pool.metadata().name()), version())) {
                continue;
            }
            Set<Cidr> existing = new HashSet<>(blocks.taken());
            existing.addAll(known);
            Optional<Cidr> free = new BlockClaims(pool, node, existing, space.reserved(), random).next();
            if (free.isPresent()) {
                return assignAnyIn(free.get(), new Plan.Change(newBlock(free.get()), 0), holder, changes);
            }
            exhausted.put(pool.metadata().name(), version());
        }
        return Optional.empty();
    }

    /** Another one whenever pools, reservations or the blocks that are known to exist have changed. */
    private long version() {
        return blocks.takenVersion() + space.version();
    }

    /** Others' blocks that are remembered first, so that a host which borrows reads nothing; then some at random. */
    private Optional<Given> borrow(List<IpPool> pools, Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws UnreadException {
        for (Cidr cidr : List.copyOf(blocks.others())) {
            if (isIn(pools, cidr) && !blocks.isFull(cidr)) {
                Plan.Change change = current(cidr, plan, changes).orElseThrow();
                Optional<Given> given = change.block() == null ? Optional.empty() : assignAnyIn(cidr, change, holder, changes);
                if (given.isPresent()) {
                    return given;
                }
                if (plan.block(cidr) == null && !changes.containsKey(cidr)) {
                    blocks.nothingIn(cidr);
                }
            }
        }
        List<Cidr> unread = new ArrayList<>(blocks.taken().stream()
                .filter(cidr -> isIn(pools, cidr) && !blocks.isFull(cidr) && !blocks.others().contains(cidr)).toList());
        if (unread.isEmpty()) {
            return Optional.empty();
        }
        Collections.shuffle(unread, new Random(random.nextLong())); // Else all hosts that borrow meet in one block.
        throw new UnreadException(List.copyOf(unread.subList(0, Math.min(unread.size(), MAX_READ_AT_ONCE))));
    }

    /** The block that an address is in: one that was seen, or else the one that its pool says. */
    private Cidr blockOf(InetAddress address, Plan plan) throws UnreadException {
        Optional<Cidr> seen = blocks.containing(address);
        if (seen.isPresent()) {
            return seen.get();
        }
        Cidr cidr = Cidr.containing(address, space.blockPrefixLength(address));
        if (plan.block(cidr) == null) {
            throw new UnreadException(cidr);
        }
        return cidr;
    }

    private Block newBlock(Cidr cidr) {
        Instant now = Instant.now();
        return Block.empty(cidr, node, now.getEpochSecond() * 1_000_000_000L + now.getNano());
    }
}
