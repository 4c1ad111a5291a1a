package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * IPAM's settings: {@code /calico/ipam/v2/config}. While the key does not exist, {@link #DEFAULT} holds.
 *
 * @param strictAffinity     no address from a block that is not the host's own
 * @param autoAllocateBlocks hosts claim new blocks by themselves
 * @param maxBlocksPerHost   0 for the default, see {@link #blockLimit()}
 * @param other              fields that we do not know
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record IpamConfig(@JsonProperty("strict_affinity") boolean strictAffinity,
                         @JsonProperty("auto_allocate_blocks") boolean autoAllocateBlocks,
                         int maxBlocksPerHost, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
    /** What holds while nothing is written. */
    public static final IpamConfig DEFAULT = new IpamConfig(false, true, 0, null);

    /** Keeps what is unknown. */
    public IpamConfig {
        other = Metadata.unknown(other);
    }

    /** How many blocks a host may own: 20 when nothing is said, as in libcalico-go. */
    public int blockLimit() {
        return maxBlocksPerHost > 0 ? maxBlocksPerHost : 20;
    }
}
