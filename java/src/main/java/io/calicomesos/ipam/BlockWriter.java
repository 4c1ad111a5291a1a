package io.calicomesos.ipam;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;

/** A {@link Block} as JSON, field by field as Go writes it, without objects in between. */
final class BlockWriter extends StdSerializer<Block> {
    private static final long serialVersionUID = 1L;
    private static final SerializableString HANDLE_ID = new SerializedString("handle_id");
    private static final SerializableString SECONDARY = new SerializedString("secondary");

    BlockWriter() {
        super(Block.class);
    }

    @Override
    public void serialize(final Block block, final JsonGenerator out, final SerializerProvider provider) throws IOException {
        out.writeStartObject(block);
        out.writeStringField("cidr", block.cidr().toString());
        out.writeStringField("affinity", block.affinity().orElse(null));
        out.writeArrayFieldStart("allocations");
        for (final int index : block.allocations().attributeByOrdinal()) {
            if (index == Allocations.FREE) {
                out.writeNull();
            } else {
                out.writeNumber(index);
            }
        }
        out.writeEndArray();
        out.writeFieldName("unallocated");
        out.writeArray(block.allocations().queue(), 0, block.freeCount());
        out.writeArrayFieldStart("attributes");
        for (final Attribute attribute : block.attributes()) {
            write(attribute, out);
        }
        out.writeEndArray();
        out.writeNumberField("sequenceNumber", block.sequenceNumber());
        writeSequences(block.allocations().sequenceByOrdinal(), out);
        out.writeBooleanField("deleted", block.deleted());
        write(block.other(), out);
        out.writeEndObject();
    }

    private static void write(final Attribute attribute, final JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeFieldName(HANDLE_ID);
        out.writeString(attribute.handleId());
        out.writeFieldName(SECONDARY);
        if (attribute.secondary() == null) {
            out.writeNull();
        } else {
            out.writeStartObject();
            for (final Map.Entry<String, String> entry : attribute.secondary().entrySet()) {
                out.writeStringField(entry.getKey(), entry.getValue());
            }
            out.writeEndObject();
        }
        write(attribute.other(), out);
        out.writeEndObject();
    }

    /** Go sorts the keys of a map as strings: 0, 1, 10, 11, 2. */
    private static void writeSequences(final long[] sequences, final JsonGenerator out) throws IOException {
        final String[] ordinals = new String[sequences.length];
        int count = 0;
        for (int ordinal = 0; ordinal < sequences.length; ordinal++) {
            if (sequences[ordinal] != Allocations.NONE) {
                ordinals[count++] = Integer.toString(ordinal);
            }
        }
        Arrays.sort(ordinals, 0, count);
        out.writeObjectFieldStart("sequenceNumberForAllocation");
        for (int i = 0; i < count; i++) {
            out.writeNumberField(ordinals[i], sequences[Integer.parseInt(ordinals[i])]);
        }
        out.writeEndObject();
    }

    private static void write(final Map<String, JsonNode> other, final JsonGenerator out) throws IOException {
        for (final Map.Entry<String, JsonNode> field : other.entrySet()) {
            out.writeFieldName(field.getKey());
            out.writeTree(field.getValue());
        }
    }
}
