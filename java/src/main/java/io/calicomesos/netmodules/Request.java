package io.calicomesos.netmodules;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;

/** What net-modules asks for: {@code {"command": …, "args": {…}}}. Its {@code hostname} must be there, and says nothing to us. */
public sealed interface Request {

    /**
     * {@code allocate}: any addresses.
     *
     * @param uid under which they are held until a container has them
     * @param ipv4 how many
     * @param ipv6 likewise
     * @param netgroups those of the container, which may be bound to pools
     * @param labels those of its NetworkInfo
     */
    record Allocate(String uid, int ipv4, int ipv6, List<String> netgroups, Map<String, String> labels) implements Request {}

    /**
     * {@code reserve}: these very addresses, all or none.
     *
     * @param uid as above
     * @param addresses at least one
     * @param netgroups as above
     * @param labels as above
     */
    record Reserve(String uid, List<InetAddress> addresses, List<String> netgroups, Map<String, String> labels) implements Request {}

    /**
     * {@code release} with a {@code uid}: what is held under it.
     *
     * @param uid as above
     */
    record ReleaseUid(String uid) implements Request {}

    /**
     * {@code release} with {@code ips}: these addresses, whoever holds them on this host.
     *
     * @param addresses maybe none
     */
    record ReleaseAddresses(List<InetAddress> addresses) implements Request {}

    /**
     * {@code isolate}: builds the network of a container.
     *
     * @param container its Mesos id
     * @param pid a process in its network namespace
     * @param addresses allocated or reserved before, at least one
     * @param netgroups its netgroups
     * @param labels those of its NetworkInfo
     */
    record Isolate(String container, long pid, List<InetAddress> addresses, List<String> netgroups, Map<String, String> labels)
            implements Request {}

    /**
     * {@code cleanup}: takes the network of a container away, and gives back what it held.
     *
     * @param container its Mesos id
     */
    record Cleanup(String container) implements Request {}
}
