package io.calicomesos.ipam;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.primitives.Ints;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Metadata;
import java.util.HashMap;
import java.util.Map;

/**
 * In which blocks a container holds addresses: {@code /calico/ipam/v2/handle/<id>}. One that has become empty is
 * deleted, not written.
 *
 * @param block   number of addresses by block, {@code "198.18.119.0/26": 1}; other writers may count too many
 * @param deleted of no meaning in etcd
 * @param other   fields that we do not know
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Handle(Map<String, Integer> block, boolean deleted, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
    /** Of a container that holds nothing yet. */
    public static final Handle EMPTY = new Handle(null, false, null);

    /** Copies; null is empty. A count below 1 is refused. */
    public Handle {
        block = block == null ? Map.of() : Map.copyOf(block);
        block.forEach((cidr, count) -> {
            if (count < 1) {
                throw new IllegalArgumentException("block " + cidr + ": has the count " + count + ", must be at least 1");
            }
        });
        other = Metadata.unknown(other);
    }

    /**
     * The same with more addresses in a block.
     *
     * @param cidr  the block
     * @param count how many more, at least 1
     */
    public Handle increment(final Cidr cidr, final int count) {
        final Map<String, Integer> more = new HashMap<>(block);
        more.merge(cidr.toString(), count, (a, b) -> Ints.saturatedCast((long) a + b)); // What others count may be anything.
        return new Handle(more, deleted, other);
    }

    /**
     * The same with fewer addresses in a block.
     *
     * @param cidr  the block
     * @param count how many fewer, at least 1
     * @throws IllegalArgumentException if it has not so many there
     */
    public Handle decrement(final Cidr cidr, final int count) {
        final int now = block.getOrDefault(cidr.toString(), 0);
        if (count > now) {
            throw new IllegalArgumentException("handle has " + now + " addresses in block " + cidr + ", cannot release " + count);
        }
        final Map<String, Integer> fewer = new HashMap<>(block);
        if (count == now) {
            fewer.remove(cidr.toString());
        } else {
            fewer.put(cidr.toString(), now - count);
        }
        return new Handle(fewer, deleted, other);
    }

    /** The same without a block: all its addresses there have been released, however many they were. */
    public Handle without(final Cidr cidr) {
        final Map<String, Integer> fewer = new HashMap<>(block);
        fewer.remove(cidr.toString());
        return new Handle(fewer, deleted, other);
    }

    /** Whether no address is held: delete it. */
    @JsonIgnore
    public boolean isEmpty() {
        return block.isEmpty();
    }
}
