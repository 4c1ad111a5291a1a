package io.calicomesos.page;

import io.calicomesos.live.Report;
import java.util.List;

/**
 * What the page shows, as JSON.
 *
 * @param node this host's name in Calico
 * @param enforcer by whose rules it is said who reaches whom: {@code builtin} or {@code felix}
 * @param following whether etcd tells what changes; if not, this is what it last said
 * @param hosts by name
 * @param netgroups by name
 * @param pools by name
 * @param module what the module on this host says
 */
record View(
        String node, String enforcer, boolean following, List<Host> hosts, List<Netgroup> netgroups, List<Pool> pools, Module module) {
    /**
     * A host.
     *
     * @param name in Calico
     * @param addresses on the hosts' network
     * @param containers by name
     */
    record Host(String name, List<String> addresses, List<Container> containers) {}

    /**
     * A container.
     *
     * @param id to ask by
     * @param name its workload's
     * @param addresses of all its endpoints
     * @param netgroups its profiles' names
     */
    record Container(String id, String name, List<String> addresses, List<String> netgroups) {}

    /**
     * A netgroup.
     *
     * @param profile its profile's name
     * @param name its own, or the profile's if it is somebody else's
     * @param members how many containers are in it
     */
    record Netgroup(String profile, String name, int members) {}

    /**
     * A pool.
     *
     * @param name its name; null for the blocks that are in none
     * @param cidr its network; null likewise
     * @param disabled whether no addresses are given from it
     * @param blocks those that hosts have taken of it, in their order
     */
    record Pool(String name, String cidr, boolean disabled, List<Block> blocks) {}

    /**
     * A block.
     *
     * @param cidr its network
     * @param host whose it is; null for nobody's
     * @param size how many addresses it has
     * @param used those that are held, by their place in it
     */
    record Block(String cidr, String host, int size, List<Used> used) {}

    /**
     * An address that is held.
     *
     * @param at its place in its block
     * @param address it
     * @param lent whether another host than the block's has it
     */
    record Used(int at, String address, boolean lent) {}

    /**
     * What the module says.
     *
     * @param error why it says nothing; null if it does
     * @param recent the last launches and cleanups, the latest first
     */
    record Module(String error, List<Report.Recent> recent) {}

    /**
     * Who reaches a container, and whom it reaches.
     *
     * @param id the container's
     * @param port by TCP
     * @param to those that it reaches, by id
     * @param from those that reach it
     * @param undecided those of which something else decides, either way
     */
    record Reach(String id, int port, List<String> to, List<String> from, List<String> undecided) {}
}
