package io.calicomesos.netgroup;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The nftables table of the builtin enforcer: what it holds for the members told so far, and the commands that take the kernel
 * from one state to the next. A member anywhere in the cluster is one element in the set of each of its netgroups; a member of
 * this host has a chain besides, which lets in what comes from the sets of its netgroups. A netgroup has a set for each address
 * family that a member has, since an nftables set holds one type. Pure: it runs nothing.
 */
final class Ruleset {
    static final String TABLE = "inet calico-mesos";

    /** Profile names that can stand in nft's language; the kernel takes 255 bytes for a set's name. */
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** An address family, in nft's words. */
    private enum Family {
        IPV4("ip", "ipv4_addr", "sources", "group-"),
        IPV6("ip6", "ipv6_addr", "sources6", "group6-");

        private final String protocol;
        private final String type;
        private final String sources;
        private final String groupPrefix;

        Family(String protocol, String type, String sources, String groupPrefix) {
            this.protocol = protocol;
            this.type = type;
            this.sources = sources;
            this.groupPrefix = groupPrefix;
        }

        static Family of(String address) {
            return address.indexOf(':') < 0 ? IPV4 : IPV6;
        }

        /** Those in which a member has an address. */
        static Stream<Family> of(Member member) {
            return member.addresses().stream().map(Family::of).distinct().sorted();
        }
    }

    private final String node;
    private final Map<String, Member> members = new HashMap<>();
    private final Map<String, Map<String, Integer>> groups = new TreeMap<>(); // Set → address → how many members have it.
    private final Set<String> open = new HashSet<>(Set.of("public"));

    /**
     * An empty table.
     *
     * @param node this host's name: its members get chains
     */
    Ruleset(String node) {
        this.node = node;
    }

    /**
     * A member came or changed.
     *
     * @return the commands, to be run as one transaction; empty if nothing changes
     */
    String put(Member member) {
        if (member.addresses().isEmpty()) {
            return remove(member.key()); // Nothing of it passes anyway.
        }
        Member old = members.get(member.key());
        if (member.equals(old)) {
            return "";
        }
        StringBuilder commands = new StringBuilder();
        if (old != null) {
            retract(old, commands);
        }
        members.put(member.key(), member);
        establish(member, commands);
        return commands.toString();
    }

    /**
     * A member has gone.
     *
     * @return the commands; empty if it was not known
     */
    String remove(String key) {
        Member old = members.remove(key);
        StringBuilder commands = new StringBuilder();
        if (old != null) {
            retract(old, commands);
        }
        return commands.toString();
    }

    /**
     * A profile lets everyone in, or its own members only.
     *
     * @return the commands
     */
    String profile(String profile, boolean letsEveryoneIn) {
        boolean changed = letsEveryoneIn ? open.add(profile) : open.remove(profile);
        StringBuilder commands = new StringBuilder();
        if (changed) {
            for (Member member : members.values()) {
                if (local(member) && member.profiles().contains(profile)) {
                    commands.append("flush chain ").append(TABLE).append(' ').append(chain(member)).append('\n');
                    rules(member, commands);
                }
            }
        }
        return commands.toString();
    }

    /**
     * The keys of the members that it was told of.
     *
     * @return a copy
     */
    Set<String> keys() {
        return Set.copyOf(members.keySet());
    }

    Member member(String key) {
        return members.get(key);
    }

    /**
     * Whether any member lives on this host.
     *
     * @return then the table is needed
     */
    boolean hasLocal() {
        return members.values().stream().anyMatch(this::local);
    }

    /**
     * The whole table, in place of what the kernel has under its name.
     *
     * @return the commands, one transaction: there is no moment without rules
     */
    String full() {
        StringBuilder commands = new StringBuilder(remove()).append(SKELETON);
        groups.clear();
        members.values().forEach(member -> establish(member, commands));
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
                oifname != "cali*" accept
                ct state established,related accept
                oifname vmap @endpoints
                drop
              }
            }
            """.formatted(TABLE);

    private void establish(Member member, StringBuilder commands) {
        for (String profile : sorted(member.profiles())) {
            for (String address : sorted(member.addresses())) {
                Family family = Family.of(address);
                String set = set(profile, family);
                Map<String, Integer> addresses = groups.get(set);
                if (addresses == null) {
                    addresses = new HashMap<>();
                    groups.put(set, addresses);
                    commands.append("add set ").append(TABLE).append(' ').append(set).append(" { type ").append(family.type)
                            .append("; }\n");
                }
                if (addresses.merge(address, 1, Integer::sum) == 1) {
                    element("add", set, address, commands);
                }
            }
        }
        if (local(member)) {
            commands.append("add chain ").append(TABLE).append(' ').append(chain(member)).append('\n');
            rules(member, commands);
            for (String address : sorted(member.addresses())) {
                element("add", Family.of(address).sources, source(member, address), commands);
            }
            element("add", "endpoints", quoted(member) + " : goto " + chain(member), commands);
        }
    }

    private void retract(Member member, StringBuilder commands) {
        if (local(member)) {
            element("delete", "endpoints", quoted(member), commands);
            for (String address : sorted(member.addresses())) {
                element("delete", Family.of(address).sources, source(member, address), commands);
            }
            commands.append("flush chain ").append(TABLE).append(' ').append(chain(member)).append('\n');
            commands.append("delete chain ").append(TABLE).append(' ').append(chain(member)).append('\n');
        }
        for (String profile : sorted(member.profiles())) {
            for (String address : sorted(member.addresses())) {
                String set = set(profile, Family.of(address));
                Map<String, Integer> addresses = groups.get(set);
                if (addresses.merge(address, -1, (a, b) -> a + b == 0 ? null : a + b) == null) {
                    element("delete", set, address, commands);
                }
                if (addresses.isEmpty()) {
                    groups.remove(set);
                    commands.append("delete set ").append(TABLE).append(' ').append(set).append('\n');
                }
            }
        }
    }

    /** Of a netgroup, the sets of the families that the member has: it is in them itself, so they are there. */
    private void rules(Member member, StringBuilder commands) {
        for (String profile : sorted(member.profiles())) {
            if (open.contains(profile)) {
                rule(member, "accept", commands);
            } else {
                Family.of(member).forEach(family ->
                        rule(member, family.protocol + " saddr @" + set(profile, family) + " accept", commands));
            }
        }
        rule(member, "drop", commands);
    }

    private static void rule(Member member, String rule, StringBuilder commands) {
        commands.append("add rule ").append(TABLE).append(' ').append(chain(member)).append(' ').append(rule).append('\n');
    }

    private static void element(String verb, String set, String element, StringBuilder commands) {
        commands.append(verb).append(" element ").append(TABLE).append(' ').append(set).append(" { ").append(element)
                .append(" }\n");
    }

    private boolean local(Member member) {
        return member.node().equals(node);
    }

    private static String source(Member member, String address) {
        return quoted(member) + " . " + address;
    }

    private static String quoted(Member member) {
        return '"' + member.interfaceName() + '"';
    }

    private static String chain(Member member) {
        return "to-" + member.interfaceName();
    }

    private static String set(String profile, Family family) {
        if (SAFE.matcher(profile).matches()) {
            return family.groupPrefix + profile;
        }
        // Somebody else's value may be anything; no profile's name begins with a dot.
        return family.groupPrefix + "." + Hashing.sha256().hashString(profile, StandardCharsets.UTF_8);
    }

    /** The set of a netgroup's addresses of a family, 4 or 6. */
    static String set(String profile, int ipVersion) {
        return set(profile, ipVersion == 4 ? Family.IPV4 : Family.IPV6);
    }

    private static List<String> sorted(Set<String> set) {
        return set.stream().sorted().toList();
    }
}
