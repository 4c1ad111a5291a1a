package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * Felix's settings, for all hosts ({@code default}) or one ({@code node.<name>}):
 * {@code /calico/resources/v3/projectcalico.org/felixconfigurations/<name>}. Only what we read is named here.
 *
 * @param kind       {@code FelixConfiguration}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name and so on
 * @param spec       see there
 * @param other      fields that we do not know
 */
public record FelixConfiguration(String kind, String apiVersion, Metadata metadata, Spec spec,
                                 @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "FelixConfiguration";

    /** Absent parts are empty; a value of another kind is refused. */
    public FelixConfiguration {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null, null, null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * The settings that we read; null where the operator left Felix's default.
     *
     * @param interfacePrefix             comma-separated prefixes of the interfaces that Felix takes for workloads'; default {@code cali}
     * @param defaultEndpointToHostAction what containers may do to their host: {@code Drop} (default), {@code Return} or {@code Accept}
     * @param endpointStatusPathPrefix    directory of the files that say that an endpoint's rules are in; default {@code /var/run/calico}
     * @param programClusterRoutes        {@code Enabled}: Felix writes the routes to other hosts' blocks
     * @param other                       the many others
     */
    public record Spec(String interfacePrefix, String defaultEndpointToHostAction, String endpointStatusPathPrefix,
                       String programClusterRoutes, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Keeps what is unknown. */
        public Spec {
            other = Metadata.unknown(other);
        }
    }
}
