package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * Addresses that are not to be given: {@code /calico/resources/v3/projectcalico.org/ipreservations/<name>}.
 *
 * @param kind       {@code IPReservation}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name and so on
 * @param spec       which ones
 * @param other      fields that we do not know
 */
public record IpReservation(String kind, String apiVersion, Metadata metadata, Spec spec,
                            @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "IPReservation";

    /** Absent parts are empty; a value of another kind is refused. */
    public IpReservation {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * Which ones.
     *
     * @param reservedCidrs networks or single addresses
     * @param other         fields that we do not know
     */
    public record Spec(@JsonProperty("reservedCIDRs") List<String> reservedCidrs,
                       @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Copies; null is empty. */
        public Spec {
            reservedCidrs = reservedCidrs == null ? List.of() : List.copyOf(reservedCidrs);
            other = Metadata.unknown(other);
        }

        /**
         * The networks, read; blank entries are skipped as Calico skips them.
         *
         * @throws IllegalArgumentException if one is neither a network nor an address
         */
        public List<Cidr> networks() {
            return reservedCidrs.stream().map(String::strip).filter(text -> !text.isEmpty()).map(Cidr::parseNetworkOrAddress).toList();
        }
    }
}
