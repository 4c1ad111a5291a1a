package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.BlockAffinity;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.Set;

/**
 * What etcd holds of addresses, read from all sides. Making one checks that the sides agree: blocks, handles, endpoints and
 * affinities tell the same, and no address has two holders.
 */
final class LedgerBooks {
    /** Blocks by network. */
    final Map<String, Block> blocks = new TreeMap<>();
    /** Addresses by the handle that holds them, as the blocks say. */
    final Map<String, Set<String>> addressesByHandle = new TreeMap<>();
    /** Handles' counts by block. */
    final Map<String, Map<String, Integer>> handles = new TreeMap<>();

    /** Reads and checks. Handles of other orchestrators need no endpoint. */
    LedgerBooks(EtcdProcess process) {
        Map<String, Set<String>> endpoints = new TreeMap<>();
        Map<String, Map<String, Integer>> counts = new TreeMap<>();
        Set<String> given = new TreeSet<>();
        process.under("/calico/").forEach((text, value) -> {
            byte[] bytes = value.text().getBytes(StandardCharsets.UTF_8);
            Key key = Keys.parse(text).orElseThrow();
            if (key instanceof Key.Block block) {
                Block read = Json.read(Block.class, text, bytes);
                assertThat(read.cidr()).isEqualTo(block.cidr());
                blocks.put(read.cidr().toString(), read);
                read.affinity().ifPresent(host -> assertAffinity(process, host, read.cidr()));
                for (InetAddress address : read.held()) {
                    String holder = read.holderOf(address).orElseThrow().holder().orElseThrow();
                    assertThat(given.add(InetAddresses.toAddrString(address))).as("one holder of %s", address).isTrue();
                    addressesByHandle.computeIfAbsent(holder, each -> new TreeSet<>()).add(InetAddresses.toAddrString(address));
                    counts.computeIfAbsent(holder, each -> new TreeMap<>()).merge(read.cidr().toString(), 1, Integer::sum);
                }
            } else if (key instanceof Key.Handle handle) {
                handles.put(handle.id().value(), Map.copyOf(Json.read(Handle.class, text, bytes).block()));
            } else if (key instanceof Key.Endpoint endpoint) {
                WorkloadEndpoint read = Json.read(WorkloadEndpoint.class, text, bytes);
                EndpointName name = EndpointName.parse(endpoint.name()).orElseThrow();
                Set<String> addresses = new TreeSet<>();
                read.spec().networks().forEach(each -> addresses.add(InetAddresses.toAddrString(each.network())));
                endpoints.put("mesos." + name.node() + "." + name.workload(), addresses);
            }
        });
        assertThat(handles).as("handles count what the blocks hold").isEqualTo(counts);
        Map<String, Set<String>> ofMesos = new TreeMap<>(addressesByHandle);
        ofMesos.keySet().removeIf(handle -> !handle.startsWith("mesos."));
        assertThat(endpoints).as("endpoints have what the blocks say").isEqualTo(ofMesos);
        assertThat(audited(process).findings()).as("the audit finds no error")
                .noneMatch(each -> each.kind().severity() == Finding.Severity.ERROR
                        && each.kind() != Finding.Kind.AFFINITY_WITHOUT_NODE); // There are no Nodes here.
    }

    private static AuditReport audited(EtcdProcess process) {
        try (Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(5))) {
            return new AuditReader(etcd).read().join();
        }
    }

    private static void assertAffinity(EtcdProcess process, String host, Cidr cidr) {
        String key = Keys.affinity(new NodeName(host.substring("host:".length())), cidr);
        String json = process.get(key).orElseThrow(() -> new AssertionError("block " + cidr + " without " + key)).text();
        assertThat(Json.read(BlockAffinity.class, key, json.getBytes(StandardCharsets.UTF_8))).isEqualTo(BlockAffinity.confirmed());
    }

    /** What a container of a host has. */
    Set<String> of(LedgerHost host, String container) {
        return addressesByHandle.getOrDefault(host.handle(container).value(), Set.of());
    }
}
