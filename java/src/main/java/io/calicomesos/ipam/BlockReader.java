package io.calicomesos.ipam;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import io.calicomesos.calico.Cidr;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A {@link Block} from JSON, without objects in between; anything that contradicts itself is refused. */
final class BlockReader extends StdDeserializer<Block> {
    private static final long serialVersionUID = 1L;
    /** Nanoseconds since 1970, in the year 2116: from there it can be counted on. */
    private static final long MAX_SEQUENCE = 1L << 62;
    private static final int MAX_ELEMENTS = 1 << Block.MAX_HOST_BITS;

    BlockReader() {
        super(Block.class);
    }

    @Override
    public Block deserialize(final JsonParser in, final DeserializationContext context) throws IOException {
        if (!in.isExpectedStartObjectToken()) {
            throw JsonMappingException.from(in, "a block must be a JSON object");
        }
        String cidr = null;
        String affinity = null;
        int[] allocations = {};
        int[] unallocated = {};
        List<Attribute> attributes = List.of();
        long sequenceNumber = 0;
        Map<Integer, Long> sequences = Map.of();
        boolean deleted = false;
        final Map<String, JsonNode> other = new LinkedHashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            final String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "cidr" -> cidr = string(in, field);
                case "affinity" -> affinity = string(in, field);
                case "allocations" -> allocations = ints(in, field, true);
                case "unallocated" -> unallocated = ints(in, field, false);
                case "attributes" -> attributes = attributes(in, context);
                case "sequenceNumber" -> sequenceNumber = number(in, field);
                case "sequenceNumberForAllocation" -> sequences = sequences(in, field);
                case "deleted" -> deleted = bool(in, field);
                default -> other.put(field, context.readTree(in));
            }
        }
        try {
            if (cidr == null) {
                throw new IllegalArgumentException("cidr: is missing");
            }
            final Cidr network = Cidr.parse(cidr);
            final int size = Block.sizeOf(network);
            return new Block(network, affinity, new Allocations(size, allocations, unallocated, attributes, byOrdinal(sequences, size)),
                sequenceNumber, deleted, other);
        } catch (final IllegalArgumentException e) {
            throw JsonMappingException.from(in, e.getMessage(), e);
        }
    }

    private static long[] byOrdinal(final Map<Integer, Long> sequences, final int size) {
        final long[] all = new long[size];
        Arrays.fill(all, Allocations.NONE);
        sequences.forEach((ordinal, sequence) -> {
            if (ordinal >= size) {
                throw new IllegalArgumentException("sequenceNumberForAllocation: has ordinal " + ordinal + ", must be 0.." + (size - 1));
            }
            all[ordinal] = sequence;
        });
        return all;
    }

    private static List<Attribute> attributes(final JsonParser in, final DeserializationContext context) throws IOException {
        final List<Attribute> attributes = new ArrayList<>();
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return attributes;
        }
        expect(in, in.isExpectedStartArrayToken(), "attributes", "an array");
        while (in.nextToken() != JsonToken.END_ARRAY) {
            expect(in, in.isExpectedStartObjectToken(), "attributes", "an array of objects");
            attributes.add(attribute(in, context));
            expect(in, attributes.size() <= MAX_ELEMENTS, "attributes", "an array of at most " + MAX_ELEMENTS);
        }
        return attributes;
    }

    private static Attribute attribute(final JsonParser in, final DeserializationContext context) throws IOException {
        String handle = null;
        Map<String, String> secondary = null;
        final Map<String, JsonNode> other = new LinkedHashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            final String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "handle_id" -> handle = string(in, field);
                case "secondary" -> secondary = strings(in, field);
                default -> other.put(field, context.readTree(in));
            }
        }
        return new Attribute(handle, secondary, other);
    }

    private static Map<String, String> strings(final JsonParser in, final String field) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        expect(in, in.isExpectedStartObjectToken(), field, "an object");
        final Map<String, String> strings = new HashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            final String name = in.currentName();
            in.nextToken();
            expect(in, in.currentToken() == JsonToken.VALUE_STRING, field, "an object of strings");
            strings.put(name, in.getText());
        }
        return strings;
    }

    private static Map<Integer, Long> sequences(final JsonParser in, final String field) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return Map.of();
        }
        expect(in, in.isExpectedStartObjectToken(), field, "an object");
        final Map<Integer, Long> sequences = new HashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            final String ordinal = in.currentName();
            expect(in, ordinal.matches("0|[1-9][0-9]{0,3}"), field, "an object with ordinals as keys");
            in.nextToken();
            sequences.put(Integer.valueOf(ordinal), number(in, field));
        }
        return sequences;
    }

    private static int[] ints(final JsonParser in, final String field, final boolean nulls) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return new int[0];
        }
        expect(in, in.isExpectedStartArrayToken(), field, "an array");
        int[] ints = new int[64];
        int count = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (count == ints.length) {
                expect(in, count < MAX_ELEMENTS, field, "an array of at most " + MAX_ELEMENTS);
                ints = Arrays.copyOf(ints, 2 * count);
            }
            if (nulls && in.currentToken() == JsonToken.VALUE_NULL) {
                ints[count++] = Allocations.FREE;
            } else {
                expect(in, in.currentToken() == JsonToken.VALUE_NUMBER_INT, field, "an array of integers");
                final int value = in.getIntValue();
                expect(in, value >= 0, field, "an array of integers from 0");
                ints[count++] = value;
            }
        }
        return Arrays.copyOf(ints, count);
    }

    private static long number(final JsonParser in, final String field) throws IOException {
        expect(in, in.currentToken() == JsonToken.VALUE_NUMBER_INT, field, "an integer");
        final long value = in.getLongValue();
        expect(in, value >= 0 && value <= MAX_SEQUENCE, field, "an integer from 0 to " + MAX_SEQUENCE);
        return value;
    }

    private static String string(final JsonParser in, final String field) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        expect(in, in.currentToken() == JsonToken.VALUE_STRING, field, "a string");
        return in.getText();
    }

    private static boolean bool(final JsonParser in, final String field) throws IOException {
        expect(in, in.currentToken() == JsonToken.VALUE_TRUE || in.currentToken() == JsonToken.VALUE_FALSE, field, "true or false");
        return in.getBooleanValue();
    }

    private static void expect(final JsonParser in, final boolean met, final String field, final String allowed) throws IOException {
        if (!met) {
            throw JsonMappingException.from(in, field + ": must be " + allowed);
        }
    }
}
