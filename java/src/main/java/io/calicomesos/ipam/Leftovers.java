package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Reads from etcd what containers of this host hold of which nothing but the name is known. Never on the launch path. Its cost
 * grows with the number of namespaces: endpoints stand under theirs, and those of one host are found in each by themselves.
 */
final class Leftovers {
    private final Etcd etcd;
    private final NodeName node;

    Leftovers(Etcd etcd, NodeName node) {
        this.etcd = etcd;
        this.node = node;
    }

    /** The workloads of this host that hold an endpoint or a handle. */
    CompletableFuture<Set<WorkloadName>> workloads() {
        GetOption keys = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        CompletableFuture<GetResponse> handles = etcd.get(Etcd.bytes(Keys.HANDLES + HandleId.prefixOf(node)), keys);
        return endpoints("").thenCombine(handles, (endpoints, read) -> {
            Set<WorkloadName> found = new HashSet<>();
            endpoints.keySet().forEach(key -> nameIn(key).flatMap(name -> WorkloadName.parse(name.workload())).ifPresent(found::add));
            for (KeyValue each : read.getKvs()) {
                Keys.parse(Mirror.Entry.of(each).key())
                        .flatMap(key -> ((Key.Handle) key).id().workloadOn(node)).ifPresent(found::add);
            }
            return found;
        });
    }

    /**
     * What there is to give back of a container.
     *
     * @param departure its name
     * @param blocks where it is known to hold addresses, also if its handle does not say so
     * @return the same with endpoints and addresses; none if etcd holds nothing of it
     */
    CompletableFuture<Optional<Departure>> of(Departure departure, Collection<Cidr> blocks) {
        CompletableFuture<Map<String, Long>> endpoints = departure.handle().workloadOn(node)
                .map(this::endpointsOf).orElseGet(() -> CompletableFuture.completedFuture(Map.of()));
        CompletableFuture<GetResponse> handle = etcd.get(Etcd.bytes(Keys.handle(departure.handle())), GetOption.DEFAULT);
        return handle.thenCompose(read -> {
            Set<Cidr> all = new LinkedHashSet<>(blocks);
            for (KeyValue each : read.getKvs()) {
                Json.read(Handle.class, Keys.handle(departure.handle()), each.getValue().getBytes()).block().keySet()
                        .forEach(text -> all.add(Cidr.parse(text)));
            }
            return addressesIn(all, departure.handle()).thenCombine(endpoints, (addresses, found) ->
                    read.getKvs().isEmpty() && addresses.isEmpty() && found.isEmpty() ? Optional.<Departure>empty()
                            : Optional.of(new Departure(departure.handle(), found, addresses)));
        });
    }

    private CompletableFuture<List<InetAddress>> addressesIn(Collection<Cidr> blocks, HandleId handle) {
        List<CompletableFuture<List<InetAddress>>> reads = blocks.stream().map(cidr -> addressesIn(cidr, handle)).toList();
        return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
                .thenApply(done -> reads.stream().flatMap(each -> each.join().stream()).toList());
    }

    private CompletableFuture<List<InetAddress>> addressesIn(Cidr cidr, HandleId handle) {
        return etcd.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT).thenApply(response -> {
            Block block = HeldBlocks.Held.of(cidr, response).block();
            return block == null ? List.of() : block.addressesOf(handle);
        });
    }

    // ---- endpoints, in whatever namespace ----

    private CompletableFuture<Map<String, Long>> endpointsOf(WorkloadName workload) {
        return endpoints(EndpointName.escaped(workload.value()) + "-").thenApply(found -> {
            Map<String, Long> its = new HashMap<>(found);
            its.keySet().removeIf(key -> !nameIn(key).orElseThrow().workload().equals(workload.value())); // a-b for a.
            return its;
        });
    }

    /**
     * This host's Mesos endpoints.
     *
     * @param begin how the rest of their names begins after host and orchestrator, escaped
     * @return the revisions at which they were created, by key
     */
    private CompletableFuture<Map<String, Long>> endpoints(String begin) {
        return namespaces(Keys.ENDPOINTS, new ArrayList<>()).thenCompose(namespaces -> {
            GetOption keys = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
            List<CompletableFuture<GetResponse>> reads = namespaces.stream()
                    .map(each -> etcd.get(Etcd.bytes(Keys.endpoints(each) + EndpointName.prefixOf(node) + begin), keys))
                    .toList();
            return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new)).thenApply(done -> {
                Map<String, Long> found = new HashMap<>();
                reads.stream().flatMap(each -> each.join().getKvs().stream()).map(Mirror.Entry::of)
                        .filter(each -> nameIn(each.key()).isPresent())
                        .forEach(each -> found.put(each.key(), each.createRevision()));
                return found;
            });
        });
    }

    private static Optional<EndpointName> nameIn(String key) {
        return Keys.parse(key).flatMap(
                parsed -> parsed instanceof Key.Endpoint endpoint ? EndpointName.parse(endpoint.name()) : Optional.empty());
    }

    /** Jumps from one namespace to the next: the first key, the first behind all of its namespace, and so on. */
    private CompletableFuture<List<String>> namespaces(String from, List<String> found) {
        GetOption first = GetOption.builder()
                .withRange(Etcd.bytes(Keys.endOf(Keys.ENDPOINTS))).withLimit(1).withKeysOnly(true)
                .withSortField(GetOption.SortTarget.KEY).withSortOrder(GetOption.SortOrder.ASCEND).build();
        return etcd.get(Etcd.bytes(from), first).thenCompose(response -> {
            if (response.getKvs().isEmpty()) {
                return CompletableFuture.completedFuture(found);
            }
            String rest = Mirror.Entry.of(response.getKvs().get(0)).key().substring(Keys.ENDPOINTS.length());
            int slash = rest.indexOf('/');
            String namespace = slash < 0 ? rest : rest.substring(0, slash);
            if (slash >= 0) {
                found.add(namespace);
            }
            return namespaces(slash < 0 ? Keys.ENDPOINTS + rest + '\0' : Keys.endOf(Keys.endpoints(namespace)), found);
        });
    }
}
