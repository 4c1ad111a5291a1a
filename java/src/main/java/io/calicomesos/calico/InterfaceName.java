package io.calicomesos.calico;

import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import java.util.regex.Pattern;

/**
 * The name of the host's end of a veth pair: {@code spec.interfaceName}. Felix takes the interfaces that begin with its
 * {@code interfacePrefix}, {@code cali}, for workloads'. Calico's CNI plug-in takes {@code cali} and the container id's first 11
 * characters, which are hex digits with most runtimes: none of those is one of ours.
 *
 * @param value {@code calim} and 10 digits of base 32, as long as the kernel allows
 */
public record InterfaceName(String value) {
    private static final BaseEncoding BASE_32 = BaseEncoding.base32Hex().lowerCase();
    private static final Pattern VALID = Pattern.compile("calim[0-9a-v]{10}");

    /** Refuses anything else. */
    public InterfaceName {
        if (!VALID.matcher(value).matches()) {
            throw new IllegalArgumentException("interface name '" + value + "': must be 'calim' and 10 digits of base 32");
        }
    }

    /**
     * The name for an endpoint: a hash, the same on each host.
     *
     * @param name of the endpoint; its workload and endpoint count
     */
    public static InterfaceName of(final EndpointName name) {
        final byte[] hash = Hashing.sha256().newHasher().putUnencodedChars("interface/").putUnencodedChars(name.workload())
            .putChar('/').putUnencodedChars(name.endpoint()).hash().asBytes();
        return new InterfaceName("calim" + BASE_32.encode(hash).substring(0, 10));
    }

    @Override
    public String toString() {
        return value;
    }
}
