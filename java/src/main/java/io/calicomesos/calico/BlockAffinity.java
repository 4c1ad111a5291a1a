package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * That a host owns a block: {@code /calico/ipam/v2/host/<host>/ipv<4|6>/block/<cidr>}.
 *
 * @param state   {@link #CONFIRMED}, {@link #PENDING} or {@link #PENDING_DELETION}; empty, from old versions, is confirmed
 * @param deleted of no meaning in etcd
 * @param other   fields that we do not know
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record BlockAffinity(String state, boolean deleted, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
    /** The block exists and is the host's. */
    public static final String CONFIRMED = "confirmed";
    /** The host is about to create the block, or to make sure that it is its own. */
    public static final String PENDING = "pending";
    /** The host is about to delete the block, or to give it away. */
    public static final String PENDING_DELETION = "pendingDeletion";

    /** An absent state is empty. */
    public BlockAffinity {
        state = state == null ? "" : state;
        other = Metadata.unknown(other);
    }

    /** Of a block that exists. */
    public static BlockAffinity confirmed() {
        return new BlockAffinity(CONFIRMED, false, null);
    }

    /** Whether the block may be used without confirming the affinity first. */
    @JsonIgnore
    public boolean isConfirmed() {
        return state.equals(CONFIRMED) || state.isEmpty();
    }
}
