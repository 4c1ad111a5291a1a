package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A resource's {@code metadata} (Kubernetes ObjectMeta). A {@code resourceVersion} is dropped: Calico's etcd backend
 * takes it from the key's revision and never stores it.
 *
 * @param name              unique among its kind (and namespace): lower-case DNS subdomain, at most 253 characters
 * @param namespace         of namespaced kinds (WorkloadEndpoint), else null
 * @param uid               a random UUID given at creation
 * @param creationTimestamp RFC 3339 in seconds, {@code 2026-11-23T19:25:08Z}; Calico refuses resources without
 * @param deletionTimestamp set while a resource waits for its finalizers, else null
 * @param labels            never null
 * @param annotations       never null
 * @param other             fields that we do not know, kept as they are
 */
@JsonIgnoreProperties("resourceVersion")
public record Metadata(
    String name,
    String namespace,
    String uid,
    @JsonInclude(JsonInclude.Include.ALWAYS) String creationTimestamp,
    String deletionTimestamp,
    Map<String, String> labels,
    Map<String, String> annotations,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {

    /** Of a resource that has none. */
    public static final Metadata NONE = new Metadata(null, null, null, null, null, null, null, null);

    /** Copies the maps; null is empty. */
    public Metadata {
        labels = labels == null ? Map.of() : Map.copyOf(labels);
        annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
        other = unknown(other);
    }

    /**
     * For a new resource; the rest by {@link #withLabels} and {@link #withAnnotations}.
     *
     * @param name      as above
     * @param namespace as above, null if the kind has none
     * @param uid       random
     * @param created   now; cut to seconds
     */
    public static Metadata created(final String name, final String namespace, final UUID uid, final Instant created) {
        return new Metadata(name, namespace, uid.toString(), created.truncatedTo(ChronoUnit.SECONDS).toString(), null, null, null, null);
    }

    /** The same with other labels. */
    public Metadata withLabels(final Map<String, String> replaced) {
        return new Metadata(name, namespace, uid, creationTimestamp, deletionTimestamp, replaced, annotations, other);
    }

    /** The same with other annotations. */
    public Metadata withAnnotations(final Map<String, String> replaced) {
        return new Metadata(name, namespace, uid, creationTimestamp, deletionTimestamp, labels, replaced, other);
    }

    /** For the wire types' constructors: fields that they do not know, in the order in which they were read; null is none. */
    public static Map<String, JsonNode> unknown(final Map<String, JsonNode> fields) {
        return fields == null || fields.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }
}
