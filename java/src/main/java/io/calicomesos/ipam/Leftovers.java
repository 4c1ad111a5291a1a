package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Etcd;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads from etcd what containers of this host hold of which nothing but the name is known. Never on the launch path. */
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
        String endpoints = Keys.endpoints(WorkloadEndpoint.DEFAULT_NAMESPACE) + EndpointName.prefixOf(node);
        String handles = Keys.HANDLES + HandleId.prefixOf(node);
        return etcd.get(Etcd.bytes(endpoints), keys).thenCombine(etcd.get(Etcd.bytes(handles), keys), (first, second) -> {
            Set<WorkloadName> found = new HashSet<>();
            Stream.concat(first.getKvs().stream(), second.getKvs().stream())
                    .flatMap(each -> Keys.parse(each.getKey().toString(StandardCharsets.UTF_8)).stream())
                    .flatMap(key -> workloadOf(key).stream())
                    .forEach(found::add);
            return found;
        });
    }

    private Optional<WorkloadName> workloadOf(Key key) {
        if (key instanceof Key.Handle handle) {
            return handle.id().workloadOn(node);
        }
        return key instanceof Key.Endpoint endpoint
                ? EndpointName.parse(endpoint.name()).map(name -> new WorkloadName(name.workload())) : Optional.empty();
    }

    /**
     * What there is to give back of a container.
     *
     * @param departure its names
     * @return the same with revision and addresses; none if etcd holds nothing of it
     */
    CompletableFuture<Optional<Departure>> of(Departure departure) {
        CompletableFuture<GetResponse> endpoint = etcd.get(Etcd.bytes(departure.endpointKey()), GetOption.DEFAULT);
        CompletableFuture<GetResponse> handle = etcd.get(Etcd.bytes(Keys.handle(departure.handle())), GetOption.DEFAULT);
        return endpoint.thenCombine(handle, (first, second) -> of(departure, first, second)).thenCompose(Function.identity());
    }

    private CompletableFuture<Optional<Departure>> of(Departure departure, GetResponse endpoint, GetResponse handle) {
        if (endpoint.getKvs().isEmpty() && handle.getKvs().isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        // A revision that no key has makes the conditional delete of an endpoint that is not there do nothing.
        long revision = endpoint.getKvs().isEmpty() ? Long.MAX_VALUE : endpoint.getKvs().get(0).getCreateRevision();
        List<CompletableFuture<List<InetAddress>>> addresses = new ArrayList<>();
        for (KeyValue each : handle.getKvs()) {
            Handle held = Json.read(Handle.class, Keys.handle(departure.handle()), each.getValue().getBytes());
            for (String block : held.block().keySet()) {
                addresses.add(addressesIn(Cidr.parse(block), departure.handle()));
            }
        }
        return CompletableFuture.allOf(addresses.toArray(CompletableFuture[]::new)).thenApply(done -> Optional.of(new Departure(
                departure.handle(), departure.endpointKey(), revision,
                addresses.stream().flatMap(each -> each.join().stream()).toList())));
    }

    private CompletableFuture<List<InetAddress>> addressesIn(Cidr cidr, HandleId handle) {
        return etcd.get(Etcd.bytes(Keys.block(cidr)), GetOption.DEFAULT).thenApply(response -> {
            Block block = HeldBlocks.Held.of(cidr, response).block();
            return block == null ? List.of() : block.addressesOf(handle);
        });
    }
}
