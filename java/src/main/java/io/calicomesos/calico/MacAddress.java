package io.calicomesos.calico;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import java.util.regex.Pattern;

/**
 * The hardware address of the container's end of a veth pair: {@code spec.mac}.
 *
 * @param value lower case with colons, {@code 0a:45:4e:40:8c:21}
 */
public record MacAddress(String value) {
    private static final Pattern VALID = Pattern.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}");
    private static final BaseEncoding COLONS = BaseEncoding.base16().lowerCase().withSeparator(":", 2);

    /** Refuses anything else. */
    public MacAddress {
        if (!VALID.matcher(value).matches()) {
            throw new IllegalArgumentException("MAC address '" + value + "': must be six pairs of lower-case hex digits with colons");
        }
    }

    /**
     * The address for an endpoint: locally administered, unicast, the same after a restart.
     *
     * @param name of the endpoint; its workload and endpoint count
     */
    public static MacAddress of(final EndpointName name) {
        final byte[] bytes = Hashing.sha256().newHasher().putUnencodedChars("mac/").putUnencodedChars(name.workload())
            .putChar('/').putUnencodedChars(name.endpoint()).hash().asBytes();
        bytes[0] = (byte) (bytes[0] & 0xfc | 0x02);
        return new MacAddress(COLONS.encode(bytes, 0, 6));
    }

    @Override
    public String toString() {
        return value;
    }
}
