package io.calicomesos.cli;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.ClusterInformation;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.IpamConfig;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Tier;
import io.calicomesos.etcd.Etcd;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code calico-mesos init}: makes a fresh datastore ready, with what calicoctl would make by itself, an IPPool, and the nodes.
 * What is there already is left as it is.
 */
@Command(
        name = "init",
        description = "Make a datastore ready: pool, nodes, and what Calico expects. What exists is left as it is.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class InitCommand implements Callable<Integer> {
    private static final int BLOCK_SIZE = 26;
    private static final int BLOCK_SIZE_V6 = 122;

    @Spec
    private CommandSpec spec;

    @Mixin
    private EtcdOptions etcdOptions;

    @Option(names = "--pool", paramLabel = "CIDR",
            description = "The network that containers get addresses from, as in 10.1.0.0/16 or fd00:1::/112")
    private String pool;

    @Option(names = "--pool-name", paramLabel = "NAME", defaultValue = "mesos",
            description = "The name of the IPPool; default: ${DEFAULT-VALUE}")
    private String poolName;

    @Option(names = "--block-size", paramLabel = "BITS",
            description = "The prefix length of the blocks that hosts take from the pool; default: " + BLOCK_SIZE + ", or "
                    + BLOCK_SIZE_V6 + " for IPv6")
    private Integer blockSize;

    @Option(names = "--node", paramLabel = "NAME=ADDRESS/LENGTH[,ADDRESS/LENGTH]",
            description = "A host and its address on the hosts' network, as in slave1=10.0.0.1/24; or its IPv4 and its IPv6 "
                    + "address, as in slave1=10.0.0.1/24,fd00::1/64; repeat for each host")
    private Map<String, String> nodes = Map.of();

    @Override
    public Integer call() {
        Map<String, byte[]> documents;
        try {
            documents = documents();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
        try (EtcdConnection connection = etcdOptions.connect()) {
            Etcd etcd = connection.etcd();
            documents.forEach((key, value) -> {
                ByteSequence bytes = Etcd.bytes(key);
                boolean made = etcd.commit(
                        List.of(new Cmp(bytes, Cmp.Op.EQUAL, CmpTarget.version(0))),
                        List.of(Op.put(bytes, Etcd.bytes(value), PutOption.DEFAULT)),
                        List.of()).join().isSucceeded();
                spec.commandLine().getOut().println((made ? "made    " : "exists  ") + key);
            });
        }
        return 0;
    }

    /** What calicoctl v3.31 makes when it first writes to a datastore, then what was asked for. */
    private Map<String, byte[]> documents() {
        Instant now = Instant.now();
        Map<String, byte[]> documents = new LinkedHashMap<>();
        documents.put(
                Keys.clusterInformation(),
                Json.write(ClusterInformation.ready(UUID.randomUUID(), UUID.randomUUID(), now)));
        documents.put(Keys.tier("default"), Json.write(Tier.of("default", 1_000_000, "Deny", UUID.randomUUID(), now)));
        documents.put(
                Keys.tier("adminnetworkpolicy"), Json.write(Tier.of("adminnetworkpolicy", 1_000, "Pass", UUID.randomUUID(), now)));
        documents.put(
                Keys.tier("baselineadminnetworkpolicy"),
                Json.write(Tier.of("baselineadminnetworkpolicy", 10_000_000, "Pass", UUID.randomUUID(), now)));
        documents.put(Keys.IPAM_CONFIG, Json.write(IpamConfig.DEFAULT));
        if (pool != null) {
            Metadata metadata = Metadata.created(poolName, null, UUID.randomUUID(), now);
            Cidr cidr = Cidr.parse(pool);
            int size = blockSize != null ? blockSize : cidr.ipVersion() == 4 ? BLOCK_SIZE : BLOCK_SIZE_V6;
            documents.put(Keys.pool(poolName), Json.write(IpPool.of(metadata, cidr, size)));
        }
        nodes.forEach((name, addresses) -> {
            Metadata metadata = Metadata.created(name, null, UUID.randomUUID(), now);
            documents.put(Keys.node(new NodeName(name)), Json.write(node(metadata, addresses)));
        });
        return documents;
    }

    private static Node node(Metadata metadata, String addresses) {
        String option = "--node " + metadata.name() + "=" + addresses + ": ";
        String[] byFamily = new String[2];
        for (String each : addresses.split(",", -1)) {
            String[] addressAndLength = each.split("/", -1);
            if (addressAndLength.length != 2 || !addressAndLength[1].matches("[0-9]|[1-9][0-9]|1[0-2][0-9]")) {
                throw new IllegalArgumentException(
                        option + "address and prefix length are expected, as in 10.0.0.1/24 or fd00::1/64");
            }
            Cidr address = Cidr.of(Cidr.parseAddress(addressAndLength[0]));
            if (Integer.parseInt(addressAndLength[1]) > address.addressBits()) {
                throw new IllegalArgumentException(
                        option + "the prefix length of " + each + " must be 0.." + address.addressBits());
            }
            int family = address.ipVersion() == 4 ? 0 : 1;
            if (byFamily[family] != null) {
                throw new IllegalArgumentException(option + "a host has one IPv4 and one IPv6 address at most");
            }
            byFamily[family] = InetAddresses.toAddrString(address.network()) + "/" + addressAndLength[1];
        }
        return Node.of(metadata, byFamily[0], byFamily[1]);
    }
}
