package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * A stage of policies: {@code /calico/resources/v3/projectcalico.org/tiers/<name>}.
 *
 * @param kind       {@code Tier}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name without dots
 * @param spec       see there
 * @param other      fields that we do not know
 */
public record Tier(String kind, String apiVersion, Metadata metadata, Spec spec,
                   @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "Tier";

    /** Absent parts are empty; a value of another kind is refused. */
    public Tier {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * A tier of its own.
     *
     * @param name          of the tier
     * @param order         lower ones first
     * @param defaultAction {@code Deny} or {@code Pass}
     * @param uid           of the resource
     * @param created       now
     */
    public static Tier of(final String name, final long order, final String defaultAction, final UUID uid, final Instant created) {
        return new Tier(null, null, Metadata.created(name, null, uid, created),
            new Spec(BigDecimal.valueOf(order), defaultAction, null), null);
    }

    /**
     * Its place and its end.
     *
     * @param order         lower ones first; null is last
     * @param defaultAction what happens to what a policy of it selects but no rule matches: {@code Deny} or {@code Pass}
     * @param other         fields that we do not know
     */
    public record Spec(BigDecimal order, String defaultAction, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Keeps what is unknown. */
        public Spec {
            other = Metadata.unknown(other);
        }
    }
}
