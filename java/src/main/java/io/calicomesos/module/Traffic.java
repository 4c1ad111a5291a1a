package io.calicomesos.module;

import io.calicomesos.linux.LinkStatistics;
import java.util.List;
import org.apache.mesos.Protos.ResourceStatistics;

/** A container's traffic, as Mesos's statistics have it. */
final class Traffic {
    private Traffic() {}

    /**
     * Adds up. What the host ends send, the container receives.
     *
     * @param hostEnds of all its interfaces
     * @return as of now
     */
    static ResourceStatistics of(List<LinkStatistics> hostEnds) {
        return ResourceStatistics.newBuilder()
                .setTimestamp(System.currentTimeMillis() / 1_000.0)
                .setNetRxPackets(hostEnds.stream().mapToLong(LinkStatistics::sentPackets).sum())
                .setNetRxBytes(hostEnds.stream().mapToLong(LinkStatistics::sentBytes).sum())
                .setNetRxErrors(hostEnds.stream().mapToLong(LinkStatistics::sendErrors).sum())
                .setNetRxDropped(hostEnds.stream().mapToLong(LinkStatistics::sentDropped).sum())
                .setNetTxPackets(hostEnds.stream().mapToLong(LinkStatistics::receivedPackets).sum())
                .setNetTxBytes(hostEnds.stream().mapToLong(LinkStatistics::receivedBytes).sum())
                .setNetTxErrors(hostEnds.stream().mapToLong(LinkStatistics::receiveErrors).sum())
                .setNetTxDropped(hostEnds.stream().mapToLong(LinkStatistics::receivedDropped).sum())
                .build();
    }
}
