package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Reads {@code bandwidth} of a network. */
final class BandwidthSettings {
    private static final Set<String> FIELDS = Set.of("ingress_rate", "ingress_burst", "egress_rate", "egress_burst");

    private BandwidthSettings() {}

    /** What an object says; where is its path, for messages. No limit without an object. */
    static Bandwidth read(String where, JsonNode object) throws ConfigurationException {
        if (object == null) {
            return Bandwidth.UNLIMITED;
        }
        if (!object.isObject()) {
            throw new ConfigurationException(
                    where + " is " + object + ": an object is expected, as in {\"ingress_rate\": 100000000}");
        }
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            Settings.refuseUnknown(field.getKey(), FIELDS, where);
        }
        return new Bandwidth(limit(where + ".ingress", object, "ingress"), limit(where + ".egress", object, "egress"));
    }

    private static Optional<RateLimit> limit(String where, JsonNode object, String direction) throws ConfigurationException {
        OptionalLong rate = Settings.number(
                where + "_rate", object.get(direction + "_rate"), RateLimit.MIN_RATE, RateLimit.MAX_RATE, " of bits per second");
        OptionalLong burst = Settings.number(
                where + "_burst", object.get(direction + "_burst"), RateLimit.MIN_BURST, RateLimit.MAX_BURST, " of bits");
        if (rate.isEmpty()) {
            if (burst.isPresent()) {
                throw new ConfigurationException(
                        where + "_burst is " + burst.getAsLong() + ", and " + where + "_rate is not set: give both, or none");
            }
            return Optional.empty();
        }
        return Optional.of(new RateLimit(rate.getAsLong(), burst.orElse(RateLimit.defaultBurst(rate.getAsLong()))));
    }
}
