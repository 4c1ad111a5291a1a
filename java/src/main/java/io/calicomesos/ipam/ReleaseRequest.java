package io.calicomesos.ipam;

import io.calicomesos.calico.HandleId;
import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An address to be taken back, and who is expected to hold it, so that it is not taken from the next holder.
 *
 * @param address        which one
 * @param handle         by which it must be held; empty for any
 * @param sequenceNumber with which it must have been given ({@link Block#sequenceNumberOf}); empty for any
 */
public record ReleaseRequest(InetAddress address, Optional<HandleId> handle, OptionalLong sequenceNumber) {
    /** Of one holder. */
    public static ReleaseRequest of(final InetAddress address, final HandleId handle) {
        return new ReleaseRequest(address, Optional.of(handle), OptionalLong.empty());
    }

    boolean matches(final Attribute holder, final long given) {
        return (sequenceNumber.isEmpty() || sequenceNumber.getAsLong() == given)
            && (handle.isEmpty() || handle.get().value().equals(holder.holder().orElse("")));
    }
}
