package io.calicomesos.ipam;

import com.google.common.base.CharMatcher;
import java.util.Locale;

/**
 * Something in the datastore that contradicts something else there, or that is unusual.
 *
 * @param kind what is wrong
 * @param key the etcd key at which it was noticed
 * @param detail what was found there, and what was expected
 */
public record Finding(Kind kind, String key, String detail) {
    /** How bad it is. */
    public enum Severity {
        /** Something is wrong: an address may be lost, or given twice. */
        ERROR,
        /** Unusual, but harmless, or over in a moment. */
        NOTICE
    }

    /** What can be wrong; errors first. */
    public enum Kind {
        /** The key is under a prefix of which it does not have the form. Nothing else is known of it. */
        MALFORMED_KEY(Severity.ERROR),
        /** The value cannot be read, or contradicts itself. Only that its key exists is used. */
        MALFORMED_VALUE(Severity.ERROR),
        /** The value names another key than the one under which it stands. Only that its key exists is used. */
        VALUE_OF_ANOTHER_KEY(Severity.ERROR),
        /** A block lies in no pool. */
        BLOCK_OUTSIDE_POOLS(Severity.ERROR),
        /** A block has another size than the blocks of its pool. */
        BLOCK_SIZE(Severity.ERROR),
        /** A block lies inside another: their addresses can be given twice. */
        BLOCKS_OVERLAP(Severity.ERROR),
        /** A block belongs to a host that has no affinity key for it, so does not know of it. */
        BLOCK_WITHOUT_AFFINITY(Severity.ERROR),
        /** A host has a confirmed affinity to a block that does not exist. */
        AFFINITY_WITHOUT_BLOCK(Severity.ERROR),
        /** A host has a confirmed affinity to a block that belongs to another host, or to nobody. */
        AFFINITY_TO_OTHERS_BLOCK(Severity.ERROR),
        /** A host has an affinity, but no Node: nobody uses the block. */
        AFFINITY_WITHOUT_NODE(Severity.ERROR),
        /** Free addresses are missing from their block's queue: they are never given by themselves. */
        QUEUE_INCOMPLETE(Severity.ERROR),
        /** An address was given at a sequence number that its block has not reached: a late release may hit the next holder. */
        SEQUENCE_AHEAD(Severity.ERROR),
        /** Addresses are held by a handle that does not exist: a release by handle does not find them. */
        HANDLE_MISSING(Severity.ERROR),
        /** A handle counts fewer addresses in a block than it holds there. */
        HANDLE_COUNTS_TOO_FEW(Severity.ERROR),
        /** A handle of ours counts more addresses in a block than it holds there. We write both in one transaction. */
        HANDLE_COUNTS_TOO_MANY(Severity.ERROR),
        /** A handle names a block that does not exist: what it held may be given again. */
        HANDLE_WITHOUT_BLOCK(Severity.ERROR),
        /** An address is held for one node by a handle of another. */
        ATTRIBUTE_OF_OTHER_NODE(Severity.ERROR),
        /** An endpoint's address lies in a pool or a block, but is free. */
        ENDPOINT_NOT_ALLOCATED(Severity.ERROR),
        /** An endpoint of ours has an address that another handle holds. */
        ENDPOINT_OF_OTHER_HANDLE(Severity.ERROR),
        /** Two endpoints have one address. */
        ENDPOINTS_SHARE_ADDRESS(Severity.ERROR),
        /** A handle of ours holds addresses that no endpoint of its container has. */
        ADDRESS_LEAKED(Severity.ERROR),

        /** Another's handle counts more than it holds: libcalico-go gives after it has counted, and takes back before. */
        HANDLE_AHEAD(Severity.NOTICE),
        /** A handle names no block at all. */
        HANDLE_EMPTY(Severity.NOTICE),
        /** A host is about to claim a block, or to give it up. */
        AFFINITY_UNCONFIRMED(Severity.NOTICE),
        /** Addresses are held without a handle: whoever asked libcalico-go for them gave none. */
        NO_HANDLE(Severity.NOTICE),
        /** A host holds addresses in another's block, although IPAM's strict affinity forbids it now. */
        STRICT_AFFINITY(Severity.NOTICE),
        /** A host owns more blocks than IPAM's settings allow now. */
        BLOCK_LIMIT(Severity.NOTICE);

        private final Severity severity;

        Kind(Severity severity) {
            this.severity = severity;
        }

        /** How bad it is. */
        public Severity severity() {
            return severity;
        }

        /** As in {@code block-size}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** One line, whatever stands in the datastore. */
    @Override
    public String toString() {
        return CharMatcher.javaIsoControl().replaceFrom(kind.severity() + " " + kind + " " + key + ": " + detail, '?');
    }
}
