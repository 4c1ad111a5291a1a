package io.calicomesos.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The addresses of one small network, and who holds them: {@code /calico/ipam/v2/assignment/ipv<4|6>/block/<cidr>}
 * (libcalico-go's AllocationBlock). Immutable; each function that changes something gives a new block whose
 * {@code sequenceNumber} is one higher, as if that change alone had been written, so a batch is a chain of calls and
 * needs one write. Blocks that contradict themselves cannot be made.
 */
@JsonSerialize(using = BlockWriter.class)
@JsonDeserialize(using = BlockReader.class)
public final class Block {
    /** No block holds more addresses than 2 to the power of this. */
    static final int MAX_HOST_BITS = 12;

    private static final int BYTES_OF_AN_ADDRESS = 40;
    private static final int BYTES_OF_AN_ATTRIBUTE = 300;

    private final Cidr cidr;
    private final String affinity;
    private final Allocations allocations;
    private final long sequenceNumber;
    private final boolean deleted;
    private final Map<String, JsonNode> other;

    /**
     * A block as it was read.
     *
     * @param cidr           the network: /20../32, or /116../128
     * @param affinity       JSON {@code affinity}: {@code host:<host>}, or null for nobody's
     * @param allocations    who holds which address, as many as the network has
     * @param sequenceNumber grows with each write
     * @param deleted        of no meaning in etcd
     * @param other          fields that we do not know
     */
    Block(final Cidr cidr, final String affinity, final Allocations allocations, final long sequenceNumber, final boolean deleted,
          final Map<String, JsonNode> other) {
        this.cidr = cidr;
        this.affinity = affinity;
        this.allocations = allocations;
        this.sequenceNumber = sequenceNumber;
        this.deleted = deleted;
        this.other = Metadata.unknown(other);
    }

    /**
     * A new block, all free.
     *
     * @param cidr           the network: /20../32, or /116../128
     * @param host           the owner
     * @param sequenceNumber the time in ns since 1970, so that a block that is deleted and made again starts higher
     */
    public static Block empty(final Cidr cidr, final NodeName host, final long sequenceNumber) {
        return new Block(cidr, affinityOf(host), Allocations.empty(sizeOf(cidr)), sequenceNumber, false, null);
    }

    /** How a host stands in {@code affinity}. */
    public static String affinityOf(final NodeName host) {
        return "host:" + host;
    }

    /**
     * How many addresses a block of this network has.
     *
     * @throws IllegalArgumentException if no block can be of this size
     */
    static int sizeOf(final Cidr cidr) {
        final int hostBits = cidr.addressBits() - cidr.prefixLength();
        if (hostBits > MAX_HOST_BITS) {
            throw new IllegalArgumentException("block " + cidr + ": must be /" + (cidr.addressBits() - MAX_HOST_BITS) + "../"
                + cidr.addressBits());
        }
        return 1 << hostBits;
    }

    /**
     * Gives any free addresses, the one that has been free longest first.
     *
     * @param count    how many
     * @param holder   who gets them
     * @param reserved addresses not to be given
     * @return as many as there are, possibly none
     */
    public Assignment assign(final int count, final Attribute holder, final Predicate<InetAddress> reserved) {
        final int[] ordinals = allocations.next(count, ordinal -> !reserved.test(cidr.addressAt(ordinal)));
        return new Assignment(ordinals.length == 0 ? this : changed(allocations.give(ordinals, holder, sequenceNumber)), addresses(ordinals));
    }

    /**
     * Gives one address if it is free. Reservations are the caller's to check.
     *
     * @param address inside this block
     * @param holder  who gets it
     */
    public AddressAssignment assign(final InetAddress address, final Attribute holder) {
        final int ordinal = cidr.ordinalOf(address);
        return allocations.isFree(ordinal)
            ? new AddressAssignment.Assigned(changed(allocations.give(new int[] {ordinal}, holder, sequenceNumber)))
            : new AddressAssignment.Held(address, allocations.holder(ordinal));
    }

    /**
     * Takes addresses back: all that are asked for, or, if one is held by somebody else than was expected, none. The
     * freed ones go to the end of the queue.
     *
     * @param releases which ones; each inside this block
     */
    public Release release(final Collection<ReleaseRequest> releases) {
        final Set<Integer> held = new LinkedHashSet<>();
        final List<InetAddress> notHeld = new ArrayList<>(0);
        for (final ReleaseRequest request : releases) {
            final int ordinal = cidr.ordinalOf(request.address());
            if (allocations.isFree(ordinal)) {
                notHeld.add(request.address());
                continue;
            }
            final Attribute holder = allocations.holder(ordinal);
            final long given = sequenceNumberOf(request.address()).orElse(0);
            if (!request.matches(holder, given)) {
                return new Release.Conflict(request, holder, given);
            }
            held.add(ordinal);
        }
        final int[] ordinals = held.stream().mapToInt(Integer::intValue).toArray();
        return new Release.Released(ordinals.length == 0 ? this : changed(allocations.free(ordinals, true)), addresses(ordinals), notHeld);
    }

    /**
     * Takes all addresses of a handle back. As libcalico-go does it, their entries in
     * {@code sequenceNumberForAllocation} stay.
     *
     * @param handle whose
     */
    public Release.Released releaseByHandle(final HandleId handle) {
        final int[] ordinals = allocations.heldBy(handle);
        return new Release.Released(ordinals.length == 0 ? this : changed(allocations.free(ordinals, false)), addresses(ordinals), List.of());
    }

    /** The same block as nobody's: its addresses stay held, and any host may give the free ones. */
    public Block withoutAffinity() {
        return affinity == null ? this : new Block(cidr, null, allocations, sequenceNumber + 1, deleted, other);
    }

    /** The same block, a write later: makes other writers, who have read the present one, try again. */
    public Block touched() {
        return changed(allocations);
    }

    /** Whether nobody holds an address (those that a Windows host keeps free do not count): it may be deleted. */
    public boolean isEmpty() {
        return Arrays.stream(allocations.held()).allMatch(ordinal -> allocations.holder(ordinal).isWindowsReserved());
    }

    /** How many addresses can be given. */
    public int freeCount() {
        return allocations.queue().length;
    }

    /** How many addresses can be given, when some are reserved. */
    public int freeCount(final Predicate<InetAddress> reserved) {
        return (int) Arrays.stream(allocations.queue()).filter(ordinal -> !reserved.test(cidr.addressAt(ordinal))).count();
    }

    /**
     * Who holds an address; empty if it is free.
     *
     * @param address inside this block
     */
    public Optional<Attribute> holderOf(final InetAddress address) {
        final int ordinal = cidr.ordinalOf(address);
        return allocations.isFree(ordinal) ? Optional.empty() : Optional.of(allocations.holder(ordinal));
    }

    /**
     * The block's sequence number when an address was given, by which a release knows it again.
     *
     * @param address inside this block
     * @return empty if the address is free, or given by an old Calico that did not write it
     */
    public OptionalLong sequenceNumberOf(final InetAddress address) {
        final int ordinal = cidr.ordinalOf(address);
        final long sequence = allocations.sequenceByOrdinal()[ordinal];
        return allocations.isFree(ordinal) || sequence == Allocations.NONE ? OptionalLong.empty() : OptionalLong.of(sequence);
    }

    /** The addresses of a handle, in order. */
    public List<InetAddress> addressesOf(final HandleId handle) {
        return addresses(allocations.heldBy(handle));
    }

    /** The addresses that are held, in order. */
    public List<InetAddress> held() {
        return addresses(allocations.held());
    }

    /** About how many bytes it takes in etcd. */
    int jsonSize() {
        return BYTES_OF_AN_ADDRESS * allocations.size() + BYTES_OF_AN_ATTRIBUTE * allocations.attributes().size();
    }

    /** The network. */
    public Cidr cidr() {
        return cidr;
    }

    /** {@code host:<host>}; empty for nobody's. */
    public Optional<String> affinity() {
        return Optional.ofNullable(affinity);
    }

    /** Whether the block is this host's own. */
    public boolean belongsTo(final NodeName host) {
        return affinityOf(host).equals(affinity);
    }

    /** Grows with each write. */
    public long sequenceNumber() {
        return sequenceNumber;
    }

    /** Who holds addresses. */
    public List<Attribute> attributes() {
        return allocations.attributes();
    }

    Allocations allocations() {
        return allocations;
    }

    boolean deleted() {
        return deleted;
    }

    Map<String, JsonNode> other() {
        return other;
    }

    @Override
    public boolean equals(final Object object) {
        return object instanceof Block block && cidr.equals(block.cidr) && Objects.equals(affinity, block.affinity)
            && allocations.equals(block.allocations) && sequenceNumber == block.sequenceNumber && deleted == block.deleted
            && other.equals(block.other);
    }

    @Override
    public int hashCode() {
        return Objects.hash(cidr, sequenceNumber, allocations);
    }

    @Override
    public String toString() {
        return "block " + cidr + " of " + (affinity == null ? "nobody" : affinity) + ", " + freeCount() + " of "
            + allocations.size() + " free, sequence " + sequenceNumber;
    }

    private Block changed(final Allocations changed) {
        return new Block(cidr, affinity, changed, sequenceNumber + 1, deleted, other);
    }

    private List<InetAddress> addresses(final int[] ordinals) {
        return Arrays.stream(ordinals).mapToObj(cidr::addressAt).toList();
    }
}
