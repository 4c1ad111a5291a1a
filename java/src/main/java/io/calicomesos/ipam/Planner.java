package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which addresses a launch gets and what a departure gives back, and puts that into a plan. Reads nothing: what it
 * builds on is checked by the plan's transaction. Not for several threads.
 */
final class Planner {
    private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

    private static final int IPV4 = 4;
    private static final int OPERATIONS_OF_A_DEPARTURE = 2; // Handle and endpoint.

    private final NodeName node;
    private final AddressSpace space;
    private final HeldBlocks blocks;
    private final RandomGenerator random = new SplittableRandom();

    Planner(NodeName node, AddressSpace space, HeldBlocks blocks) {
        this.node = node;
        this.space = space;
        this.blocks = blocks;
    }

    /**
     * What a launch gets if the plan is committed.
     *
     * @param addresses those asked for, then the automatic ones
     * @param documents what is written with them
     */
    record Grant(List<InetAddress> addresses, List<Launch.Document> documents) {}

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
        for (InetAddress address : launch.addresses()) {
            handle = handle.increment(assign(address, holder, plan, changes), 1);
            addresses.add(address);
        }
        for (int i = 0; i < launch.automatic(); i++) {
            Map.Entry<Cidr, InetAddress> given = assignAny(holder, plan, changes);
            handle = handle.increment(given.getKey(), 1);
            addresses.add(given.getValue());
        }
        Grant grant = new Grant(List.copyOf(addresses), launch.documents().apply(List.copyOf(addresses)));
        if (!plan.hasRoomFor(launch.handle(), 1 + grant.documents().size() + 2 * changes.size())) {
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
        if (!plan.isEmpty() && !plan.hasRoomFor(departure.handle(), OPERATIONS_OF_A_DEPARTURE + departure.addresses().size())) {
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
            if (change.block() == null) {
                return;
            }
            Release release = change.block().release(requests);
            if (release instanceof Release.Conflict) {
                LOG.error("{} is not given back, since it is not {}'s: {}", departure.addresses(), departure.handle(), release);
            } else if (release instanceof Release.Released released && !released.addresses().isEmpty()) {
                plan.change(cidr, released.block(), change.revision());
            }
        });
        plan.depart(departure);
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
        return blocks.get(cidr).map(held -> new Plan.Change(held.block(), held.revision()));
    }

    private Cidr assign(InetAddress address, Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws AddressException, UnreadException {
        Cidr cidr = Pools.blockOf(space.poolOf(address), address);
        Optional<Plan.Change> change = current(cidr, plan, changes);
        if (change.isEmpty()) {
            throw new UnreadException(cidr);
        }
        if (change.get().revision() == HeldBlocks.Held.BROKEN.revision()) {
            throw new AddressException("address " + InetAddresses.toAddrString(address) + " is in block " + cidr
                    + ", which is malformed in etcd; `calicoctl ipam check` may repair it");
        }
        Block block = change.get().block() == null ? newBlock(cidr) : change.get().block();
        String text = InetAddresses.toAddrString(address);
        if (!block.belongsTo(node) && space.config().strictAffinity()) {
            throw new AddressException("address " + text + " is in block " + cidr + " of "
                    + block.affinity().orElse("nobody") + ", and IPAM's strict affinity forbids to take it on host " + node);
        }
        AddressAssignment outcome = block.assign(address, holder);
        if (outcome instanceof AddressAssignment.Assigned assigned) {
            changes.put(cidr, new Plan.Change(assigned.block(), change.get().revision()));
            return cidr;
        }
        Attribute other = ((AddressAssignment.Held) outcome).holder();
        throw new AddressException("address " + text + " is taken: handle " + other.holder().orElse("unknown") + " on node "
                + other.node().orElse("unknown") + " holds it", true);
    }

    private Map.Entry<Cidr, InetAddress> assignAny(Attribute holder, Plan plan, Map<Cidr, Plan.Change> changes)
            throws AddressException {
        List<IpPool> pools = space.automatic(IPV4);
        if (pools.isEmpty()) {
            throw new AddressException("no IPPool can be used on host " + node + ": " + space.describe());
        }
        Set<Cidr> mine = new HashSet<>(blocks.own());
        mine.addAll(plan.blocks().keySet());
        mine.addAll(changes.keySet());
        for (Cidr cidr : mine.stream().sorted(HeldBlocks::byNetwork).toList()) {
            Plan.Change change = current(cidr, plan, changes).orElseThrow();
            if (change.block() != null && change.block().belongsTo(node) && pools.stream().anyMatch(pool -> pool.spec().cidr().contains(cidr))) {
                Assignment assignment = change.block().assign(1, holder, space.reserved());
                if (!assignment.addresses().isEmpty()) {
                    changes.put(cidr, new Plan.Change(assignment.block(), change.revision()));
                    return Map.entry(cidr, assignment.addresses().get(0));
                }
            }
        }
        return claim(pools, holder, mine, changes);
    }

    private Map.Entry<Cidr, InetAddress> claim(
            List<IpPool> pools, Attribute holder, Set<Cidr> mine, Map<Cidr, Plan.Change> changes) throws AddressException {
        if (!space.config().autoAllocateBlocks() || mine.size() >= space.config().blockLimit()) {
            throw new AddressException("no address is free on host " + node + ": its " + mine.size()
                    + " blocks are full, and IPAM's settings allow no more (maxBlocksPerHost " + space.config().blockLimit()
                    + ", auto_allocate_blocks " + space.config().autoAllocateBlocks() + ")", true);
        }
        Set<Cidr> existing = new HashSet<>(blocks.taken());
        existing.addAll(mine);
        for (IpPool pool : pools) {
            Optional<Cidr> free = new BlockClaims(pool, node, existing, space.reserved(), random).next();
            if (free.isPresent()) {
                Assignment assignment = newBlock(free.get()).assign(1, holder, space.reserved());
                changes.put(free.get(), new Plan.Change(assignment.block(), 0));
                return Map.entry(free.get(), assignment.addresses().get(0));
            }
        }
        throw new AddressException("no address is free on host " + node + ": its " + mine.size()
                + " blocks are full and every other block of the pools is taken; " + space.describe(), true);
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
