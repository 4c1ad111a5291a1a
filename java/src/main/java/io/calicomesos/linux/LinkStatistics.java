package io.calicomesos.linux;

/**
 * What has gone through an interface since it was made, as that interface sees it.
 *
 * @param receivedPackets packets that came in
 * @param receivedBytes their bytes
 * @param receiveErrors that came in damaged
 * @param receivedDropped that came in and were not taken
 * @param sentPackets packets that went out
 * @param sentBytes their bytes
 * @param sendErrors that could not be sent
 * @param sentDropped that were to go out and were dropped
 */
public record LinkStatistics(
        long receivedPackets, long receivedBytes, long receiveErrors, long receivedDropped,
        long sentPackets, long sentBytes, long sendErrors, long sentDropped) {

    /**
     * Asks the kernel.
     *
     * @param name an interface of this host
     * @return its counters
     * @throws LinuxException ENODEV: there is none of that name
     */
    public static LinkStatistics of(String name) throws LinuxException {
        InterfaceName.check(name, "name");
        long[] all = NativeLibrary.loaded().linkStatistics(name);
        return new LinkStatistics(all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7]);
    }
}
