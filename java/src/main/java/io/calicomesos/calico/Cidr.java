package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/**
 * An IPv4 or IPv6 network, {@code 198.18.119.0/26}. Always canonical: no bit is set behind the prefix, and the text is
 * what Go's {@code net.IPNet} prints, so that two spellings of one network never become two etcd keys.
 *
 * @param network      the first address
 * @param prefixLength the number of leading bits that are fixed: 0..32, or 0..128 for IPv6
 */
public record Cidr(InetAddress network, int prefixLength) {
    /** Rejects a prefix length that the family does not have, and bits behind the prefix. */
    public Cidr {
        final byte[] bytes = network.getAddress();
        if (prefixLength < 0 || prefixLength > bytes.length * 8) {
            throw new IllegalArgumentException("network " + InetAddresses.toAddrString(network) + "/" + prefixLength
                + ": the prefix length must be 0.." + bytes.length * 8);
        }
        final byte[] masked = masked(bytes, prefixLength);
        if (!Arrays.equals(bytes, masked)) {
            throw new IllegalArgumentException("network " + InetAddresses.toAddrString(network) + "/" + prefixLength
                + ": bits are set behind the prefix, did you mean " + InetAddresses.toAddrString(address(masked)) + "/" + prefixLength);
        }
    }

    /**
     * Reads {@code address/length}.
     *
     * @param text for example {@code 198.18.0.0/16} or {@code fd00::/48}
     * @throws IllegalArgumentException if it is anything else, or has bits behind the prefix
     */
    @JsonCreator
    public static Cidr parse(final String text) {
        final int slash = text.indexOf('/');
        final String length = text.substring(slash + 1);
        if (slash < 0 || !length.matches("0|[1-9][0-9]{0,2}")) {
            throw new IllegalArgumentException("network '" + text + "': must be address/prefix-length, as in 198.18.0.0/16 or fd00::/48");
        }
        return new Cidr(parseAddress(text.substring(0, slash)), Integer.parseInt(length));
    }

    /**
     * Reads a network, or an address as the network of itself alone (Calico allows both in IPReservations and ipNetworks).
     *
     * @param text for example {@code 198.18.0.0/16} or {@code 198.18.0.1}
     */
    public static Cidr parseNetworkOrAddress(final String text) {
        return text.indexOf('/') < 0 ? of(parseAddress(text)) : parse(text);
    }

    /**
     * Whether a text is an address; never asks the name service. Of IPv6 there may be no zone, which Guava takes for good until it finds
     * no such interface, nor an address of IPv4 within.
     *
     * @param text any
     */
    public static boolean isAddress(final String text) {
        return address(text).isPresent();
    }

    /**
     * Reads one address.
     *
     * @param text of which {@link #isAddress} is true
     */
    public static InetAddress parseAddress(final String text) {
        return address(text).orElseThrow(() -> new IllegalArgumentException(
            "address '" + text + "': must be an IPv4 or IPv6 address, as in 198.18.0.1 or fd00::1"));
    }

    private static Optional<InetAddress> address(final String text) {
        if (text.indexOf('%') >= 0) {
            return Optional.empty();
        }
        try {
            final InetAddress address = InetAddresses.forString(text);
            return address instanceof Inet4Address == text.indexOf(':') < 0 ? Optional.of(address) : Optional.empty();
        } catch (final IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The network of this address alone: /32 or /128. */
    public static Cidr of(final InetAddress address) {
        return new Cidr(address, address.getAddress().length * 8);
    }

    /** The network of this length in which an address lies. */
    public static Cidr containing(final InetAddress address, final int prefixLength) {
        return new Cidr(address(masked(address.getAddress(), prefixLength)), prefixLength);
    }

    /** Reads {@link #keyForm()} back. */
    public static Cidr parseKeyForm(final String text) {
        return parse(text.replaceFirst("-", "/"));
    }

    /** How the network stands in an etcd key: {@code 198.18.119.0-26}. */
    public String keyForm() {
        return InetAddresses.toAddrString(network) + "-" + prefixLength;
    }

    @Override
    @JsonValue
    public String toString() {
        return InetAddresses.toAddrString(network) + "/" + prefixLength;
    }

    /** 4 or 6. */
    public int ipVersion() {
        return network instanceof Inet4Address ? 4 : 6;
    }

    /** The length of an address in bits: 32 or 128. */
    public int addressBits() {
        return network instanceof Inet4Address ? 32 : 128;
    }

    /** How many addresses there are. */
    public BigInteger size() {
        return BigInteger.ONE.shiftLeft(addressBits() - prefixLength);
    }

    /** Whether an address lies inside; never, if it is of the other family. */
    public boolean contains(final InetAddress address) {
        final byte[] mine = network.getAddress();
        final byte[] other = address.getAddress();
        return mine.length == other.length && Arrays.equals(mine, masked(other, prefixLength));
    }

    /** Whether all of another network lies inside. */
    public boolean contains(final Cidr other) {
        return other.prefixLength >= prefixLength && contains(other.network);
    }

    /** Whether the two have an address in common. */
    public boolean overlaps(final Cidr other) {
        return contains(other) || other.contains(this);
    }

    /**
     * An address by its place.
     *
     * @param ordinal 0 is the first address; must be below {@link #size()}
     */
    public InetAddress addressAt(final int ordinal) {
        final int hostBits = addressBits() - prefixLength;
        if (ordinal < 0 || hostBits < 31 && ordinal >= 1 << hostBits) {
            throw new IllegalArgumentException("ordinal " + ordinal + " is not in " + this);
        }
        final byte[] bytes = network.getAddress();
        int rest = ordinal;
        for (int i = bytes.length - 1; rest != 0; i--) {
            bytes[i] |= (byte) rest;
            rest >>>= 8;
        }
        return address(bytes);
    }

    /**
     * The place of an address.
     *
     * @param address inside this network, at most 2³¹−1 addresses from its first
     */
    public int ordinalOf(final InetAddress address) {
        if (contains(address)) {
            final BigInteger distance = number(address).subtract(number(network));
            if (distance.bitLength() <= 31) {
                return distance.intValue();
            }
        }
        throw new IllegalArgumentException("address " + InetAddresses.toAddrString(address) + " is not in " + this);
    }

    /**
     * How many networks of a length there are inside.
     *
     * @param length a prefix length, this one's or longer
     */
    public BigInteger blockCount(final int length) {
        if (length < prefixLength || length > addressBits()) {
            throw new IllegalArgumentException("blocks of /" + length + " in " + this + ": must be /" + prefixLength + "../" + addressBits());
        }
        return BigInteger.ONE.shiftLeft(length - prefixLength);
    }

    /**
     * One of the networks of a length inside.
     *
     * @param length a prefix length, this one's or longer
     * @param index  0 is the first; must be below {@link #blockCount}
     */
    public Cidr block(final int length, final BigInteger index) {
        if (index.signum() < 0 || index.compareTo(blockCount(length)) >= 0) {
            throw new IllegalArgumentException("block " + index + " of /" + length + " is not in " + this);
        }
        final byte[] sum = number(network).add(index.shiftLeft(addressBits() - length)).toByteArray();
        final byte[] bytes = new byte[addressBits() / 8];
        final int taken = Math.min(sum.length, bytes.length);
        System.arraycopy(sum, sum.length - taken, bytes, bytes.length - taken, taken);
        return new Cidr(address(bytes), length);
    }

    /**
     * Which of the networks of a length inside this one an address lies in.
     *
     * @param length  a prefix length, this one's or longer
     * @param address inside this network
     */
    public BigInteger blockIndex(final int length, final InetAddress address) {
        if (!contains(address)) {
            throw new IllegalArgumentException("address " + InetAddresses.toAddrString(address) + " is not in " + this);
        }
        return number(address).subtract(number(network)).shiftRight(addressBits() - length);
    }

    private static BigInteger number(final InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    private static byte[] masked(final byte[] bytes, final int prefixLength) {
        final byte[] masked = new byte[bytes.length];
        final int whole = prefixLength / 8;
        System.arraycopy(bytes, 0, masked, 0, whole);
        if (prefixLength % 8 != 0) {
            masked[whole] = (byte) (bytes[whole] & 0xff00 >> prefixLength % 8);
        }
        return masked;
    }

    private static InetAddress address(final byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (final UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + bytes.length + " bytes", e);
        }
    }
}
