package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.WorkloadEndpoint;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Everything that happens in etcd from its first revision on, checked after each revision: an address of an endpoint is held in
 * its block by that endpoint's handle, an address that a Mesos handle holds is an endpoint's, no two endpoints have the same, and
 * each handle counts what the blocks hold. Handles of others are not written along with their blocks, so for them only the blocks
 * count: what one of them holds goes to nobody else before it was free.
 */
final class RaceHistory implements AutoCloseable {
    /** What was wrong, in order; the first few. */
    final List<String> violations = new CopyOnWriteArrayList<>();

    private static final int MOST_VIOLATIONS = 20;

    private final Client client;
    private final Watch.Watcher watcher;
    private final Map<Cidr, Map<InetAddress, String>> holders = new HashMap<>(); // By block and address, the handle.
    private final Map<String, Set<InetAddress>> endpoints = new HashMap<>(); // By the handle.
    private final Map<InetAddress, String> owners = new HashMap<>();
    private final Map<String, Map<String, Integer>> handles = new HashMap<>();
    private final Set<String> touched = new HashSet<>();
    private final List<WatchEvent> together = new ArrayList<>();
    private long revision;
    private long grants;
    private volatile long checked;
    private volatile long waitedFor = Long.MAX_VALUE;
    private final CompletableFuture<Void> arrived = new CompletableFuture<>();

    RaceHistory(URI endpoint) {
        client = Client.builder().endpoints(endpoint).maxInboundMessageSize(64 << 20).build();
        ByteSequence prefix = ByteSequence.from("/calico/", StandardCharsets.UTF_8);
        watcher = client.getWatchClient().watch(
                prefix, WatchOption.builder().isPrefix(true).withRevision(1).build(), Watch.listener(
                        response -> response.getEvents().forEach(this::hear), thrown -> violation("the watch ended: " + thrown)));
    }

    @Override
    public void close() {
        watcher.close();
        client.close();
    }

    /** Waits until everything up to a revision that is the last one was checked; gives the number of addresses given. */
    long through(long last, String lastKey) throws Exception {
        waitedFor = last;
        client.getKVClient().put(bytes(lastKey), bytes("end")).get(); // What comes after it shows that it is complete.
        client.getKVClient().put(bytes(lastKey), bytes("end")).get();
        arrived.get(120, TimeUnit.SECONDS);
        return grants;
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private void hear(WatchEvent event) {
        long of = event.getKeyValue().getModRevision();
        if (of != revision) {
            check();
            revision = of;
        }
        together.add(event);
    }

    private void check() {
        for (WatchEvent each : together) {
            KeyValue read = each.getKeyValue();
            String text = read.getKey().toString(StandardCharsets.UTF_8);
            Optional<byte[]> value = each.getEventType() == WatchEvent.EventType.PUT
                    ? Optional.of(read.getValue().getBytes()) : Optional.empty();
            Keys.parse(text).ifPresent(key -> apply(key, text, value));
        }
        together.clear();
        touched.forEach(this::checkHandle);
        touched.clear();
        checked = revision;
        if (checked >= waitedFor) {
            arrived.complete(null);
        }
    }

    private void apply(Key key, String text, Optional<byte[]> value) {
        if (key instanceof Key.Block block) {
            Map<InetAddress, String> now = new HashMap<>();
            value.map(bytes -> Json.read(Block.class, text, bytes)).ifPresent(read -> read.held().forEach(
                    address -> now.put(address, read.holderOf(address).orElseThrow().holder().orElseThrow())));
            Map<InetAddress, String> before = holders.put(block.cidr(), now);
            if (before != null) {
                before.forEach((address, holder) -> {
                    if (!holder.startsWith("mesos.") && now.containsKey(address) && !now.get(address).equals(holder)) {
                        violation("revision " + revision + ": " + address + " went from " + holder + " to " + now.get(address));
                    }
                });
                touched.addAll(before.values()); // Also if the block has gone: were they given back, or lost?
            }
            touched.addAll(now.values());
        } else if (key instanceof Key.Endpoint endpoint) {
            EndpointName name = EndpointName.parse(endpoint.name()).orElseThrow();
            String handle = "mesos." + name.node() + "." + name.workload();
            Set<InetAddress> now = new HashSet<>();
            value.map(bytes -> Json.read(WorkloadEndpoint.class, text, bytes))
                    .ifPresent(read -> read.spec().networks().forEach(each -> now.add(each.network())));
            Set<InetAddress> before = endpoints.put(handle, now);
            if (before != null) {
                before.forEach(each -> owners.remove(each, handle));
            }
            grants += now.size();
            touched.add(handle);
            if (value.isEmpty()) {
                endpoints.remove(handle);
            }
        } else if (key instanceof Key.Handle handle) {
            touched.add(handle.id().value());
            if (value.isEmpty()) {
                handles.remove(handle.id().value());
            } else {
                handles.put(handle.id().value(), Json.read(Handle.class, text, value.get()).block());
            }
        }
    }

    /** After all of a revision was applied. */
    private void checkHandle(String handle) {
        if (!handle.startsWith("mesos.")) {
            return;
        }
        Set<InetAddress> ofEndpoint = endpoints.getOrDefault(handle, Set.of());
        Map<String, Integer> counts = new HashMap<>();
        Set<InetAddress> inBlocks = new HashSet<>();
        // Few blocks: looking through all of them is no matter.
        holders.forEach((cidr, byAddress) -> byAddress.forEach((address, holder) -> {
            if (holder.equals(handle)) {
                inBlocks.add(address);
                counts.merge(cidr.toString(), 1, Integer::sum);
            }
        }));
        if (!inBlocks.equals(ofEndpoint)) {
            violation("revision " + revision + ": " + handle + " has " + texts(ofEndpoint) + " by its endpoint, " + texts(inBlocks)
                    + " in the blocks");
        }
        if (!counts.equals(handles.getOrDefault(handle, Map.of()))) {
            violation("revision " + revision + ": " + handle + " counts " + handles.get(handle) + ", the blocks " + counts);
        }
        for (InetAddress address : ofEndpoint) {
            String other = owners.put(address, handle);
            if (other != null && !other.equals(handle) && endpoints.getOrDefault(other, Set.of()).contains(address)) {
                violation("revision " + revision + ": " + address + " is " + other + "'s and " + handle + "'s");
            }
        }
    }

    private static List<String> texts(Set<InetAddress> addresses) {
        return addresses.stream().map(InetAddresses::toAddrString).sorted().toList();
    }

    private void violation(String text) {
        if (violations.size() < MOST_VIOLATIONS) {
            violations.add(text);
        }
    }
}
