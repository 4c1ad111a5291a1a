package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A host: {@code /calico/resources/v3/projectcalico.org/nodes/<name>}.
 *
 * @param kind       {@code Node}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name by {@link NodeName}; its labels are what an {@link IpPool}'s nodeSelector selects
 * @param spec       its addresses
 * @param status     as it is; always written
 * @param other      fields that we do not know
 */
public record Node(String kind, String apiVersion, Metadata metadata, Spec spec,
                   @JsonInclude(JsonInclude.Include.ALWAYS) Map<String, JsonNode> status,
                   @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "Node";

    /** Absent parts are empty; a value of another kind is refused. */
    public Node {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null) : spec;
        status = Metadata.unknown(status);
        other = Metadata.unknown(other);
    }

    /**
     * A new node.
     *
     * @param metadata    name and so on
     * @param ipv4Address by which other hosts reach it, with its prefix length: {@code 192.0.2.1/24}; null for none
     * @param ipv6Address likewise
     */
    public static Node of(final Metadata metadata, final String ipv4Address, final String ipv6Address) {
        final Bgp bgp = ipv4Address == null && ipv6Address == null ? null : new Bgp(null, ipv4Address, ipv6Address, null);
        return new Node(null, null, metadata, new Spec(bgp, null), null, null);
    }

    /**
     * Reads the addresses by which other hosts reach it.
     *
     * @return without their prefix lengths; what is no address is left out
     */
    public List<InetAddress> addresses() {
        return spec.bgp == null ? List.of() : Stream.of(Optional.ofNullable(spec.bgp.ipv4Address), Optional.ofNullable(spec.bgp.ipv6Address))
            .flatMap(Optional::stream).map(each -> each.replaceFirst("/.*", "")).filter(Cidr::isAddress)
            .map(InetAddresses::forString).toList();
    }

    /**
     * Its addresses.
     *
     * @param bgp   null for none
     * @param other fields that we do not know
     */
    public record Spec(Bgp bgp, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Keeps what is unknown. */
        public Spec {
            other = Metadata.unknown(other);
        }
    }

    /**
     * Addresses by which other hosts reach it.
     *
     * @param asNumber    a number or {@code "1.2"}, as it is
     * @param ipv4Address an address with its prefix length, not masked: {@code 192.0.2.1/24}
     * @param ipv6Address likewise
     * @param other       fields that we do not know
     */
    public record Bgp(JsonNode asNumber, @JsonProperty("ipv4Address") String ipv4Address,
                      @JsonProperty("ipv6Address") String ipv6Address, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Keeps what is unknown. */
        public Bgp {
            other = Metadata.unknown(other);
        }
    }
}
