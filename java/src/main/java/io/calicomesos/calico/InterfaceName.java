package io.calicomesos.calico;

import com.google.common.hash.Hashing;
import java.util.regex.Pattern;

/**
 * The name of the host's end of a veth pair: {@code spec.interfaceName}. Felix takes the interfaces that begin with its
 * {@code interfacePrefix}, {@code cali}, for workloads'.
 *
 * @param value {@code cali} and 11 hex digits, as long as the kernel allows
 */
public record InterfaceName(String value) {
    private static final Pattern VALID = Pattern.compile("cali[0-9a-f]{11}");

    /** Refuses anything else. */
    public InterfaceName {
        if (!VALID.matcher(value).matches()) {
            throw new IllegalArgumentException("interface name '" + value + "': must be 'cali' and 11 hex digits");
        }
    }

    /**
     * The name for an endpoint: a hash, the same on each host. (Calico's own, a prefix of the container id, collides.)
     *
     * @param name of the endpoint; its workload and endpoint count
     */
    public static InterfaceName of(final EndpointName name) {
        final String hash = Hashing.sha256().newHasher().putUnencodedChars("interface/").putUnencodedChars(name.workload())
            .putChar('/').putUnencodedChars(name.endpoint()).hash().toString();
        return new InterfaceName("cali" + hash.substring(0, 11));
    }

    @Override
    public String toString() {
        return value;
    }
}
