package io.calicomesos.linux;

import java.util.OptionalInt;

/** By which this host reaches the world. */
public final class DefaultRoute {
    private DefaultRoute() {}

    /**
     * The MTU of its interface as it is now: that of IPv4's default route, or, if there is none, that of IPv6's. It takes some
     * microseconds, however many routes there are.
     *
     * @return in bytes; empty if the host has no default route
     * @throws LinuxException if the kernel does not tell
     */
    public static OptionalInt mtu() throws LinuxException {
        int mtu = NativeLibrary.loaded().defaultRouteMtu();
        return mtu == 0 ? OptionalInt.empty() : OptionalInt.of(mtu);
    }
}
