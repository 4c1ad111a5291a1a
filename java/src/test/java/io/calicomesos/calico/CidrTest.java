package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({"198.18.0.0/16,198.18.0.0/16", "0.0.0.0/0,0.0.0.0/0", "198.18.119.0/32,198.18.119.0/32", "fd00::/48,fd00::/48",
        "FD00:0:0::/64,fd00::/64", "::/0,::/0", "2001:db8:0:0:1:0:0:0/112,2001:db8:0:0:1::/112", "fd00::1/128,fd00::1/128"})
    void isReadAndWrittenAsGoDoes(final String text, final String canonical) {
        assertThat(Cidr.parse(text)).hasToString(canonical);
        assertThat(Cidr.parseKeyForm(Cidr.parse(text).keyForm())).isEqualTo(Cidr.parse(text));
        assertThat(Cidr.parse(text).keyForm()).isEqualTo(canonical.replace('/', '-'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "198.18.0.0", "198.18.0.0/", "198.18.0.0/33", "198.18.0.0/-1", "198.18.0.0/016", "198.18.0.0/+8",
        "198.18.0.1/16", "198.18.00.0/16", "198.18.0/16", "fd00::/129", "fd00::1/64", "fe80::1%eth0/128", "::ffff:198.18.0.0/112",
        "localhost/32", "198.18.0.0/16/16", " 198.18.0.0/16", "198.18.0.0/1e1", "198.18.0.0/٣"})
    void anythingElseIsRefusedByItsValue(final String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class)
            .message().containsAnyOf("must be", "did you mean").doesNotContain("\n");
    }

    @Test
    void bitsBehindThePrefixAreNamedWithWhatWasMeant() {
        assertThatThrownBy(() -> Cidr.parse("198.18.3.1/16")).hasMessageContaining("198.18.3.1/16").hasMessageContaining("198.18.0.0/16");
    }

    @Test
    void aReservationMayBeASingleAddress() {
        assertThat(Cidr.parseNetworkOrAddress("198.18.0.1")).hasToString("198.18.0.1/32");
        assertThat(Cidr.parseNetworkOrAddress("fd00::1")).hasToString("fd00::1/128");
        assertThat(Cidr.parseNetworkOrAddress("198.18.0.0/16")).hasToString("198.18.0.0/16");
    }

    @Test
    void familiesNeverContainEachOther() {
        assertThat(Cidr.parse("0.0.0.0/0").contains(Cidr.parseAddress("::1"))).isFalse();
        assertThat(Cidr.parse("::/0").contains(Cidr.parseAddress("1.2.3.4"))).isFalse();
        assertThat(Cidr.parse("::/0").overlaps(Cidr.parse("0.0.0.0/0"))).isFalse();
    }

    @Test
    void aHugePoolHasBlocks() {
        final Cidr pool = Cidr.parse("fd00::/48");
        assertThat(pool.blockCount(122)).isEqualTo(BigInteger.TWO.pow(74));
        final Cidr last = pool.block(122, BigInteger.TWO.pow(74).subtract(BigInteger.ONE));
        assertThat(last).hasToString("fd00::ffff:ffff:ffff:ffff:ffc0/122");
        assertThat(pool.blockIndex(122, last.network())).isEqualTo(BigInteger.TWO.pow(74).subtract(BigInteger.ONE));
        assertThatThrownBy(() -> pool.block(122, BigInteger.TWO.pow(74))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.blockCount(47)).hasMessageContaining("/48../128");
        assertThat(Cidr.parse("::/0").block(128, BigInteger.TWO.pow(128).subtract(BigInteger.ONE)))
            .hasToString("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
        assertThat(Cidr.parse("128.0.0.0/1").block(2, BigInteger.ONE)).hasToString("192.0.0.0/2");
    }

    @Property
    void placesAndAddressesAreInverse(@ForAll final long seed, @ForAll final boolean v6, @ForAll @IntRange(min = 0, max = 30) final int hostBits) {
        final Random random = new Random(seed);
        final Cidr cidr = anyCidr(random, v6, (v6 ? 128 : 32) - hostBits);
        final int ordinal = random.nextInt(1 << hostBits);
        final InetAddress address = cidr.addressAt(ordinal);
        assertThat(cidr.contains(address)).isTrue();
        assertThat(cidr.ordinalOf(address)).isEqualTo(ordinal);
        assertThat(Cidr.parse(cidr.toString())).isEqualTo(cidr);
        assertThat(Cidr.containing(address, cidr.prefixLength())).isEqualTo(cidr);
        assertThatThrownBy(() -> cidr.addressAt(1 << hostBits)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property
    void blocksAndIndicesAreInverse(@ForAll final long seed, @ForAll final boolean v6) {
        final Random random = new Random(seed);
        final int bits = v6 ? 128 : 32;
        final Cidr pool = anyCidr(random, v6, random.nextInt(bits + 1));
        final int length = pool.prefixLength() + random.nextInt(bits - pool.prefixLength() + 1);
        final BigInteger index = new BigInteger(130, random).mod(pool.blockCount(length));
        final Cidr block = pool.block(length, index);
        assertThat(pool.contains(block)).isTrue();
        assertThat(pool.blockIndex(length, block.network())).isEqualTo(index);
        assertThat(pool.overlaps(block) && block.overlaps(pool)).isTrue();
        assertThat(block.contains(pool)).isEqualTo(length == pool.prefixLength());
    }

    @Test
    void anAddressOutsideHasNoPlace() {
        assertThatThrownBy(() -> Cidr.parse("198.18.0.0/26").ordinalOf(Cidr.parseAddress("198.18.0.64")))
            .hasMessage("address 198.18.0.64 is not in 198.18.0.0/26");
    }

    static Cidr anyCidr(final Random random, final boolean v6, final int length) {
        final byte[] bytes = new byte[v6 ? 16 : 4];
        random.nextBytes(bytes);
        if (v6) {
            bytes[0] = (byte) 0xfd;
        }
        try {
            return Cidr.containing(InetAddress.getByAddress(bytes), length);
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
