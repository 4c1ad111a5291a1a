package io.calicomesos.ipam;

import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.MoreExecutors;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MacAddress;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A host with a ledger of its own, as an agent has it; its containers are called by any safe name. Needs no library that is not
 * installed, since {@link AllocatorCommand} runs on those alone.
 */
final class LedgerHost implements AutoCloseable {
    private static final UUID ANY = UUID.fromString("00000000-0000-4000-8000-000000000000");

    final NodeName node;
    private final Runnable closing;
    /** Addresses that this host's kernel has, whatever etcd says. */
    final Set<InetAddress> inUse = ConcurrentHashMap.newKeySet();
    final Ledger ledger;
    private final Duration launchTimeout;

    /** Starts it with an etcd that may not be there. */
    LedgerHost(URI endpoint, String node, Duration requestTimeout, Duration launchTimeout) {
        this.node = new NodeName(node);
        this.launchTimeout = launchTimeout;
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        Etcd etcd = new Etcd(EtcdAccess.open(List.of(endpoint)), requestTimeout);
        this.ledger = new Ledger(etcd, this.node, (address, handle) -> inUse.contains(address), MoreExecutors.newSequentialExecutor(MoreExecutors.directExecutor()), timer);
        this.closing = () -> {
            etcd.close();
            timer.shutdownNow();
        };
        ledger.start();
    }

    /** One of very many, which share what an agent has for itself. */
    LedgerHost(Etcd etcd, ScheduledExecutorService executor, String node) {
        this.node = new NodeName(node);
        this.launchTimeout = Duration.ofMinutes(2);
        this.ledger = new Ledger(etcd, this.node, (address, handle) -> inUse.contains(address), executor, executor);
        this.closing = () -> { };
        ledger.start();
    }

    /** One whose requests have all the time that they need. */
    LedgerHost(EtcdProcess process, String node) {
        this(process.endpoint(), node, Duration.ofSeconds(5), Duration.ofSeconds(30));
    }

    @Override
    public void close() {
        ledger.close();
        closing.run();
    }

    /** A launch of a container with these addresses, or with one of any choice if none is said. */
    CompletableFuture<Launched> launch(String container, String... addresses) {
        return launch(container, addresses.length == 0 ? 1 : 0, addresses);
    }

    CompletableFuture<Launched> launch(String container, int automatic, String... addresses) {
        List<Wish> wishes = new ArrayList<>();
        Arrays.stream(addresses).map(InetAddresses::forString).map(Wish.This::new).forEach(wishes::add);
        wishes.addAll(Collections.nCopies(automatic, new Wish.Any(4)));
        return launch(container, wishes);
    }

    CompletableFuture<Launched> launch(String container, List<Wish> wishes, String... pools) {
        return ledger.launch(request(container, wishes, pools));
    }

    /** What is asked of the ledger; all that does not follow from the addresses is made before, as for a real container. */
    Launch request(String container, List<Wish> wishes, String... pools) {
        EndpointName name = endpointName(container);
        Metadata metadata = Metadata.created(name.toString(), WorkloadEndpoint.DEFAULT_NAMESPACE, ANY, Instant.EPOCH);
        ProfileName profile = ProfileName.ofNetgroup("prod");
        InterfaceName interfaceName = InterfaceName.of(name);
        MacAddress mac = MacAddress.of(name);
        String endpointKey = endpointKey(container);
        Launch.Document shared = new Launch.Document(Keys.profile(profile), "{}".getBytes(StandardCharsets.UTF_8), false);
        return new Launch(
                handle(container), List.of(new Wishes(wishes, List.of(pools))),
                given -> List.of(
                        new Launch.Document(endpointKey, Json.write(WorkloadEndpoint.of(
                                metadata, name, given.stream().map(Cidr::of).toList(), List.of(profile), interfaceName, mac)), true),
                        shared),
                launchTimeout);
    }

    /** Launches, and waits for the addresses. */
    List<String> addressesOf(String container, String... addresses) throws Exception {
        return texts(outcome(launch(container, addresses)));
    }

    /** A departure of a launched container. */
    CompletableFuture<Void> depart(String container, Launched launched) {
        return ledger.depart(new Departure(
                handle(container), Map.of(endpointKey(container), launched.revision()), launched.addresses()));
    }

    /** A departure of a container of which only the name is known. */
    CompletableFuture<Void> departUnknown(String container) {
        return ledger.depart(Departure.ofUnknown(handle(container)));
    }

    /** What is said to whoever launched a container that gets nothing. */
    <T extends Throwable> T refusal(Class<T> type, CompletableFuture<Launched> launch) {
        try {
            throw new AssertionError("it was launched: " + outcome(launch));
        } catch (ExecutionException e) {
            return type.cast(e.getCause());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    HandleId handle(String container) {
        return HandleId.of(node, new WorkloadName(container));
    }

    String endpointKey(String container) {
        return Keys.endpoint(WorkloadEndpoint.DEFAULT_NAMESPACE, endpointName(container));
    }

    private EndpointName endpointName(String container) {
        return EndpointName.of(node, new WorkloadName(container), "eth0");
    }

    static <T> T outcome(CompletableFuture<T> future) throws Exception {
        return future.get(90, TimeUnit.SECONDS);
    }

    static List<String> texts(Launched launched) {
        return launched.addresses().stream().map(InetAddresses::toAddrString).toList();
    }

    /** Puts a pool into etcd. */
    static void pool(EtcdProcess process, String name, String cidr, int blockSize) {
        pool(process, name, cidr, blockSize, "all()");
    }

    /** Puts a pool for some hosts into etcd. */
    static void pool(EtcdProcess process, String name, String cidr, int blockSize, String nodeSelector) {
        IpPool pool = IpPool.of(Metadata.created(name, null, ANY, Instant.EPOCH), Cidr.parse(cidr), blockSize);
        process.put(Keys.pool(name), json(pool).replace("\"nodeSelector\":\"all()\"", "\"nodeSelector\":\"" + nodeSelector + "\""));
    }

    static String json(Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
