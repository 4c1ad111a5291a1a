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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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
    /** In {@link #allocations}: the address is free. */
    static final int FREE = -1;
    /** In {@link #sequences}: nothing is written for this address. */
    static final long NONE = -1;
    /** No block holds more addresses than 2 to the power of this. */
    static final int MAX_HOST_BITS = 12;

    private final Cidr cidr;
    private final String affinity;
    private final int[] allocations;
    private final int[] unallocated;
    private final List<Attribute> attributes;
    private final long sequenceNumber;
    private final long[] sequences;
    private final boolean deleted;
    private final Map<String, JsonNode> other;

    /**
     * Takes the arrays as they are, they must not be changed afterwards.
     *
     * @param cidr           the network: /20../32, or /116../128
     * @param affinity       JSON {@code affinity}: {@code host:<host>}, or null for nobody's
     * @param allocations    by ordinal: index into the attributes, or {@link #FREE}
     * @param unallocated    free ordinals, the next to be given first. One may be missing (a leak, libcalico-go can
     *                       make them): it is never given by itself
     * @param attributes     who holds addresses
     * @param sequenceNumber grows with each write
     * @param sequences      JSON {@code sequenceNumberForAllocation}, by ordinal; {@link #NONE} where there is none
     * @param deleted        of no meaning in etcd
     * @param other          fields that we do not know
     */
    Block(final Cidr cidr, final String affinity, final int[] allocations, final int[] unallocated,
          final List<Attribute> attributes, final long sequenceNumber, final long[] sequences, final boolean deleted,
          final Map<String, JsonNode> other) {
        this.cidr = cidr;
        this.affinity = affinity;
        this.allocations = allocations;
        this.unallocated = unallocated;
        this.attributes = List.copyOf(attributes);
        this.sequenceNumber = sequenceNumber;
        this.sequences = sequences;
        this.deleted = deleted;
        this.other = Metadata.unknown(other);
        checkConsistent();
    }

    /**
     * A new block, all free.
     *
     * @param cidr           the network: /20../32, or /116../128
     * @param host           the owner
     * @param sequenceNumber the time in ns since 1970, so that a block that is deleted and made again starts higher
     */
    public static Block empty(final Cidr cidr, final NodeName host, final long sequenceNumber) {
        final int size = sizeOf(cidr);
        final int[] allocations = new int[size];
        final int[] unallocated = new int[size];
        final long[] sequences = new long[size];
        Arrays.fill(allocations, FREE);
        Arrays.setAll(unallocated, ordinal -> ordinal);
        Arrays.fill(sequences, NONE);
        return new Block(cidr, affinityOf(host), allocations, unallocated, List.of(), sequenceNumber, sequences, false, null);
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
        final List<InetAddress> given = new ArrayList<>(count);
        final int[] left = new int[unallocated.length];
        int leftCount = 0;
        final int[] newAllocations = allocations.clone();
        final long[] newSequences = sequences.clone();
        final List<Attribute> newAttributes = with(holder);
        final int index = newAttributes.indexOf(holder);
        for (final int ordinal : unallocated) {
            final InetAddress address = given.size() < count ? cidr.addressAt(ordinal) : null;
            if (address == null || reserved.test(address)) {
                left[leftCount++] = ordinal;
            } else {
                given.add(address);
                newAllocations[ordinal] = index;
                newSequences[ordinal] = sequenceNumber;
            }
        }
        return given.isEmpty() ? new Assignment(this, given)
            : new Assignment(changed(newAllocations, Arrays.copyOf(left, leftCount), newAttributes, newSequences), given);
    }

    /**
     * Gives one address if it is free. Reservations are the caller's to check.
     *
     * @param address inside this block
     * @param holder  who gets it
     */
    public AddressAssignment assign(final InetAddress address, final Attribute holder) {
        final int ordinal = cidr.ordinalOf(address);
        if (allocations[ordinal] != FREE) {
            return new AddressAssignment.Held(address, attributes.get(allocations[ordinal]));
        }
        final List<Attribute> newAttributes = with(holder);
        final int[] newAllocations = allocations.clone();
        final long[] newSequences = sequences.clone();
        newAllocations[ordinal] = newAttributes.indexOf(holder);
        newSequences[ordinal] = sequenceNumber;
        return new AddressAssignment.Assigned(changed(newAllocations,
            Arrays.stream(unallocated).filter(free -> free != ordinal).toArray(), newAttributes, newSequences));
    }

    /**
     * Takes addresses back: all that are asked for, or, if one is held by somebody else than was expected, none. The
     * freed ones go to the end of the queue.
     *
     * @param releases which ones; each inside this block
     */
    public Release release(final Collection<ReleaseRequest> releases) {
        final List<InetAddress> released = new ArrayList<>(releases.size());
        final List<InetAddress> notHeld = new ArrayList<>(0);
        final int[] ordinals = new int[releases.size()];
        final int[] newAllocations = allocations.clone();
        final long[] newSequences = sequences.clone();
        for (final ReleaseRequest request : releases) {
            final int ordinal = cidr.ordinalOf(request.address());
            if (newAllocations[ordinal] == FREE) {
                if (!released.contains(request.address())) {
                    notHeld.add(request.address());
                }
                continue;
            }
            final Attribute holder = attributes.get(allocations[ordinal]);
            if (!request.matches(holder, Math.max(0, sequences[ordinal]))) {
                return new Release.Conflict(request, holder, Math.max(0, sequences[ordinal]));
            }
            newAllocations[ordinal] = FREE;
            newSequences[ordinal] = NONE;
            ordinals[released.size()] = ordinal;
            released.add(request.address());
        }
        return released.isEmpty() ? new Release.Released(this, released, notHeld)
            : new Release.Released(freed(newAllocations, Arrays.copyOf(ordinals, released.size()), newSequences), released, notHeld);
    }

    /**
     * Takes all addresses of a handle back. As libcalico-go does it, their entries in
     * {@code sequenceNumberForAllocation} stay.
     *
     * @param handle whose
     */
    public Release.Released releaseByHandle(final HandleId handle) {
        final int[] ordinals = ordinalsOf(handle);
        if (ordinals.length == 0) {
            return new Release.Released(this, List.of(), List.of());
        }
        final int[] newAllocations = allocations.clone();
        for (final int ordinal : ordinals) {
            newAllocations[ordinal] = FREE;
        }
        return new Release.Released(freed(newAllocations, ordinals, sequences),
            Arrays.stream(ordinals).mapToObj(cidr::addressAt).toList(), List.of());
    }

    /** The same block as nobody's: its addresses stay held, and any host may give the free ones. */
    public Block withoutAffinity() {
        return affinity == null ? this : new Block(cidr, null, allocations, unallocated, attributes, sequenceNumber + 1, sequences,
            deleted, other);
    }

    /** The same block, a write later: makes other writers, who have read the present one, try again. */
    public Block touched() {
        return changed(allocations, unallocated, attributes, sequences);
    }

    /** Whether nobody holds an address (those that a Windows host keeps free do not count): it may be deleted. */
    public boolean isEmpty() {
        return Arrays.stream(allocations).allMatch(index -> index == FREE || attributes.get(index).isWindowsReserved());
    }

    /** How many addresses can be given. */
    public int freeCount() {
        return unallocated.length;
    }

    /** How many addresses can be given, when some are reserved. */
    public int freeCount(final Predicate<InetAddress> reserved) {
        return (int) Arrays.stream(unallocated).filter(ordinal -> !reserved.test(cidr.addressAt(ordinal))).count();
    }

    /**
     * Who holds an address; empty if it is free.
     *
     * @param address inside this block
     */
    public Optional<Attribute> holderOf(final InetAddress address) {
        final int index = allocations[cidr.ordinalOf(address)];
        return index == FREE ? Optional.empty() : Optional.of(attributes.get(index));
    }

    /**
     * The block's sequence number when an address was given, by which a release knows it again.
     *
     * @param address inside this block
     * @return empty if the address is free, or given by an old Calico that did not write it
     */
    public OptionalLong sequenceNumberOf(final InetAddress address) {
        final int ordinal = cidr.ordinalOf(address);
        return allocations[ordinal] == FREE || sequences[ordinal] == NONE ? OptionalLong.empty() : OptionalLong.of(sequences[ordinal]);
    }

    /** The addresses of a handle, in order. */
    public List<InetAddress> addressesOf(final HandleId handle) {
        return Arrays.stream(ordinalsOf(handle)).mapToObj(cidr::addressAt).toList();
    }

    /** The addresses that are held, in order. */
    public List<InetAddress> held() {
        final List<InetAddress> held = new ArrayList<>();
        for (int ordinal = 0; ordinal < allocations.length; ordinal++) {
            if (allocations[ordinal] != FREE) {
                held.add(cidr.addressAt(ordinal));
            }
        }
        return held;
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
        return attributes;
    }

    int[] allocations() {
        return allocations;
    }

    int[] unallocated() {
        return unallocated;
    }

    long[] sequences() {
        return sequences;
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
            && sequenceNumber == block.sequenceNumber && deleted == block.deleted
            && Arrays.equals(allocations, block.allocations) && Arrays.equals(unallocated, block.unallocated)
            && attributes.equals(block.attributes) && Arrays.equals(sequences, block.sequences) && other.equals(block.other);
    }

    @Override
    public int hashCode() {
        return Objects.hash(cidr, sequenceNumber, Arrays.hashCode(allocations));
    }

    @Override
    public String toString() {
        return "block " + cidr + " of " + (affinity == null ? "nobody" : affinity) + ", " + unallocated.length + " of "
            + allocations.length + " free, sequence " + sequenceNumber;
    }

    private Block changed(final int[] newAllocations, final int[] newUnallocated, final List<Attribute> newAttributes,
                          final long[] newSequences) {
        return new Block(cidr, affinity, newAllocations, newUnallocated, newAttributes, sequenceNumber + 1, newSequences, deleted, other);
    }

    private List<Attribute> with(final Attribute holder) {
        if (attributes.contains(holder)) {
            return attributes;
        }
        final List<Attribute> more = new ArrayList<>(attributes.size() + 1);
        more.addAll(attributes);
        more.add(holder);
        return more;
    }

    private int[] ordinalsOf(final HandleId handle) {
        final boolean[] its = new boolean[attributes.size()];
        for (int index = 0; index < its.length; index++) {
            its[index] = attributes.get(index).holder().filter(handle.value()::equals).isPresent();
        }
        final int[] found = new int[allocations.length];
        int count = 0;
        for (int ordinal = 0; ordinal < allocations.length; ordinal++) {
            if (allocations[ordinal] != FREE && its[allocations[ordinal]]) {
                found[count++] = ordinal;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** Puts freed ordinals at the queue's end, drops the attributes that nobody uses any more, and renumbers the others. */
    private Block freed(final int[] newAllocations, final int[] ordinals, final long[] newSequences) {
        final boolean[] used = new boolean[attributes.size()];
        for (final int index : newAllocations) {
            if (index != FREE) {
                used[index] = true;
            }
        }
        final int[] renumbered = new int[used.length];
        final List<Attribute> kept = new ArrayList<>(used.length);
        for (int index = 0; index < used.length; index++) {
            renumbered[index] = kept.size();
            if (used[index]) {
                kept.add(attributes.get(index));
            }
        }
        for (int ordinal = 0; ordinal < newAllocations.length; ordinal++) {
            if (newAllocations[ordinal] != FREE) {
                newAllocations[ordinal] = renumbered[newAllocations[ordinal]];
            }
        }
        final int[] newUnallocated = Arrays.copyOf(unallocated, unallocated.length + ordinals.length);
        System.arraycopy(ordinals, 0, newUnallocated, unallocated.length, ordinals.length);
        return changed(newAllocations, newUnallocated, kept, newSequences);
    }

    private void checkConsistent() {
        final int size = sizeOf(cidr);
        if (allocations.length != size) {
            throw new IllegalArgumentException("allocations: has " + allocations.length + " elements, " + cidr + " must have " + size);
        }
        for (int ordinal = 0; ordinal < size; ordinal++) {
            if (allocations[ordinal] != FREE && (allocations[ordinal] < 0 || allocations[ordinal] >= attributes.size())) {
                throw new IllegalArgumentException("allocations: ordinal " + ordinal + " has attribute " + allocations[ordinal]
                    + ", there are " + attributes.size());
            }
        }
        final boolean[] free = new boolean[size];
        for (final int ordinal : unallocated) {
            if (ordinal < 0 || ordinal >= size) {
                throw new IllegalArgumentException("unallocated: has ordinal " + ordinal + ", must be 0.." + (size - 1));
            }
            if (free[ordinal] || allocations[ordinal] != FREE) {
                throw new IllegalArgumentException("unallocated: ordinal " + ordinal
                    + (free[ordinal] ? " is there twice" : " is free and allocated at once"));
            }
            free[ordinal] = true;
        }
    }
}
