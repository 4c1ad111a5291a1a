package io.calicomesos.calico;

import java.util.Optional;

/** Calico's keys in etcd, and back. The constants are prefixes for range reads and watches; they end with a slash. */
public final class Keys {
    /** Everything of IPAM. */
    public static final String IPAM = "/calico/ipam/v2/";
    /** All blocks of both families. */
    public static final String BLOCKS = IPAM + "assignment/";
    /** All handles. */
    public static final String HANDLES = IPAM + "handle/";
    /** All affinities of blocks to hosts. */
    public static final String AFFINITIES = IPAM + "host/";
    /** IPAM's settings: a key, not a prefix. */
    public static final String IPAM_CONFIG = IPAM + "config";
    /** All v3 resources. */
    public static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    /** All pools. */
    public static final String POOLS = RESOURCES + "ippools/";
    /** All reservations. */
    public static final String RESERVATIONS = RESOURCES + "ipreservations/";
    /** All profiles. */
    public static final String PROFILES = RESOURCES + "profiles/";
    /** All nodes. */
    public static final String NODES = RESOURCES + "nodes/";
    /** All endpoints of all namespaces. */
    public static final String ENDPOINTS = RESOURCES + "workloadendpoints/";
    /** All endpoints of hosts' own interfaces. */
    public static final String HOST_ENDPOINTS = RESOURCES + "hostendpoints/";
    /** All tiers. */
    public static final String TIERS = RESOURCES + "tiers/";
    /** Felix's settings. */
    public static final String FELIX_CONFIGURATIONS = RESOURCES + "felixconfigurations/";
    /** All policies for the endpoints of one namespace. */
    public static final String NETWORK_POLICIES = RESOURCES + "networkpolicies/";
    /** All policies for the endpoints of all namespaces. */
    public static final String GLOBAL_NETWORK_POLICIES = RESOURCES + "globalnetworkpolicies/";
    /** The cluster's state. */
    public static final String CLUSTER_INFORMATIONS = RESOURCES + "clusterinformations/";

    private Keys() {
    }

    /** The key of a block. */
    public static String block(final Cidr cidr) {
        return blocks(cidr.ipVersion()) + cidr.keyForm();
    }

    /** The prefix of all blocks of a family, 4 or 6. */
    public static String blocks(final int ipVersion) {
        return BLOCKS + "ipv" + ipVersion + "/block/";
    }

    /** The key of a handle. */
    public static String handle(final HandleId id) {
        return HANDLES + id;
    }

    /** The key of a block's affinity to a host. */
    public static String affinity(final NodeName host, final Cidr cidr) {
        return affinities(host, cidr.ipVersion()) + cidr.keyForm();
    }

    /** The prefix of a host's affinities of both families. */
    public static String affinities(final NodeName host) {
        return AFFINITIES + host + "/";
    }

    /** The prefix of a host's affinities of a family, 4 or 6. */
    public static String affinities(final NodeName host, final int ipVersion) {
        return affinities(host) + "ipv" + ipVersion + "/block/";
    }

    /** The key of a pool. */
    public static String pool(final String name) {
        return POOLS + name;
    }

    /** The key of a reservation. */
    public static String reservation(final String name) {
        return RESERVATIONS + name;
    }

    /** The key of a profile. */
    public static String profile(final ProfileName name) {
        return PROFILES + name;
    }

    /** The key of a node. */
    public static String node(final NodeName name) {
        return NODES + name;
    }

    /** The key of an endpoint. */
    public static String endpoint(final String namespace, final EndpointName name) {
        return endpoints(namespace) + name;
    }

    /**
     * The end of a range read: the first key behind all those that begin with a prefix.
     *
     * @param prefix a prefix that ends in a slash
     */
    public static String endOf(final String prefix) {
        return prefix.substring(0, prefix.length() - 1) + (char) ('/' + 1);
    }

    /** The prefix of all endpoints of a namespace. */
    public static String endpoints(final String namespace) {
        return ENDPOINTS + namespace + "/";
    }

    /** The key of a tier. */
    public static String tier(final String name) {
        return TIERS + name;
    }

    /** The key of Felix's settings: {@code default}, or {@code node.<host>}. */
    public static String felixConfiguration(final String name) {
        return FELIX_CONFIGURATIONS + name;
    }

    /** The key of the cluster's state. */
    public static String clusterInformation() {
        return CLUSTER_INFORMATIONS + ClusterInformation.NAME;
    }

    /**
     * What a key names.
     *
     * @param key any etcd key
     * @return empty for keys that are none of the above, also for malformed ones
     */
    public static Optional<Key> parse(final String key) {
        final String[] parts = key.split("/", -1);
        try {
            if (key.startsWith(RESOURCES)) {
                return resource(parts);
            }
            if (key.startsWith(BLOCKS) && parts.length == 8 && parts[6].equals("block")) {
                return cidr(parts[5], parts[7]).map(Key.Block::new);
            }
            if (key.startsWith(HANDLES) && parts.length == 6) {
                return Optional.of(new Key.Handle(new HandleId(parts[5])));
            }
            if (key.startsWith(AFFINITIES) && parts.length == 9 && parts[7].equals("block") && !parts[5].isEmpty()) {
                return cidr(parts[6], parts[8]).map(cidr -> new Key.Affinity(parts[5], cidr));
            }
            return key.equals(IPAM_CONFIG) ? Optional.of(new Key.Config()) : Optional.empty();
        } catch (final IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Cidr> cidr(final String family, final String keyForm) {
        final Cidr cidr = Cidr.parseKeyForm(keyForm);
        return family.equals("ipv" + cidr.ipVersion()) && cidr.keyForm().equals(keyForm) ? Optional.of(cidr) : Optional.empty();
    }

    private static Optional<Key> resource(final String[] parts) {
        final String name = parts[parts.length - 1];
        if (name.isEmpty()) {
            return Optional.empty();
        }
        if (parts.length == 8) {
            return parts[5].equals("workloadendpoints") && !parts[6].isEmpty()
                ? Optional.of(new Key.Endpoint(parts[6], name)) : Optional.empty();
        }
        if (parts.length != 7) {
            return Optional.empty();
        }
        return Optional.ofNullable(switch (parts[5]) {
            case "ippools" -> new Key.Pool(name);
            case "ipreservations" -> new Key.Reservation(name);
            case "profiles" -> new Key.ProfileKey(name);
            case "nodes" -> new Key.NodeKey(name);
            case "tiers" -> new Key.TierKey(name);
            case "felixconfigurations" -> new Key.FelixKey(name);
            case "clusterinformations" -> new Key.Cluster(name);
            default -> null;
        });
    }
}
