package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.NodeName;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class BlockClaimsTest {
    private static final NodeName HOST = new NodeName("host1");
    private static final IpPool POOL = PoolsTest.pool("p", "\"cidr\":\"198.18.0.0/22\",\"blockSize\":26");
    private static final IpPool HUGE = PoolsTest.pool("h", "\"cidr\":\"fd00::/48\"");

    @Property
    void eachFreeBlockIsOfferedOnceAndNoOther(@ForAll("networks") final List<Cidr> existing, @ForAll("networks") final List<Cidr> reserved,
                                               @ForAll final long seed) {
        final Reservations reservations = new Reservations(reserved);
        final BlockClaims claims = new BlockClaims(POOL, HOST, existing, reservations, new Random(seed));
        final Set<Cidr> expected = new HashSet<>();
        for (int i = 0; i < 16; i++) {
            final Cidr block = POOL.spec().cidr().block(26, BigInteger.valueOf(i));
            if (existing.stream().noneMatch(block::overlaps) && !reservations.coversAll(block)) {
                expected.add(block);
            }
        }
        assertThat(claims.left().intValue()).isBetween(expected.size(), 16);
        assertThat(all(claims)).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(expected);
        assertThat(claims.left()).isZero();
    }

    @Test
    void aHugePoolIsNotCountedThrough() {
        final List<Cidr> existing = new ArrayList<>();
        final Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            existing.add(HUGE.spec().cidr().block(122, new BigInteger(74, random)));
        }
        final BlockClaims claims = new BlockClaims(HUGE, HOST, existing, Reservations.NONE, random);
        for (int i = 0; i < 100; i++) {
            final Cidr block = claims.next().orElseThrow();
            assertThat(HUGE.spec().cidr().contains(block)).isTrue();
            assertThat(existing).doesNotContain(block);
        }
    }

    @Test
    void theLastFreeBlocksOfAHugePoolAreFound() {
        final Reservations reserved = new Reservations(List.of(Cidr.parse("fd00:0:0:8000::/49"), Cidr.parse("fd00::/50"), Cidr.parse("fd00:0:0:4000::/51"),
            Cidr.parse("fd00:0:0:6000::/52"), Cidr.parse("fd00:0:0:7000::/53")));
        final BlockClaims claims = new BlockClaims(HUGE, HOST, List.of(), reserved, new Random(2));
        assertThat(claims.left()).isEqualTo(BigInteger.TWO.pow(122 - 53));
        assertThat(claims.next()).hasValueSatisfying(block -> assertThat(Cidr.parse("fd00:0:0:7800::/53").contains(block)).isTrue());
    }

    @Test
    void hostsBeginAtBlocksOfTheirOwnAndAlwaysAtTheSame() {
        final IpPool large = PoolsTest.pool("l", "\"cidr\":\"198.18.0.0/15\"");
        final List<Optional<Cidr>> firsts = IntStream.range(0, 50).mapToObj(i -> first(large, "host" + i, i)).toList();
        assertThat(new HashSet<>(firsts)).hasSizeGreaterThan(48);
        assertThat(first(large, "host7", 99)).isEqualTo(firsts.get(7));
    }

    @Test
    void afterTheFirstTheChoiceIsRandom() {
        final Set<Cidr> seconds = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            final BlockClaims claims = new BlockClaims(POOL, HOST, List.of(), Reservations.NONE, new Random(i));
            claims.next();
            seconds.add(claims.next().orElseThrow());
        }
        assertThat(seconds).hasSize(15);
    }

    @Test
    void aPoolOfOneBlockHasOne() {
        final IpPool one = PoolsTest.pool("o", "\"cidr\":\"198.18.0.0/26\"");
        assertThat(all(new BlockClaims(one, HOST, List.of(), Reservations.NONE, new Random()))).containsExactly(Cidr.parse("198.18.0.0/26"));
        assertThat(new BlockClaims(one, HOST, List.of(Cidr.parse("198.18.0.0/16")), Reservations.NONE, new Random()).next()).isEmpty();
    }

    private static Optional<Cidr> first(final IpPool pool, final String host, final long seed) {
        return new BlockClaims(pool, new NodeName(host), List.of(), Reservations.NONE, new Random(seed)).next();
    }

    private static List<Cidr> all(final BlockClaims claims) {
        final List<Cidr> all = new ArrayList<>();
        for (Optional<Cidr> next = claims.next(); next.isPresent(); next = claims.next()) {
            all.add(next.get());
        }
        return all;
    }

    @Provide
    Arbitrary<List<Cidr>> networks() {
        return Arbitraries.integers().between(20, 29).flatMap(length -> Arbitraries.integers().between(0, (1 << length - 20) - 1)
            .map(index -> Cidr.parse("198.18.0.0/20").block(length, BigInteger.valueOf(index)))).list().ofMaxSize(8);
    }
}
