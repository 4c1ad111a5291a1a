package io.calicomesos.config;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Each field of the objects among the parameters, once: docs/configuration.md is printed from here. */
enum Field {
    NETWORK_NETGROUPS(Of.NETWORK, "netgroups", "list of names", "none", "Those of containers that name none."),
    NETWORK_POOLS(Of.NETWORK, "pools", "list of names or networks", "those that select the host",
            "The IPPools that the addresses come from."),
    NETWORK_IP_VERSIONS(Of.NETWORK, "ip_versions", "`[4]`, `[6]`, `[4, 6]` or `[6, 4]`", "`[4]`",
            "Of the addresses of containers that ask for none: one of each."),
    NETWORK_DNS(Of.NETWORK, "dns", "[object](#dns)", "the parameter `dns`", "The `/etc/resolv.conf` of its containers."),
    NETWORK_MTU(Of.NETWORK, "mtu", Shape.MTU.words(), "the parameter `mtu`",
            "Of both ends of the interfaces; with IPv6 at least " + Configuration.MIN_MTU_V6 + "."),
    NETWORK_TX_QUEUE_LEN(Of.NETWORK, "tx_queue_len", "packets, 1 to " + NetworkSettings.MAX_TX_QUEUE_LENGTH, "the kernel's",
            "Of both ends of the interfaces."),
    NETWORK_SYSCTLS(Of.NETWORK, "sysctls", "object of texts or numbers", "none",
            "What is set in the containers' network namespaces; names begin with `net.`."),
    NETWORK_BANDWIDTH(Of.NETWORK, "bandwidth", "[object](#bandwidth)", "no limit", "What each container may receive and send."),

    DNS_NAMESERVERS(Of.DNS, "nameservers", "list of IP addresses", "required", "At least one."),
    DNS_DOMAIN(Of.DNS, "domain", "word", "none", "The containers' own domain."),
    DNS_SEARCH(Of.DNS, "search", "list of words", "none", "The domains in which short names are looked up."),
    DNS_OPTIONS(Of.DNS, "options", "list of words", "none", "As in resolv.conf(5)."),

    INGRESS_RATE(Of.BANDWIDTH, "ingress_rate", Of.RATE, "no limit", "To the container."),
    INGRESS_BURST(Of.BANDWIDTH, "ingress_burst", Of.BURST, "what passes in 0.1 s, at least 640000", "To the container, at once; not without its rate."),
    EGRESS_RATE(Of.BANDWIDTH, "egress_rate", Of.RATE, "no limit", "From the container."),
    EGRESS_BURST(Of.BANDWIDTH, "egress_burst", Of.BURST, "what passes in 0.1 s, at least 640000", "From the container, at once; not without its rate."),

    NETGROUP_POOLS(Of.NETGROUP, "pools", "list of names or networks", "the network's", "The IPPools that the members' addresses come from."),
    NETGROUP_ROLES(Of.NETGROUP, "roles", "list of Mesos roles", "all", "Who may join. [netgroups.md](netgroups.md#who-may-join)"),

    NAMESPACE_ROLES(Of.NAMESPACE, "roles", "list of Mesos roles", "all", "Whose containers may have endpoints there.");

    private final Of of;
    private final String key;
    private final String shape;
    private final String otherwise;
    private final String meaning;

    Field(Of of, String key, String shape, String otherwise, String meaning) {
        this.of = of;
        this.key = key;
        this.shape = shape;
        this.otherwise = otherwise;
        this.meaning = meaning;
    }

    /** What the object is that has the field. */
    enum Of {
        NETWORK("networks", "by name", "`{\"web\": {\"netgroups\": [\"prod\"], \"mtu\": 1450}}`"),
        DNS("dns", "", "`{\"nameservers\": [\"10.0.0.53\"], \"search\": [\"example.com\"]}`"),
        BANDWIDTH("bandwidth", "", "`{\"ingress_rate\": 100000000, \"egress_rate\": 50000000, \"egress_burst\": 2000000}`"),
        NETGROUP("netgroups", "by name or pattern", "`{\"prod-*\": {\"pools\": [\"fast\"], \"roles\": [\"prod\", \"prod/%\"]}}`"),
        NAMESPACE("namespaces", "by name or pattern", "`{\"team-*\": {\"roles\": [\"eng\"]}}`");

        private static final String RATE = "bits per second, " + RateLimit.MIN_RATE + " to " + RateLimit.MAX_RATE;
        private static final String BURST = "bits, " + RateLimit.MIN_BURST + " to " + RateLimit.MAX_BURST;

        private final String heading;
        private final String by;
        private final String example;

        Of(String heading, String by, String example) {
            this.heading = heading;
            this.by = by;
            this.example = example;
        }

        String heading() {
            return heading;
        }

        /** How there are several; empty if there is one. */
        String by() {
            return by;
        }

        String example() {
            return example;
        }
    }

    Of of() {
        return of;
    }

    /** As it is written. */
    String key() {
        return key;
    }

    String shape() {
        return shape;
    }

    String otherwise() {
        return otherwise;
    }

    String meaning() {
        return meaning;
    }

    /** Those of an object. */
    static Set<String> keys(Of of) {
        return Arrays.stream(values()).filter(each -> each.of == of).map(Field::key).collect(Collectors.toCollection(TreeSet::new));
    }
}
