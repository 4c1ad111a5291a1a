package io.calicomesos.ipam;

import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Keys;
import io.calicomesos.ipam.AuditDatastore.Container;
import io.calicomesos.ipam.Finding.Kind;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A sound datastore, and faults to be planted into it. */
final class AuditFaults {
    static final String BLOCK1 = Keys.BLOCKS + "ipv4/block/198.18.0.0-29";
    static final String BLOCK2 = Keys.BLOCKS + "ipv4/block/198.18.0.8-29";
    private static final String BLOCK6 = Keys.BLOCKS + "ipv6/block/fd00::-125";
    private static final String AFFINITIES1 = Keys.AFFINITIES + "host1/ipv4/block/";
    static final String AFFINITY2 = Keys.AFFINITIES + "host2.example/ipv4/block/198.18.0.8-29";
    private static final String NODE2 = Keys.NODES + "host2.example";
    static final Container TWO = new Container("host1", "mesos", "two");
    private static final Container ONE = new Container("host1", "mesos", "one");
    static final Container BORROWER = new Container("host2.example", "mesos", "borrower");
    private static final Container CNI = new Container("host2.example", "cni", "others");

    private AuditFaults() {
    }

    /**
     * A fault.
     *
     * @param kind how it must be called
     * @param key where it must be noticed
     * @param detail what must be said about it, exactly
     * @param planted makes it
     */
    record Fault(Kind kind, String key, String detail, Consumer<AuditDatastore> planted) {
    }

    /** Two hosts and one of each sort of container; one has borrowed an address. */
    static AuditDatastore sound() {
        AuditDatastore store = new AuditDatastore();
        store.pool("default", "198.18.0.0/24", 29);
        store.pool("six", "fd00::/120", 125);
        store.node("host1");
        store.node("host2.example");
        store.claim("host1", "198.18.0.0/29");
        store.claim("host1", "fd00::/125");
        store.claim("host2.example", "198.18.0.8/29");
        store.give(TWO, "198.18.0.0/29", 2);
        store.give(TWO, "fd00::/125", 1);
        store.give(ONE, "198.18.0.0/29", 1);
        store.give(BORROWER, "198.18.0.0/29", 1);
        store.give(CNI, "198.18.0.8/29", 1);
        store.values.put(Keys.IPAM_CONFIG, "{\"auto_allocate_blocks\":true}");
        return store;
    }

    /** At least one of each kind. */
    static List<Fault> all() {
        return Stream.of(malformed(), ofBlocks(), ofAffinities(), ofHandles(), ofEndpoints()).flatMap(List::stream).toList();
    }

    private static List<Fault> malformed() {
        String notOfTheForm = "is not of the form that Calico gives to keys there";
        return List.of(
                new Fault(Kind.MALFORMED_KEY, Keys.BLOCKS + "ipv4/block/198.18.0.9-29", notOfTheForm,
                        store -> store.values.put(Keys.BLOCKS + "ipv4/block/198.18.0.9-29", store.values.get(BLOCK2))),
                new Fault(Kind.MALFORMED_KEY, Keys.BLOCKS + "ipv6/block/FD00::-125", notOfTheForm,
                        store -> store.values.put(Keys.BLOCKS + "ipv6/block/FD00::-125", store.values.get(BLOCK6))),
                new Fault(Kind.MALFORMED_KEY, Keys.HANDLES + "a/b", notOfTheForm,
                        store -> store.values.put(Keys.HANDLES + "a/b", "{}")),
                new Fault(Kind.MALFORMED_KEY, Keys.AFFINITIES + "host1/ipv6/block/198.18.0.0-29", notOfTheForm,
                        store -> store.values.put(Keys.AFFINITIES + "host1/ipv6/block/198.18.0.0-29", "{}")),
                new Fault(Kind.MALFORMED_KEY, Keys.POOLS + "a/b", notOfTheForm,
                        store -> store.values.put(Keys.POOLS + "a/b", "{}")),
                new Fault(Kind.MALFORMED_KEY, Keys.NODES, notOfTheForm,
                        store -> store.values.put(Keys.NODES, "{}")),
                new Fault(Kind.MALFORMED_KEY, Keys.ENDPOINTS + "eth0", notOfTheForm,
                        store -> store.values.put(Keys.ENDPOINTS + "eth0", "{}")),
                new Fault(Kind.MALFORMED_KEY, Keys.endpoints("prod") + "host1-eth0",
                        "is not named <node>-<orchestrator>-<workload>-<endpoint>",
                        store -> store.values.put(Keys.endpoints("prod") + "host1-eth0", "{}")),
                new Fault(Kind.MALFORMED_VALUE, BLOCK2, "unallocated: ordinal 0 is free and allocated at once",
                        store -> store.edit(BLOCK2, "\"unallocated\":[", "\"unallocated\":[0,")),
                new Fault(Kind.MALFORMED_VALUE, BLOCK2, "affinity 'host2.example': must begin with host: or virtual:, or be null",
                        store -> {
                            store.values.remove(AFFINITY2);
                            store.edit(BLOCK2, "host:", "");
                        }),
                new Fault(Kind.MALFORMED_VALUE, AFFINITY2, "state 'yes': must be confirmed, pending or pendingDeletion",
                        store -> store.edit(AFFINITY2, "confirmed", "yes")),
                new Fault(Kind.MALFORMED_VALUE, TWO.handleKey(), "block: network 'FD00::/125': must be written fd00::/125",
                        store -> store.edit(TWO.handleKey(), "fd00", "FD00")),
                new Fault(Kind.MALFORMED_VALUE, ONE.endpointKey(),
                        "ipNetworks: 198.18.0.2/31 is not a single address, must be /32",
                        store -> store.edit(ONE.endpointKey(), "198.18.0.2/32", "198.18.0.2/31")),
                new Fault(Kind.MALFORMED_VALUE, Keys.pool("empty"),
                        "pool empty is not used: blockSize 23 in 10.0.0.0/24: must be 24..32",
                        store -> store.pool("empty", "10.0.0.0/24", 23)),
                new Fault(Kind.VALUE_OF_ANOTHER_KEY, BLOCK2, "cidr is 198.18.0.16/29",
                        store -> store.edit(BLOCK2, "198.18.0.8/29", "198.18.0.16/29")),
                new Fault(Kind.VALUE_OF_ANOTHER_KEY, Keys.pool("six"), "metadata.name is seven",
                        store -> store.edit(Keys.pool("six"), "\"six\"", "\"seven\"")),
                new Fault(Kind.VALUE_OF_ANOTHER_KEY, NODE2, "metadata.name is host3",
                        store -> store.edit(NODE2, "host2.example", "host3")),
                contradiction("metadata.name", "host1-mesos-one-eth0", "host1-mesos-one-eth1"),
                contradiction("metadata.namespace", "default", "prod"),
                contradiction("spec.node", "host1", "host2"),
                contradiction("spec.orchestrator", "mesos", "k8s"),
                contradiction("spec.workload", "one", "two"));
    }

    private static Fault contradiction(String field, String from, String to) {
        return new Fault(Kind.VALUE_OF_ANOTHER_KEY, ONE.endpointKey(), field + " is " + to, store ->
                store.edit(ONE.endpointKey(), "\"" + from + "\"", "\"" + to + "\""));
    }

    private static List<Fault> ofBlocks() {
        return List.of(
                new Fault(Kind.BLOCK_OUTSIDE_POOLS, BLOCK6, "lies in no IPPool",
                        store -> store.values.remove(Keys.pool("six"))),
                new Fault(Kind.BLOCK_OUTSIDE_POOLS, BLOCK6, "lies in no IPPool",
                        store -> store.pool("six", "fd00::/126", 126)),
                new Fault(Kind.BLOCK_SIZE, BLOCK6, "is /125, its IPPool has blocks of /124",
                        store -> store.pool("six", "fd00::/120", 124)),
                new Fault(Kind.BLOCKS_OVERLAP, Keys.BLOCKS + "ipv4/block/198.18.0.8-30", "lies inside block 198.18.0.8/29",
                        store -> {
                            store.pool("inside", "198.18.0.8/30", 30);
                            store.claim("host1", "198.18.0.8/30");
                        }),
                new Fault(Kind.BLOCK_WITHOUT_AFFINITY, BLOCK2, "belongs to host2.example, which has no affinity to it",
                        store -> store.values.remove(AFFINITY2)),
                new Fault(Kind.QUEUE_INCOMPLETE, BLOCK2, "198.18.0.9, 198.18.0.15: free, but not in unallocated",
                        store -> store.edit(BLOCK2, "\"unallocated\":[1,2,3,4,5,6,7]", "\"unallocated\":[2,3,4,5,6]")),
                new Fault(Kind.SEQUENCE_AHEAD, BLOCK1,
                        "198.18.0.2, 198.18.0.3: given at sequence numbers above the block's, 1000",
                        store -> store.edit(BLOCK1, "\"sequenceNumber\":1003", "\"sequenceNumber\":1000")),
                new Fault(Kind.STRICT_AFFINITY, BLOCK1, "198.18.0.3: held on other hosts than host1",
                        store -> store.values.put(Keys.IPAM_CONFIG, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}")),
                new Fault(Kind.BLOCK_LIMIT, Keys.NODES + "host1", "owns 2 IPv4 blocks, maxBlocksPerHost is 1",
                        store -> {
                            store.claim("host1", "198.18.0.16/29");
                            store.values.put(Keys.IPAM_CONFIG, "{\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":1}");
                        }));
    }

    private static List<Fault> ofAffinities() {
        return List.of(
                new Fault(Kind.AFFINITY_WITHOUT_BLOCK, AFFINITIES1 + "198.18.0.16-29", "block 198.18.0.16/29 does not exist",
                        store -> store.affinity("host1", "198.18.0.16/29", BlockAffinity.CONFIRMED)),
                new Fault(Kind.AFFINITY_WITHOUT_BLOCK, AFFINITIES1 + "198.18.0.16-29", "block 198.18.0.16/29 does not exist",
                        store -> store.affinity("host1", "198.18.0.16/29", "")), // So it stands since old versions.
                new Fault(Kind.AFFINITY_TO_OTHERS_BLOCK, AFFINITIES1 + "198.18.0.8-29",
                        "block 198.18.0.8/29 belongs to host:host2.example",
                        store -> store.affinity("host1", "198.18.0.8/29", BlockAffinity.CONFIRMED)),
                new Fault(Kind.AFFINITY_TO_OTHERS_BLOCK, AFFINITY2, "block 198.18.0.8/29 belongs to nobody",
                        store -> {
                            store.giveUp("198.18.0.8/29");
                            store.affinity("host2.example", "198.18.0.8/29", BlockAffinity.CONFIRMED);
                        }),
                new Fault(Kind.AFFINITY_WITHOUT_NODE, AFFINITY2, "Node host2.example does not exist",
                        store -> store.values.remove(NODE2)),
                new Fault(Kind.AFFINITY_UNCONFIRMED, AFFINITY2, "is pendingDeletion",
                        store -> store.affinity("host2.example", "198.18.0.8/29", BlockAffinity.PENDING_DELETION)),
                new Fault(Kind.AFFINITY_UNCONFIRMED, AFFINITIES1 + "198.18.0.8-29", "is pending",
                        store -> store.affinity("host1", "198.18.0.8/29", BlockAffinity.PENDING)),
                new Fault(Kind.AFFINITY_UNCONFIRMED, AFFINITIES1 + "198.18.0.16-29", "is pending",
                        store -> store.affinity("host1", "198.18.0.16/29", BlockAffinity.PENDING)));
    }

    private static List<Fault> ofHandles() {
        return List.of(
                new Fault(Kind.HANDLE_MISSING, BLOCK1, "198.18.0.2: held by handle mesos.host1.one, which does not exist",
                        store -> store.values.remove(ONE.handleKey())),
                new Fault(Kind.HANDLE_MISSING, BLOCK2, "198.18.0.8: held by handle net-a.others, which does not exist",
                        store -> store.values.remove(CNI.handleKey())),
                new Fault(Kind.HANDLE_COUNTS_TOO_FEW, TWO.handleKey(),
                        "counts 1 in block 198.18.0.0/29, holds 2: 198.18.0.0, 198.18.0.1",
                        store -> store.edit(TWO.handleKey(), "\"198.18.0.0/29\":2", "\"198.18.0.0/29\":1")),
                new Fault(Kind.HANDLE_COUNTS_TOO_FEW, TWO.handleKey(),
                        "counts 0 in block 198.18.0.0/29, holds 2: 198.18.0.0, 198.18.0.1",
                        store -> store.edit(TWO.handleKey(), "\"198.18.0.0/29\":2,", "")),
                new Fault(Kind.HANDLE_COUNTS_TOO_MANY, ONE.handleKey(), "counts 2 in block 198.18.0.0/29, holds 1",
                        store -> store.edit(ONE.handleKey(), ":1", ":2")),
                new Fault(Kind.HANDLE_COUNTS_TOO_MANY, ONE.handleKey(), "counts 1 in block fd00::/125, holds 0",
                        store -> store.edit(ONE.handleKey(), ":1", ":1,\"fd00::/125\":1")),
                new Fault(Kind.HANDLE_AHEAD, CNI.handleKey(), "counts 2 in block 198.18.0.8/29, holds 1",
                        store -> store.edit(CNI.handleKey(), ":1", ":2")),
                new Fault(Kind.HANDLE_WITHOUT_BLOCK, CNI.handleKey(), "counts 1 in block 198.18.0.16/29, which does not exist",
                        store -> store.edit(CNI.handleKey(), ":1", ":1,\"198.18.0.16/29\":1")),
                new Fault(Kind.HANDLE_EMPTY, Keys.HANDLES + "net-a.gone", "names no block",
                        store -> store.values.put(Keys.HANDLES + "net-a.gone", "{\"block\":{},\"deleted\":false}")),
                new Fault(Kind.ATTRIBUTE_OF_OTHER_NODE, BLOCK1,
                        "198.18.0.2: held on node host2.example by handle mesos.host1.one",
                        store -> store.edit(BLOCK1, "one\",\"secondary\":{\"node\":\"host1\"",
                                "one\",\"secondary\":{\"node\":\"host2.example\"")),
                new Fault(Kind.NO_HANDLE, BLOCK2, "198.18.0.8: held without a handle",
                        store -> {
                            store.edit(BLOCK2, "\"net-a.others\"", "null");
                            store.values.remove(CNI.handleKey());
                        }),
                new Fault(Kind.ADDRESS_LEAKED, BLOCK1,
                        "198.18.0.2: held by handle mesos.host1.one, but its container has no endpoint",
                        store -> store.values.remove(ONE.endpointKey())),
                new Fault(Kind.ADDRESS_LEAKED, BLOCK1,
                        "198.18.0.3: held by handle mesos.host2.example.borrower, but its container has no endpoint",
                        store -> store.values.remove(BORROWER.endpointKey())),
                new Fault(Kind.ADDRESS_LEAKED, BLOCK1,
                        "198.18.0.1: held by handle mesos.host1.two, but no endpoint of its container has that",
                        store -> store.endpoint(TWO, List.of("198.18.0.0/32", "fd00::/128"))));
    }

    private static List<Fault> ofEndpoints() {
        Container copy = new Container("host1", "cni", "copy");
        Container stranger = new Container("host1", "cni", "one");
        return List.of(
                new Fault(Kind.ENDPOINT_NOT_ALLOCATED, CNI.endpointKey(), "198.18.0.14: is free in block 198.18.0.8/29",
                        store -> store.endpoint(CNI, List.of("198.18.0.8", "198.18.0.14/32"))),
                new Fault(Kind.ENDPOINT_NOT_ALLOCATED, TWO.endpointKey(), "198.18.0.200: lies in an IPPool, but in no block",
                        store -> store.endpoint(TWO, List.of("198.18.0.0/32", "198.18.0.1/32", "fd00::/128",
                                "198.18.0.200/32"))),
                new Fault(Kind.ENDPOINT_OF_OTHER_HANDLE, ONE.endpointKey(),
                        "198.18.0.2: is held by net-a.one, not by mesos.host1.one",
                        store -> {
                            store.edit(BLOCK1, "mesos.host1.one", "net-a.one");
                            store.values.put(stranger.handleKey(), store.values.remove(ONE.handleKey()));
                        }),
                new Fault(Kind.ENDPOINTS_SHARE_ADDRESS, CNI.endpointKey(), "198.18.0.8: " + copy.endpointKey() + " has it too",
                        store -> store.endpoint(copy, List.of("198.18.0.8/32"))));
    }
}
