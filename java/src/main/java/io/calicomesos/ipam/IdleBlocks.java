package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** This host's blocks that were empty when they were last looked at. Belongs to the ledger's executor. */
final class IdleBlocks {
    private final HeldBlocks blocks;
    private Map<Cidr, Long> revisions = Map.of();

    /**
     * Prepares.
     *
     * @param blocks what is known of them
     */
    IdleBlocks(HeldBlocks blocks) {
        this.blocks = blocks;
    }

    /**
     * Looks again.
     *
     * @return those that were empty at the last look, are so now, and have not been written in between
     */
    List<Cidr> look() {
        Map<Cidr, Long> before = revisions;
        revisions = new HashMap<>();
        for (Cidr cidr : blocks.own()) {
            HeldBlocks.Held held = blocks.get(cidr).orElseThrow();
            if (held.block().isEmpty()) {
                revisions.put(cidr, held.revision());
            }
        }
        return revisions.keySet().stream().filter(each -> revisions.get(each).equals(before.get(each))).toList();
    }
}
