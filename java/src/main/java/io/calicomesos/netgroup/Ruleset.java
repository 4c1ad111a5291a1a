package io.calicomesos.netgroup;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The nftables table of the builtin enforcer: what it holds for the members and profiles told so far, and the commands that take
 * the kernel from one state to the next. A member anywhere in the cluster is one element, for each of its addresses, in the set
 * of each of its profiles. A member of this host has a chain besides, which asks the chains of its profiles one after the other;
 * these hold the profile's rules, and let in what comes from the sets. A profile has a set for each address family, since an
 * nftables set holds one type. Pure: it runs nothing.
 */
final class Ruleset {
    static final String TABLE = "inet calico-mesos";
    /** What the name of a container's chain begins with; its interface's name follows. */
    static final String CHAIN_PREFIX = "to-";

    /** Profile names that can stand in nft's language; the kernel takes 255 bytes for a name. */
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private final String node;
    private final Endpoints members = new Endpoints();
    private final GroupSets sets = new GroupSets();
    private final ProfileChains profileChains = new ProfileChains(sets);
    private int local;

    /**
     * An empty table.
     *
     * @param node this host's name: its members get chains
     */
    Ruleset(String node) {
        this.node = node;
    }

    /**
     * The set of a profile's addresses of a family.
     *
     * @param profile the profile's name
     * @param ipVersion 4 or 6
     */
    static String set(String profile, int ipVersion) {
        return GroupSets.name(profile, Family.of(ipVersion));
    }

    /**
     * A member came or changed.
     *
     * @return the commands, to be run as one transaction; empty if nothing changes
     */
    String put(Endpoint member) {
        if (member.addresses().isEmpty()) {
            return remove(member.id()); // Nothing of it passes anyway.
        }
        Endpoint old = members.get(member.id());
        if (member.equals(old)) {
            return "";
        }
        Commands commands = new Commands();
        if (old != null) {
            retract(old, commands);
        }
        members.add(member);
        for (String profile : member.profiles()) {
            for (Address address : member.addresses()) {
                if (holders(address, profile) == 1) {
                    commands.element("add", sets.use(profile, Family.of(address), commands), address.toString());
                }
            }
        }
        if (isLocal(member)) {
            establishLocal(member, commands);
        }
        return commands.toString();
    }

    /**
     * A member has gone.
     *
     * @return the commands; empty if it was not known
     */
    String remove(EndpointId id) {
        Endpoint old = members.get(id);
        Commands commands = new Commands();
        if (old != null) {
            retract(old, commands);
        }
        return commands.toString();
    }

    /**
     * A profile came or changed. The members of one that is not known, or no longer, are reached by nobody through it.
     *
     * @param profile its name
     * @param labels those it puts on its members
     * @param ingress its rules, in order
     * @return the commands
     */
    String profile(String profile, Set<String> labels, List<IngressRule> ingress) {
        Commands commands = new Commands();
        profileChains.profile(profile, labels, ingress, commands);
        return commands.toString();
    }

    /** A profile has gone: see {@link #profile}. */
    String profileGone(String profile) {
        return profile(profile, Set.of(), List.of());
    }

    /** Every member that it was told of. */
    Endpoints members() {
        return members;
    }

    /**
     * Whether any member lives on this host.
     *
     * @return then the table is needed
     */
    boolean hasLocal() {
        return local > 0;
    }

    /**
     * The whole table, in place of what the kernel has under its name.
     *
     * @return the commands, one transaction: there is no moment without rules
     */
    String full() {
        Commands commands = new Commands();
        commands.text(remove() + SKELETON);
        sets.clear();
        profileChains.clear();
        local = 0;
        Map<String, Set<String>> elements = new TreeMap<>();
        for (Endpoint member : members.all()) {
            for (String profile : member.profiles()) {
                for (Address address : member.addresses()) {
                    Family family = Family.of(address);
                    Set<String> of = elements.computeIfAbsent(GroupSets.name(profile, family), each -> new HashSet<>());
                    if (of.add(address.toString())) {
                        sets.use(profile, family, commands);
                    }
                }
            }
        }
        elements.forEach((set, of) -> commands.element("add", set, String.join(", ", of)));
        members.all().stream().filter(this::isLocal).forEach(member -> establishLocal(member, commands));
        return commands.toString();
    }

    /**
     * Takes the table away.
     *
     * @return the commands, which succeed also when there is none
     */
    static String remove() {
        return "add table " + TABLE + "\ndelete table " + TABLE + "\n";
    }

    /**
     * What holds before there is any member: traffic to and from a container's interface passes only by way of the sets below,
     * so a container that is not known yet is cut off. Names of interfaces, not numbers, so that the rules can stand before
     * the interface does.
     *
     * <p>By their link-local addresses, a container and its host end do no more than IPv6's neighbour discovery needs: the kernel
     * forwards none of it, and to the host a container speaks from its own address only. Router advertisements and redirects
     * are not among it: a container is no router. Nor is multicast listener discovery, as no switch is between the two.
     */
    private static final String SKELETON = """
            table %s {
              # interface . address: what each container may send from
              set sources { type ifname . ipv4_addr; }
              set sources6 { type ifname . ipv6_addr; }
              map endpoints { type ifname : verdict; }
              # interfaces of containers without a profile: as in Calico, they send to their host alone
              set alone { type ifname; }
              chain from-container {
                type filter hook prerouting priority raw; policy accept;
                iifname "cali*" meta nfproto ipv4 iifname . ip saddr @sources accept
                iifname "cali*" meta nfproto ipv6 iifname . ip6 saddr @sources6 accept
                iifname "cali*" meta nfproto ipv6 goto neighbour-discovery
                iifname "cali*" drop
              }
              chain neighbour-discovery {
                ip6 saddr != { ::, fe80::/64 } drop
                ip6 daddr != { fe80::/64, ff02::1:ff00:0/104, ff02::2 } drop
                ip6 hoplimit != 255 drop
                icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
                drop
              }
              chain to-container {
                type filter hook forward priority filter; policy accept;
                ct state established,related accept
                iifname @alone drop
                oifname != "cali*" accept
                oifname vmap @endpoints
                drop
              }
            }
            """.formatted(TABLE);

    private void establishLocal(Endpoint member, Commands commands) {
        local++;
        String chain = chain(member);
        member.profiles().forEach(profile -> profileChains.use(profile, commands));
        commands.line("add chain", chain);
        member.profiles().forEach(profile -> commands.line("add rule", chain + " jump " + ProfileChains.name(profile)));
        commands.line("add rule", chain + " drop");
        member.addresses().forEach(address -> commands.element("add", Family.of(address).sources, source(member, address)));
        if (member.profiles().isEmpty()) {
            commands.element("add", "alone", quoted(member));
        }
        commands.element("add", "endpoints", quoted(member) + " : goto " + chain);
    }

    private void retract(Endpoint member, Commands commands) {
        if (isLocal(member)) {
            local--;
            commands.element("delete", "endpoints", quoted(member));
            if (member.profiles().isEmpty()) {
                commands.element("delete", "alone", quoted(member));
            }
            member.addresses().forEach(address -> commands.element("delete", Family.of(address).sources, source(member, address)));
            commands.line("flush chain", chain(member));
            commands.line("delete chain", chain(member));
            member.profiles().forEach(profile -> profileChains.unuse(profile, commands));
        }
        members.remove(member);
        for (String profile : member.profiles()) {
            for (Address address : member.addresses()) {
                if (holders(address, profile) == 0) {
                    Family family = Family.of(address);
                    commands.element("delete", GroupSets.name(profile, family), address.toString());
                    sets.unuse(profile, family, commands);
                }
            }
        }
    }

    private int holders(Address address, String profile) {
        int holders = 0;
        for (Endpoint each : members.holders(address)) {
            holders += each.profiles().contains(profile) ? 1 : 0;
        }
        return holders;
    }

    private boolean isLocal(Endpoint member) {
        return member.node().equals(node);
    }

    private static String source(Endpoint member, Address address) {
        return quoted(member) + " . " + address;
    }

    private static String quoted(Endpoint member) {
        return '"' + member.interfaceName() + '"';
    }

    private static String chain(Endpoint member) {
        return CHAIN_PREFIX + member.interfaceName();
    }

    /** A profile's name as a part of a name in nft's language. */
    static String safe(String profile) {
        // Somebody else's value may be anything; no profile's name begins with a dot.
        return SAFE.matcher(profile).matches() ? profile : "." + Hashing.sha256().hashString(profile, StandardCharsets.UTF_8);
    }
}
