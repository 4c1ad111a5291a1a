package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * Whether the datastore may be used: {@code /calico/resources/v3/projectcalico.org/clusterinformations/default}.
 *
 * @param kind       {@code ClusterInformation}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name {@code default}
 * @param spec       see there
 * @param other      fields that we do not know
 */
public record ClusterInformation(String kind, String apiVersion, Metadata metadata, Spec spec,
                                 @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "ClusterInformation";
    /** The only one's name. */
    public static final String NAME = "default";

    /** Absent parts are empty; a value of another kind is refused. */
    public ClusterInformation {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null, null, null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * That of a new datastore, as calicoctl makes it with its first write.
     *
     * @param uid     of the resource
     * @param cluster of the cluster
     * @param created now
     */
    public static ClusterInformation ready(final UUID uid, final UUID cluster, final Instant created) {
        return new ClusterInformation(null, null, Metadata.created(NAME, null, uid, created),
            new Spec(cluster.toString().replace("-", ""), null, null, true, null), null);
    }

    /**
     * What is known about the cluster.
     *
     * @param clusterGuid    32 random hex digits
     * @param clusterType    comma-separated words of who uses it, null for none
     * @param calicoVersion  null for none
     * @param datastoreReady Felix waits while it is false or null (a migration is under way)
     * @param other          fields that we do not know
     */
    public record Spec(@JsonProperty("clusterGUID") String clusterGuid, String clusterType, String calicoVersion,
                       Boolean datastoreReady, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Keeps what is unknown. */
        public Spec {
            other = Metadata.unknown(other);
        }
    }
}
