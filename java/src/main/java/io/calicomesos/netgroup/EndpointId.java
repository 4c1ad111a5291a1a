package io.calicomesos.netgroup;

import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Which endpoint it is: half of the SHA-256 of its key in etcd. The keys themselves are long, those of nested containers very
 * long, and an enforcer remembers every endpoint of the cluster.
 *
 * @param high the first 8 bytes
 * @param low the next 8
 */
record EndpointId(long high, long low) {
    static EndpointId of(String key) {
        ByteBuffer bytes = ByteBuffer.wrap(Hashing.sha256().hashString(key, StandardCharsets.UTF_8).asBytes());
        return new EndpointId(bytes.getLong(), bytes.getLong());
    }

    /** Its bits are random already. */
    @Override
    public int hashCode() {
        return (int) low;
    }
}
