package io.calicomesos.ipam;

import io.calicomesos.calico.HandleId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * Which places of a {@link Block} are held, by whom, and in which order the others are given. A place is an ordinal, 0
 * for the block's first address. Immutable; what contradicts itself cannot be made.
 */
final class Allocations {
    /** In {@link #attributeByOrdinal}: the place is free. */
    static final int FREE = -1;
    /** In {@link #sequenceByOrdinal}: nothing is written for this place. */
    static final long NONE = -1;

    private final int[] attributeByOrdinal;
    private final int[] queue;
    private final List<Attribute> attributes;
    private final long[] sequenceByOrdinal;

    /**
     * Takes the arrays as they are, they must not be changed afterwards.
     *
     * @param size               how many places there are
     * @param attributeByOrdinal JSON {@code allocations}: index into the attributes, or {@link #FREE}
     * @param queue              JSON {@code unallocated}: free places, the next to be given first. One may be missing (a
     *                           leak, libcalico-go can make them): it is never given by itself
     * @param attributes         who holds places
     * @param sequenceByOrdinal  JSON {@code sequenceNumberForAllocation}; {@link #NONE} where there is none
     * @throws IllegalArgumentException if these contradict each other
     */
    Allocations(final int size, final int[] attributeByOrdinal, final int[] queue, final List<Attribute> attributes,
                final long[] sequenceByOrdinal) {
        if (attributeByOrdinal.length != size) {
            throw new IllegalArgumentException("allocations: has " + attributeByOrdinal.length + " elements, must have " + size);
        }
        this.attributeByOrdinal = attributeByOrdinal;
        this.queue = queue;
        this.attributes = List.copyOf(attributes);
        this.sequenceByOrdinal = sequenceByOrdinal;
        checkAttributes();
        checkQueue();
    }

    /** All free, in order. */
    static Allocations empty(final int size) {
        final int[] attributeByOrdinal = new int[size];
        final int[] queue = new int[size];
        final long[] sequences = new long[size];
        Arrays.fill(attributeByOrdinal, FREE);
        Arrays.setAll(queue, ordinal -> ordinal);
        Arrays.fill(sequences, NONE);
        return new Allocations(size, attributeByOrdinal, queue, List.of(), sequences);
    }

    /**
     * The next places in the queue, without those that may not be given.
     *
     * @param count   how many
     * @param allowed whether a place may be given
     */
    int[] next(final int count, final IntPredicate allowed) {
        final int[] found = new int[Math.min(count, queue.length)];
        int length = 0;
        for (int i = 0; i < queue.length && length < found.length; i++) {
            if (allowed.test(queue[i])) {
                found[length++] = queue[i];
            }
        }
        return Arrays.copyOf(found, length);
    }

    /**
     * Gives free places to a holder.
     *
     * @param ordinals which ones
     * @param holder   shares its attribute, if it has one here
     * @param sequence the block's sequence number, now
     */
    Allocations give(final int[] ordinals, final Attribute holder, final long sequence) {
        final int shared = indexOf(holder);
        final int index = shared < 0 ? attributes.size() : shared;
        final int[] byOrdinal = attributeByOrdinal.clone();
        final long[] sequences = sequenceByOrdinal.clone();
        for (final int ordinal : ordinals) {
            byOrdinal[ordinal] = index;
            sequences[ordinal] = sequence;
        }
        return new Allocations(size(), byOrdinal, without(ordinals), shared < 0 ? with(holder) : attributes, sequences);
    }

    /**
     * Frees held places: puts them at the queue's end, drops the attributes that nobody uses any more, and renumbers the
     * others.
     *
     * @param ordinals each once
     * @param forget   whether their sequence numbers go too
     */
    Allocations free(final int[] ordinals, final boolean forget) {
        final int[] byOrdinal = attributeByOrdinal.clone();
        final long[] sequences = sequenceByOrdinal.clone();
        for (final int ordinal : ordinals) {
            byOrdinal[ordinal] = FREE;
            sequences[ordinal] = forget ? NONE : sequences[ordinal];
        }
        final boolean[] used = new boolean[attributes.size()];
        Arrays.stream(byOrdinal).filter(index -> index != FREE).forEach(index -> used[index] = true);
        final int[] renumbered = new int[used.length];
        final List<Attribute> kept = new ArrayList<>(used.length);
        for (int index = 0; index < used.length; index++) {
            renumbered[index] = kept.size();
            if (used[index]) {
                kept.add(attributes.get(index));
            }
        }
        for (int ordinal = 0; ordinal < byOrdinal.length; ordinal++) {
            byOrdinal[ordinal] = byOrdinal[ordinal] == FREE ? FREE : renumbered[byOrdinal[ordinal]];
        }
        final int[] longer = Arrays.copyOf(queue, queue.length + ordinals.length);
        System.arraycopy(ordinals, 0, longer, queue.length, ordinals.length);
        return new Allocations(size(), byOrdinal, longer, kept, sequences);
    }

    /** How many places there are. */
    int size() {
        return attributeByOrdinal.length;
    }

    /** Whether nobody holds a place. */
    boolean isFree(final int ordinal) {
        return attributeByOrdinal[ordinal] == FREE;
    }

    /** Who holds a place that is not free. */
    Attribute holder(final int ordinal) {
        return attributes.get(attributeByOrdinal[ordinal]);
    }

    /** The places that are held, in order. */
    int[] held() {
        final int[] held = new int[size()];
        int count = 0;
        for (int ordinal = 0; ordinal < size(); ordinal++) {
            if (!isFree(ordinal)) {
                held[count++] = ordinal;
            }
        }
        return Arrays.copyOf(held, count);
    }

    /** The places that a handle holds, in order. */
    int[] heldBy(final HandleId handle) {
        final boolean[] its = new boolean[attributes.size()];
        for (int index = 0; index < its.length; index++) {
            its[index] = attributes.get(index).holder().filter(handle.value()::equals).isPresent();
        }
        return Arrays.stream(held()).filter(ordinal -> its[attributeByOrdinal[ordinal]]).toArray();
    }

    int[] attributeByOrdinal() {
        return attributeByOrdinal;
    }

    int[] queue() {
        return queue;
    }

    List<Attribute> attributes() {
        return attributes;
    }

    long[] sequenceByOrdinal() {
        return sequenceByOrdinal;
    }

    @Override
    public boolean equals(final Object object) {
        return object instanceof Allocations other && Arrays.equals(attributeByOrdinal, other.attributeByOrdinal)
            && Arrays.equals(queue, other.queue) && attributes.equals(other.attributes)
            && Arrays.equals(sequenceByOrdinal, other.sequenceByOrdinal);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(attributeByOrdinal) + Arrays.hashCode(queue);
    }

    /** Most differ in the handle: those are not compared in full. */
    private int indexOf(final Attribute holder) {
        for (int index = 0; index < attributes.size(); index++) {
            final Attribute each = attributes.get(index);
            if (Objects.equals(each.handleId(), holder.handleId()) && each.equals(holder)) {
                return index;
            }
        }
        return -1;
    }

    /** The queue without some that have been in it. */
    private int[] without(final int[] ordinals) {
        final boolean[] given = new boolean[size()];
        for (final int ordinal : ordinals) {
            given[ordinal] = true;
        }
        final int[] left = new int[queue.length];
        int count = 0;
        for (final int ordinal : queue) {
            if (!given[ordinal]) {
                left[count++] = ordinal;
            }
        }
        return Arrays.copyOf(left, count);
    }

    private List<Attribute> with(final Attribute holder) {
        final List<Attribute> more = new ArrayList<>(attributes.size() + 1);
        more.addAll(attributes);
        more.add(holder);
        return more;
    }

    private void checkAttributes() {
        for (int ordinal = 0; ordinal < size(); ordinal++) {
            final int index = attributeByOrdinal[ordinal];
            if (index < FREE || index >= attributes.size()) {
                throw new IllegalArgumentException("allocations: ordinal " + ordinal + " has attribute " + index + ", there are "
                    + attributes.size());
            }
        }
    }

    private void checkQueue() {
        final boolean[] seen = new boolean[size()];
        for (final int ordinal : queue) {
            if (ordinal < 0 || ordinal >= size()) {
                throw new IllegalArgumentException("unallocated: has ordinal " + ordinal + ", must be 0.." + (size() - 1));
            }
            if (seen[ordinal] || !isFree(ordinal)) {
                throw new IllegalArgumentException("unallocated: ordinal " + ordinal
                    + (seen[ordinal] ? " is there twice" : " is free and allocated at once"));
            }
            seen[ordinal] = true;
        }
    }
}
