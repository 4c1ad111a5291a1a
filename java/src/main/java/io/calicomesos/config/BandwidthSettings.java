package io.calicomesos.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads {@code bandwidth} of a network. */
final class BandwidthSettings {
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
            Settings.refuseUnknown(field.getKey(), Field.keys(Field.Of.BANDWIDTH), where);
        }
        return new Bandwidth(
                limit(where, object, Field.INGRESS_RATE, Field.INGRESS_BURST), limit(where, object, Field.EGRESS_RATE, Field.EGRESS_BURST));
    }

    private static Optional<RateLimit> limit(String where, JsonNode object, Field ofRate, Field ofBurst)
            throws ConfigurationException {
        String rateKey = where + "." + ofRate.key();
        String burstKey = where + "." + ofBurst.key();
        OptionalLong rate = Settings.number(rateKey, object.get(ofRate.key()), RateLimit.MIN_RATE, RateLimit.MAX_RATE, " of bits per second");
        OptionalLong burst = Settings.number(burstKey, object.get(ofBurst.key()), RateLimit.MIN_BURST, RateLimit.MAX_BURST, " of bits");
        if (rate.isEmpty()) {
            if (burst.isPresent()) {
                throw new ConfigurationException(
                        burstKey + " is " + burst.getAsLong() + ", and " + rateKey + " is not set: give both, or none");
            }
            return Optional.empty();
        }
        return Optional.of(new RateLimit(rate.getAsLong(), burst.orElse(RateLimit.defaultBurst(rate.getAsLong()))));
    }
}
