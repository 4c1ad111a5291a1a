package io.calicomesos.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.NodeName;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Who holds an address: an element of a block's {@code attributes}. Addresses of one holder share one.
 *
 * @param handleId  JSON {@code handle_id}: the handle, or null
 * @param secondary JSON {@code secondary}: {@link #NODE}, {@link #TIMESTAMP} and what other writers add; or null
 * @param other     fields that we do not know
 */
public record Attribute(String handleId, Map<String, String> secondary, Map<String, JsonNode> other) {
    /** Key of the host on which the address is used. */
    public static final String NODE = "node";
    /** Key of the time of the assignment, as Go's {@code time.String()} prints it. */
    public static final String TIMESTAMP = "timestamp";

    /** Holds the addresses that a Windows host may not use; a block with nothing else in it is empty. */
    private static final String WINDOWS_RESERVED = "windows-reserved-ipam-handle";
    private static final DateTimeFormatter GO_TIME = new DateTimeFormatterBuilder()
        .appendPattern("uuuu-MM-dd HH:mm:ss").appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
        .appendLiteral(" +0000 UTC").toFormatter(Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Copies the maps; a null secondary stays null, as JSON tells it from an empty one. */
    public Attribute {
        secondary = secondary == null ? null : Collections.unmodifiableMap(new TreeMap<>(secondary));
        other = Metadata.unknown(other);
    }

    /**
     * Of a container.
     *
     * @param handle of the container
     * @param node   the host on which it runs
     * @param when   it is assigned, now
     */
    public static Attribute of(final HandleId handle, final NodeName node, final Instant when) {
        return new Attribute(handle.value(), Map.of(NODE, node.value(), TIMESTAMP, GO_TIME.format(when)), null);
    }

    /**
     * The handle by which the address is released. What follows a carriage return is left out: a migration of Calico's
     * from host-local once wrote that.
     */
    public Optional<String> holder() {
        if (handleId == null) {
            return Optional.empty();
        }
        final int end = handleId.indexOf('\r');
        return Optional.of(end < 0 ? handleId : handleId.substring(0, end));
    }

    /** The host on which the address is used, if it says. */
    public Optional<String> node() {
        return Optional.ofNullable(secondary == null ? null : secondary.get(NODE));
    }

    /** When the address was assigned, if it says, in a form that we can read. */
    public Optional<Instant> assigned() {
        try {
            return Optional.ofNullable(secondary == null ? null : secondary.get(TIMESTAMP))
                .map(text -> GO_TIME.parse(text, Instant::from));
        } catch (final DateTimeParseException e) {
            return Optional.empty();
        }
    }

    boolean isWindowsReserved() {
        return WINDOWS_RESERVED.equalsIgnoreCase(handleId);
    }
}
