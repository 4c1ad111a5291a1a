package io.calicomesos.ipam;

import com.google.common.hash.Hashing;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.NodeName;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Which new block of a pool a host should try to claim next: first the one at the hash of its name, so that hosts seldom
 * meet; then any free one, each as likely as the other. Never counts the pool through, an IPv6 pool is huge: it knows
 * the taken blocks as ranges of indices. Not for several threads.
 */
public final class BlockClaims {
    private final Cidr pool;
    private final int length;
    private final Reservations reserved;
    private final RandomGenerator random;
    /** Ranges of taken indices, first by last + 1; they neither overlap nor touch. */
    private final TreeMap<BigInteger, BigInteger> taken = new TreeMap<>();
    private BigInteger free;
    private BigInteger home;

    /**
     * Looks for blocks in one pool.
     *
     * @param pool     the pool
     * @param host     who wants a block
     * @param existing networks of blocks that exist, of this and other pools; also of other sizes: what overlaps one is taken
     * @param reserved addresses not to be given; a block with nothing else in it is not offered
     * @param random   for the choice after the first
     */
    public BlockClaims(final IpPool pool, final NodeName host, final Collection<Cidr> existing, final Reservations reserved,
                       final RandomGenerator random) {
        this.pool = pool.spec().cidr();
        this.length = pool.blockPrefixLength();
        this.reserved = reserved;
        this.random = random;
        this.free = this.pool.blockCount(length);
        final String seed = host + " " + this.pool;
        this.home = new BigInteger(1, Hashing.sha256().hashUnencodedChars(seed).asBytes()).mod(free);
        existing.forEach(this::take);
        reserved.networks().stream().filter(network -> network.prefixLength() <= length).forEach(this::take);
    }

    /**
     * The next block to try; never one that was offered before.
     *
     * @return empty when none is left
     */
    public Optional<Cidr> next() {
        while (free.signum() > 0) {
            final BigInteger index = home != null && !isTaken(home) ? home : freeAt(below(free));
            home = null;
            final Cidr block = pool.block(length, index);
            take(block);
            if (!reserved.coversAll(block)) {
                return Optional.of(block);
            }
        }
        return Optional.empty();
    }

    /** How many blocks are left to be offered, an upper bound where reservations cover blocks piece by piece. */
    public BigInteger left() {
        return free;
    }

    private boolean isTaken(final BigInteger index) {
        final Map.Entry<BigInteger, BigInteger> before = taken.floorEntry(index);
        return before != null && index.compareTo(before.getValue()) < 0;
    }

    /** The index of the n-th free block, from 0. */
    private BigInteger freeAt(final BigInteger n) {
        BigInteger index = n;
        for (final Map.Entry<BigInteger, BigInteger> range : taken.entrySet()) {
            if (range.getKey().compareTo(index) > 0) {
                break;
            }
            index = index.add(range.getValue().subtract(range.getKey()));
        }
        return index;
    }

    private void take(final Cidr network) {
        if (!pool.overlaps(network)) {
            return;
        }
        final boolean all = network.contains(pool);
        BigInteger first = all ? BigInteger.ZERO : pool.blockIndex(length, network.network());
        BigInteger end = all ? pool.blockCount(length)
            : first.add(network.prefixLength() >= length ? BigInteger.ONE : network.blockCount(length));
        final Map.Entry<BigInteger, BigInteger> before = taken.floorEntry(first);
        if (before != null && before.getValue().compareTo(first) >= 0) {
            first = before.getKey();
            end = end.max(before.getValue());
        }
        Map.Entry<BigInteger, BigInteger> inside = taken.ceilingEntry(first);
        while (inside != null && inside.getKey().compareTo(end) <= 0) {
            end = end.max(inside.getValue());
            free = free.add(inside.getValue().subtract(inside.getKey()));
            taken.remove(inside.getKey());
            inside = taken.ceilingEntry(first);
        }
        taken.put(first, end);
        free = free.subtract(end.subtract(first));
    }

    /** A random number from 0, below a bound. */
    private BigInteger below(final BigInteger bound) {
        final int bits = bound.bitLength();
        BigInteger number;
        do {
            final byte[] bytes = new byte[bits / 8 + 1];
            random.nextBytes(bytes);
            number = new BigInteger(1, bytes).shiftRight(bytes.length * 8 - bits);
        } while (number.compareTo(bound) >= 0);
        return number;
    }
}
