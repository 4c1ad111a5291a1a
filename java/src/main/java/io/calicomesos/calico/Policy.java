package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * A policy of an operator: {@code /calico/resources/v3/projectcalico.org/networkpolicies/<namespace>/<name>} or
 * {@code …/globalnetworkpolicies/<name>}. Only what tells which endpoints it is about is named here.
 *
 * @param kind       {@code NetworkPolicy} or {@code GlobalNetworkPolicy}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name; of a NetworkPolicy, also the namespace of the endpoints that it is about
 * @param spec       see there
 * @param other      fields that we do not know
 */
public record Policy(String kind, String apiVersion, Metadata metadata, Spec spec,
                     @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind for the endpoints of one namespace. */
    public static final String NETWORK_POLICY = "NetworkPolicy";
    /** The kind for the endpoints of all namespaces. */
    public static final String GLOBAL_NETWORK_POLICY = "GlobalNetworkPolicy";
    /** The type of a policy about what an endpoint receives. */
    public static final String INGRESS = "Ingress";
    /** The type of a policy about what an endpoint sends. */
    public static final String EGRESS = "Egress";

    /** Absent parts are empty; a value of another kind is refused. */
    public Policy {
        kind = NETWORK_POLICY.equals(kind) ? kind : Resource.only("kind", GLOBAL_NETWORK_POLICY, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null, null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * Whether it may be about an endpoint. A {@code namespaceSelector} and a {@code serviceAccountSelector} go by the labels of
     * objects that are not looked at: they are taken to match.
     *
     * @param namespace the endpoint's
     * @param labels    the endpoint's, with those of its profiles
     * @param type      {@link #INGRESS} or {@link #EGRESS}
     * @throws IllegalArgumentException if its selector is none
     */
    public boolean selects(final String namespace, final Map<String, String> labels, final String type) {
        return (spec.types().isEmpty() || spec.types().contains(type))
            && (kind.equals(GLOBAL_NETWORK_POLICY) || namespace.equals(metadata.namespace()))
            && Selector.parse(spec.selector()).matches(labels);
    }

    /** For messages. */
    @Override
    public String toString() {
        return kind + " " + (metadata.namespace() == null ? "" : metadata.namespace() + "/") + metadata.name();
    }

    /**
     * What it is about.
     *
     * @param selector          of endpoints, see {@link Selector}; empty for all
     * @param namespaceSelector of the endpoints' namespaces; null for all
     * @param types             {@link #INGRESS}, {@link #EGRESS}; Calico's clients always write them
     * @param other             the rules and much else
     */
    public record Spec(String selector, String namespaceSelector, List<String> types,
                       @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Copies; null is empty. */
        public Spec {
            selector = selector == null ? "" : selector;
            types = types == null ? List.of() : List.copyOf(types);
            other = Metadata.unknown(other);
        }
    }
}
