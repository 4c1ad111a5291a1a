package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** A datastore in memory, as Calico's programs would write it; then single keys are changed to what they would not. */
final class AuditDatastore {
    private static final UUID ANY = UUID.fromString("00000000-0000-4000-8000-000000000000");

    /** Values by key. */
    final Map<String, String> values = new TreeMap<>();

    /**
     * A container.
     *
     * @param host where it runs
     * @param orchestrator {@code mesos} or {@code cni}
     * @param name its workload
     */
    record Container(String host, String orchestrator, String name) {
        HandleId handle() {
            return new HandleId(orchestrator.equals(EndpointName.MESOS) ? "mesos." + host + "." + name : "net-a." + name);
        }

        String handleKey() {
            return Keys.handle(handle());
        }

        EndpointName endpoint() {
            return new EndpointName(host, orchestrator, name, "eth0");
        }

        String endpointKey() {
            return Keys.endpoint(WorkloadEndpoint.DEFAULT_NAMESPACE, endpoint());
        }
    }

    void pool(String name, String cidr, int blockSize) {
        Metadata metadata = Metadata.created(name, null, ANY, Instant.EPOCH);
        values.put(Keys.pool(name), json(IpPool.of(metadata, Cidr.parse(cidr), blockSize)));
    }

    void node(String name) {
        values.put(Keys.node(new NodeName(name)), json(Node.of(Metadata.created(name, null, ANY, Instant.EPOCH), null, null)));
    }

    /** An empty block, with its affinity. */
    void claim(String host, String cidr) {
        write(Block.empty(Cidr.parse(cidr), new NodeName(host), 1_000));
        affinity(host, cidr, BlockAffinity.CONFIRMED);
    }

    void affinity(String host, String cidr, String state) {
        values.put(Keys.affinity(new NodeName(host), Cidr.parse(cidr)), json(new BlockAffinity(state, false, null)));
    }

    /** Gives a container more addresses of a block, as many as there are; its endpoint has all that it holds. */
    void give(Container container, String cidr, int count) {
        Attribute holder = Attribute.of(container.handle(), new NodeName(container.host()), Instant.EPOCH);
        Assignment assignment = block(cidr).orElseThrow().assign(count, holder, Reservations.NONE);
        if (assignment.addresses().isEmpty()) {
            return;
        }
        write(assignment.block());
        Handle handle = Optional.ofNullable(values.get(container.handleKey()))
                .map(text -> Json.read(Handle.class, container.handleKey(), bytes(text))).orElse(Handle.EMPTY);
        values.put(container.handleKey(), json(handle.increment(Cidr.parse(cidr), assignment.addresses().size())));
        List<String> networks = new ArrayList<>(Optional.ofNullable(values.get(container.endpointKey()))
                .map(text -> Json.read(WorkloadEndpoint.class, container.endpointKey(), bytes(text)).spec().ipNetworks())
                .orElse(List.of()));
        assignment.addresses().forEach(each -> networks.add(Cidr.of(each).toString()));
        endpoint(container, networks);
    }

    void endpoint(Container container, List<String> networks) {
        EndpointName name = container.endpoint();
        boolean ours = name.orchestrator().equals(EndpointName.MESOS);
        values.put(container.endpointKey(), json(new WorkloadEndpoint(null, null,
                Metadata.created(name.toString(), WorkloadEndpoint.DEFAULT_NAMESPACE, ANY, Instant.EPOCH),
                new WorkloadEndpoint.Spec(
                        name.orchestrator(), ours ? name.workload() : null, name.node(), ours ? null : name.workload(),
                        name.endpoint(), networks, List.of("net-a"), "cali0", "ee:ee:ee:ee:ee:ee", null, null, null), null)));
    }

    /** Takes everything of a container back; how, makes a difference in what stays in its blocks. */
    void takeBack(Container container, boolean byHandle) {
        Handle handle = Json.read(Handle.class, container.handleKey(), bytes(values.remove(container.handleKey())));
        values.remove(container.endpointKey());
        for (String cidr : handle.block().keySet()) {
            Block block = block(cidr).orElseThrow();
            List<InetAddress> addresses = block.addressesOf(container.handle());
            write(byHandle ? block.releaseByHandle(container.handle()).block()
                    : ((Release.Released) block.release(addresses.stream()
                            .map(each -> ReleaseRequest.of(each, container.handle())).toList())).block());
        }
    }

    /** Makes a block nobody's. */
    void giveUp(String cidr) {
        Block block = block(cidr).orElseThrow();
        block.affinity().ifPresent(host ->
                values.remove(Keys.affinity(new NodeName(host.substring("host:".length())), block.cidr())));
        write(block.withoutAffinity());
    }

    Optional<Block> block(String cidr) {
        String key = Keys.block(Cidr.parse(cidr));
        return Optional.ofNullable(values.get(key)).map(text -> Json.read(Block.class, key, bytes(text)));
    }

    /** Writes a block; as in libcalico-go, one that is nobody's and empty is deleted. */
    private void write(Block block) {
        if (block.affinity().isEmpty() && block.isEmpty()) {
            values.remove(Keys.block(block.cidr()));
        } else {
            values.put(Keys.block(block.cidr()), json(block));
        }
    }

    /** Changes a part of a value, which must be there. */
    void edit(String key, String from, String to) {
        assertThat(values.get(key)).contains(from);
        values.put(key, values.get(key).replace(from, to));
    }

    List<Finding> findings() {
        return report().findings();
    }

    AuditReport report() {
        return Audit.of(values.entrySet().stream()
                .map(each -> new Mirror.Entry(each.getKey(), Etcd.bytes(each.getValue()), 1, 1)).toList());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String json(Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
