package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * A rule of a profile or policy. All that is set must match.
 *
 * @param action      {@code Allow}, {@code Deny}, {@code Log} or {@code Pass}
 * @param ipVersion   4 or 6; null for both
 * @param protocol    a name or a number, as it is; null for all
 * @param icmp        type and code, as they are
 * @param notProtocol as protocol
 * @param notICMP     as icmp
 * @param source      who sends; always written
 * @param destination who receives; always written
 * @param http        as it is
 * @param metadata    annotations, as they are
 * @param other       fields that we do not know
 */
public record Rule(@JsonInclude(JsonInclude.Include.ALWAYS) String action, Integer ipVersion, JsonNode protocol, JsonNode icmp,
                   JsonNode notProtocol, JsonNode notICMP, EntityRule source, EntityRule destination, JsonNode http,
                   JsonNode metadata, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
    /** Absent sides match everything. */
    public Rule {
        source = source == null ? EntityRule.ANY : source;
        destination = destination == null ? EntityRule.ANY : destination;
        other = Metadata.unknown(other);
    }

    /** Allows what comes from this source to anywhere. */
    public static Rule allowFrom(final EntityRule source) {
        return new Rule("Allow", null, null, null, null, null, source, EntityRule.ANY, null, null, null);
    }
}
