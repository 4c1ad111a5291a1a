package io.calicomesos.linux;

/**
 * {@code libcalico_mesos_linux.so} and its functions (native/linux/*_jni.cpp). It is loaded when it is first needed, so
 * that this package's records can be made without it. What the parameters mean is said where they are called.
 */
final class NativeLibrary {
    private static final String NAME = "calico_mesos_linux";

    private static NativeLibrary loaded;

    private NativeLibrary() {}

    /**
     * The library, loaded from {@code java.library.path}, which whoever starts the JVM sets.
     *
     * @throws UnsatisfiedLinkError if it is not there, or cannot be loaded; the message says where it was looked for
     */
    static synchronized NativeLibrary loaded() {
        if (loaded == null) {
            try {
                System.loadLibrary(NAME);
            } catch (UnsatisfiedLinkError e) {
                // Its own message names the path, or the library that this one misses.
                var error = new UnsatisfiedLinkError(
                        "cannot load " + System.mapLibraryName(NAME) + ": " + e.getMessage());
                error.initCause(e);
                throw error;
            }
            loaded = new NativeLibrary();
        }
        return loaded;
    }

    /** A negative queue length is the kernel's own; a rate of 0 is none. */
    native void attachVeth(
            String networkNamespace,
            String hostInterface,
            String containerInterface,
            byte[] containerMac,
            int mtu,
            byte[][] addresses,
            boolean defaultRoute,
            int txQueueLength,
            long ingressRate,
            long ingressBurst,
            long egressRate,
            long egressBurst,
            String egressDevice)
            throws LinuxException;

    native boolean removeEgressDevice(String name) throws LinuxException;

    /** 0 if there is no default route. */
    native int defaultRouteMtu() throws LinuxException;

    native boolean detachVeth(String hostInterface) throws LinuxException;

    native boolean discardVeth(String hostInterface, byte[][] addresses, String egressDevice) throws LinuxException;

    native void deleteDiscarded() throws LinuxException;

    native String[] listVeths(String prefix) throws LinuxException;

    native boolean interfaceExists(String name) throws LinuxException;

    native long[] linkStatistics(String name) throws LinuxException;

    native long openLinkMonitor() throws LinuxException;

    native String[] nextRemovedLinks(long monitor) throws LinuxException;

    native void stopLinkMonitor(long monitor);

    native void closeLinkMonitor(long monitor);

    /** The gateway and the device may be null. */
    native void replaceRoute(
            byte[] destination,
            int prefix,
            boolean blackhole,
            byte[] gateway,
            String device,
            boolean onlink,
            int protocol)
            throws LinuxException;

    /** The gateway and the device may be null. */
    native boolean deleteRoute(
            byte[] destination,
            int prefix,
            boolean blackhole,
            byte[] gateway,
            String device,
            boolean onlink,
            int protocol)
            throws LinuxException;

    native Route[] listRoutes(int protocol) throws LinuxException;

    native void forgetConnections(byte[] address) throws LinuxException;

    native void runNft(byte[] commands) throws LinuxException;

    native byte[] listNft(byte[] commands) throws LinuxException;

    native void makeBindMount(String source, String target) throws LinuxException;

    native boolean removeBindMount(String target) throws LinuxException;

    native void enterNetworkNamespace(String path) throws LinuxException;

    native void setHostName(String utsNamespace, String name) throws LinuxException;

    native byte[] readSysctl(String path) throws LinuxException;

    native boolean writeSysctl(String path, String value) throws LinuxException;

    native boolean writeSysctlIn(String networkNamespace, String path, String value) throws LinuxException;
}
