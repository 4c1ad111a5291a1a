package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Strings;
import java.util.List;
import java.util.Map;

/**
 * One side of a {@link Rule}: {@code source} or {@code destination}. Empty matches everything.
 *
 * @param nets              networks to match, empty for all
 * @param selector          of endpoints, see {@link Selector}; null for all
 * @param namespaceSelector of namespaces; null for all
 * @param services          Kubernetes services, as they are
 * @param ports             numbers, {@code "1000:2000"} ranges or names, as they are
 * @param notNets           networks not to match
 * @param notSelector       of endpoints not to match
 * @param notPorts          as ports
 * @param serviceAccounts   Kubernetes service accounts, as they are
 * @param other             fields that we do not know
 */
public record EntityRule(List<String> nets, String selector, String namespaceSelector, JsonNode services, List<JsonNode> ports,
                         List<String> notNets, String notSelector, List<JsonNode> notPorts, JsonNode serviceAccounts,
                         @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
    /** Matches everything. */
    public static final EntityRule ANY = matching(null);

    /** Copies the lists; null is empty. An empty selector is none, as in Go. */
    public EntityRule {
        selector = Strings.emptyToNull(selector);
        namespaceSelector = Strings.emptyToNull(namespaceSelector);
        notSelector = Strings.emptyToNull(notSelector);
        nets = nets == null ? List.of() : List.copyOf(nets);
        ports = ports == null ? List.of() : List.copyOf(ports);
        notNets = notNets == null ? List.of() : List.copyOf(notNets);
        notPorts = notPorts == null ? List.of() : List.copyOf(notPorts);
        other = Metadata.unknown(other);
    }

    /**
     * Matches the endpoints of a selector.
     *
     * @param selector see {@link Selector}
     */
    public static EntityRule matching(final String selector) {
        return new EntityRule(null, selector, null, null, null, null, null, null, null, null);
    }
}
