package io.calicomesos.netgroup;

/** An address family, in nft's words. */
enum Family {
    IPV4(4, "ip", "ipv4_addr", "sources", "group-"),
    IPV6(6, "ip6", "ipv6_addr", "sources6", "group6-");

    final int ipVersion;
    final String protocol;
    final String type;
    final String sources;
    final String groupPrefix;

    Family(int ipVersion, String protocol, String type, String sources, String groupPrefix) {
        this.ipVersion = ipVersion;
        this.protocol = protocol;
        this.type = type;
        this.sources = sources;
        this.groupPrefix = groupPrefix;
    }

    static Family of(Address address) {
        return address.ipv6() ? IPV6 : IPV4;
    }

    static Family of(int ipVersion) {
        return ipVersion == 4 ? IPV4 : IPV6;
    }
}
