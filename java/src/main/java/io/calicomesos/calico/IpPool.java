package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * A network from which addresses are given: {@code /calico/resources/v3/projectcalico.org/ippools/<name>}.
 *
 * @param kind       {@code IPPool}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name and so on
 * @param spec       what it is for
 * @param other      fields that we do not know
 */
public record IpPool(String kind, String apiVersion, Metadata metadata, Spec spec,
                     @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "IPPool";

    /** A value of another kind, or without a spec, is refused. */
    public IpPool {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        if (spec == null) {
            throw new IllegalArgumentException("an IPPool must have a spec with a cidr");
        }
        other = Metadata.unknown(other);
    }

    /**
     * A pool as calicoctl makes it from nothing but a network and a block size.
     *
     * @param metadata  name and so on
     * @param cidr      the network
     * @param blockSize prefix length of its blocks
     */
    public static IpPool of(final Metadata metadata, final Cidr cidr, final int blockSize) {
        return new IpPool(null, null, metadata, new Spec(cidr, "Never", "Never", false, false, false, blockSize, "all()", null,
            List.of("Workload", "Tunnel"), "Automatic", null), null);
    }

    /** Prefix length of the blocks; when the pool does not say, 26 for IPv4 and 122 for IPv6. */
    public int blockPrefixLength() {
        if (spec.blockSize != 0) {
            return spec.blockSize;
        }
        return spec.cidr.ipVersion() == 4 ? 26 : 122;
    }

    /** Whether addresses may be given for a use; a pool that does not say may be used for workloads and tunnels. */
    public boolean allows(final String use) {
        return spec.allowedUses.isEmpty() ? use.equals("Workload") || use.equals("Tunnel") : spec.allowedUses.contains(use);
    }

    /** Whether addresses are given without being asked for by name; when the pool does not say, they are. */
    public boolean automatic() {
        return spec.assignmentMode == null || spec.assignmentMode.equals("Automatic");
    }

    /**
     * What the pool is for.
     *
     * @param cidr              the network
     * @param vxlanMode         {@code Never}, {@code Always} or {@code CrossSubnet}
     * @param ipipMode          likewise
     * @param natOutgoing       whether what leaves the pools is masqueraded
     * @param disabled          no addresses are given
     * @param disableBgpExport  its routes are not exported
     * @param blockSize         prefix length of its blocks, 0 for the default
     * @param nodeSelector      of the nodes that may use it, see {@link Selector}; null for all
     * @param namespaceSelector of the Kubernetes namespaces that may use it; null for all
     * @param allowedUses       {@code Workload}, {@code Tunnel}, {@code LoadBalancer}; empty for the default
     * @param assignmentMode    {@code Automatic} or {@code Manual}; null for automatic
     * @param other             fields that we do not know
     */
    public record Spec(Cidr cidr, String vxlanMode, String ipipMode,
                       @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean natOutgoing,
                       @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean disabled,
                       @JsonProperty("disableBGPExport") @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean disableBgpExport,
                       @JsonInclude(JsonInclude.Include.NON_DEFAULT) int blockSize,
                       String nodeSelector, String namespaceSelector, List<String> allowedUses, String assignmentMode,
                       @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Refuses a pool without a network; a null list is empty. */
        public Spec {
            if (cidr == null) {
                throw new IllegalArgumentException("cidr is missing: must be a network, as in 198.18.0.0/16");
            }
            allowedUses = allowedUses == null ? List.of() : List.copyOf(allowedUses);
            other = Metadata.unknown(other);
        }
    }
}
