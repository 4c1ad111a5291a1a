package io.calicomesos.netgroup;

import io.calicomesos.calico.IpPool;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Nftables;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Masquerades what containers of a pool with {@code natOutgoing} send to where no pool is, as calico-node does: in a table of its
 * own, which is written whole when a pool changes, and there only while a pool asks for it. Pools are few. Disabled ones count,
 * their containers are still there.
 */
final class OutgoingNat {
    static final String TABLE = "inet calico-mesos-nat";

    private static final Logger LOG = LoggerFactory.getLogger(OutgoingNat.class);

    private final Map<String, IpPool.Spec> pools = new TreeMap<>();
    private String written = "";

    void put(String name, IpPool.Spec pool) {
        pools.put(name, pool);
    }

    void gone(String name) {
        pools.remove(name);
    }

    /** Writes the table if it is not as it should be; what the kernel refuses is reported. */
    void program() {
        if (!table().equals(written)) {
            write();
        }
    }

    /** Writes the table if somebody else has taken it away. */
    void repair(Set<String> present) {
        if (isWanted() && !present.contains(TABLE)) {
            LOG.warn("the table {} was taken away: it is written anew", TABLE);
            write();
        }
    }

    private boolean isWanted() {
        return pools.values().stream().anyMatch(IpPool.Spec::natOutgoing);
    }

    /** Writes the table, whatever was written before. */
    void write() {
        String table = table();
        try {
            Nftables.run(table);
            written = table;
        } catch (LinuxException e) {
            LOG.error("traffic that leaves the pools is not masqueraded as natOutgoing says: {}", e.getMessage());
        }
    }

    /** The commands that put the table in place of the former, or take it away. */
    String table() {
        if (!isWanted()) {
            return remove();
        }
        StringBuilder table = new StringBuilder(remove()).append("table ").append(TABLE).append(" {\n");
        for (Family family : Family.values()) {
            set("pools" + family.ipVersion, family, pools.values(), table);
            set("nat-pools" + family.ipVersion, family, pools.values().stream().filter(IpPool.Spec::natOutgoing).toList(), table);
        }
        table.append("  chain outgoing {\n    type nat hook postrouting priority srcnat; policy accept;\n");
        for (Family family : Family.values()) {
            table.append("    %1$s saddr @nat-pools%2$d %1$s daddr != @pools%2$d masquerade\n"
                    .formatted(family.protocol, family.ipVersion));
        }
        return table.append("  }\n}\n").toString();
    }

    /** The commands that take the table away, whether it is there or not. */
    static String remove() {
        return "add table " + TABLE + "\ndelete table " + TABLE + "\n";
    }

    /** Of pools that lie in others the outer one only: elements of an nftables set must not overlap. */
    private static void set(String name, Family family, Collection<IpPool.Spec> pools, StringBuilder table) {
        String networks = pools.stream().map(IpPool.Spec::cidr).filter(cidr -> cidr.ipVersion() == family.ipVersion)
                .filter(cidr -> pools.stream().noneMatch(other -> !other.cidr().equals(cidr) && other.cidr().contains(cidr)))
                .distinct().map(Object::toString).collect(Collectors.joining(", "));
        table.append("  set ").append(name).append(" { type ").append(family.type).append("; flags interval; ")
                .append(networks.isEmpty() ? "" : "elements = { " + networks + " }; ").append("}\n");
    }
}
