package io.calicomesos.linux;

import java.net.InetAddress;

/** The connections that the kernel tracks, so that rules can let through what belongs to one that was let in. */
public final class Connections {
    private Connections() {}

    /**
     * Makes the kernel forget those to and from an address, before somebody else gets it: he would be let into them. The
     * kernel looks through all that it tracks.
     *
     * @param address whose container has gone
     * @throws LinuxException EINVAL: this kernel cannot; it is older than 5.14
     */
    public static void forget(InetAddress address) throws LinuxException {
        NativeLibrary.loaded().forgetConnections(address.getAddress());
    }
}
