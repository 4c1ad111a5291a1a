package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ValueNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.google.common.base.Utf8;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * The values of Calico's keys as bytes, and back. What is written is what Go's {@code encoding/json} would write for
 * the same value: no spaces, map keys sorted, {@code < > &} and the two Unicode line separators escaped.
 */
public final class Json {
    /** More than etcd takes in one request, unless it is told to. */
    private static final int MAX_BYTES = 2 << 20;

    /** Of the largest block, that of 4,096 addresses with as many holders, it takes half as many tokens; no value of Calico's is so deep. */
    private static final StreamReadConstraints CONSTRAINTS =
        StreamReadConstraints.builder().maxNestingDepth(100).maxTokenCount(200_000).build();

    /** The power of ten to which a number may go: further than Go's. Somebody's 1e999999999 would else be read, and could not be written. */
    private static final int MAX_SCALE = 400;

    private static final JsonMapper MAPPER = JsonMapper.builder(
            JsonFactory.builder().streamReadConstraints(CONSTRAINTS).disable(JsonFactory.Feature.CHARSET_DETECTION).build())
        .defaultPropertyInclusion(JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.ALWAYS))
        .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
        .nodeFactory(new Numbers())
        .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
        .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
        .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
        .withCoercionConfigDefaults(c -> c.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail)
            .setCoercion(CoercionInputShape.String, CoercionAction.Fail))
        .withCoercionConfig(LogicalType.Textual, c -> c.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
        .withCoercionConfig(LogicalType.Boolean, c -> c.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail))
        .build();

    static {
        MAPPER.getFactory().setCharacterEscapes(new GoEscapes());
    }

    private static final ClassValue<ObjectReader> READERS = new ClassValue<>() {
        @Override
        protected ObjectReader computeValue(final Class<?> type) {
            return MAPPER.readerFor(type);
        }
    };

    private static final ClassValue<ObjectWriter> WRITERS = new ClassValue<>() {
        @Override
        protected ObjectWriter computeValue(final Class<?> type) {
            return MAPPER.writerFor(type);
        }
    };

    private Json() {
    }

    /**
     * The value of a key, read and checked.
     *
     * @param <T>   the wire type
     * @param type  the wire type that stands under this key, for example {@code WorkloadEndpoint.class}
     * @param key   the etcd key, for the error message
     * @param value the bytes under it, UTF-8 JSON
     * @return the value, never null
     * @throws MalformedValueException if the bytes are not JSON, or not such a value
     */
    public static <T> T read(final Class<T> type, final String key, final byte[] value) {
        if (value.length > MAX_BYTES) {
            throw new MalformedValueException(key, "has " + value.length + " bytes, at most " + MAX_BYTES + " are read", null);
        }
        if (!Utf8.isWellFormed(value)) { // The parser is not strict: it reads characters that it could not read again once written.
            throw new MalformedValueException(key, "is not UTF-8", null);
        }
        final T read;
        try {
            read = READERS.get(type).readValue(value);
        } catch (final JsonProcessingException e) {
            throw new MalformedValueException(key, problem(e), e);
        } catch (final IllegalArgumentException e) {
            throw new MalformedValueException(key, e.getMessage(), e);
        } catch (final IOException e) {
            throw new MalformedValueException(key, "cannot be read: " + e.getMessage(), e);
        }
        if (read == null) {
            throw new MalformedValueException(key, "null is not a " + type.getSimpleName(), null);
        }
        return read;
    }

    /**
     * The bytes to put under a value's key.
     *
     * @param value a wire type of this data model
     * @return UTF-8 JSON
     */
    public static byte[] write(final Object value) {
        try {
            return WRITERS.get(value.getClass()).writeValueAsBytes(value);
        } catch (final JsonProcessingException e) {
            throw new IllegalArgumentException("cannot write as JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String problem(final JsonProcessingException e) {
        String message = e instanceof ValueInstantiationException && e.getCause() != null && e.getCause().getMessage() != null
            ? e.getCause().getMessage() : e.getOriginalMessage();
        final int end = message.indexOf('\n');
        message = end < 0 ? message : message.substring(0, end);
        final StringBuilder path = new StringBuilder();
        if (e instanceof JsonMappingException at) {
            at.getPath().forEach(step -> path.append(path.isEmpty() || step.getFieldName() == null ? "" : ".")
                .append(step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName()));
        }
        return path.isEmpty() ? message : path + ": " + message;
    }

    /**
     * Refuses numbers that are not to be written: all digits of one are, as Go's are not. One without a fraction is an integer, however it
     * was written, since it is read as one again.
     */
    private static final class Numbers extends JsonNodeFactory {
        private static final long serialVersionUID = 1L;

        @Override
        public ValueNode numberNode(final BigDecimal value) {
            final long power = value.scale() > MAX_SCALE ? -value.scale() : (long) value.precision() - value.scale() - 1;
            if (Math.abs(power) > MAX_SCALE) {
                throw new IllegalArgumentException("a number to the power " + power + " of ten: at most " + MAX_SCALE + " is read");
            }
            return value.scale() > 0 ? super.numberNode(value) : integer(value.toBigIntegerExact());
        }

        /** As the parser chooses. */
        private ValueNode integer(final BigInteger value) {
            if (value.bitLength() < Integer.SIZE) {
                return numberNode(value.intValue());
            }
            return value.bitLength() < Long.SIZE ? numberNode(value.longValue()) : numberNode(value);
        }
    }

    /** Go escapes these so that JSON may stand inside HTML. */
    private static final class GoEscapes extends CharacterEscapes {
        private static final long serialVersionUID = 1L;
        private static final SerializableString LINE_SEPARATOR = new SerializedString("\\u2028");
        private static final SerializableString PARAGRAPH_SEPARATOR = new SerializedString("\\u2029");

        private final int[] ascii = standardAsciiEscapesForJSON();

        GoEscapes() {
            ascii['<'] = ESCAPE_STANDARD;
            ascii['>'] = ESCAPE_STANDARD;
            ascii['&'] = ESCAPE_STANDARD;
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ascii;
        }

        @Override
        public SerializableString getEscapeSequence(final int ch) {
            return switch (ch) {
                case 0x2028 -> LINE_SEPARATOR;
                case 0x2029 -> PARAGRAPH_SEPARATOR;
                default -> null;
            };
        }
    }
}
