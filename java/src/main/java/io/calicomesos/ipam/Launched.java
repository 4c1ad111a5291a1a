package io.calicomesos.ipam;

import java.net.InetAddress;
import java.util.List;

/**
 * A launch that was committed.
 *
 * @param revision etcd's revision of the transaction: the one at which its keys were created
 * @param addresses what it got, in the order of {@link Launch#documents}
 * @param read whether etcd was read for it first; else what was in memory was enough
 */
public record Launched(long revision, List<InetAddress> addresses, boolean read) {}
