package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that containers on this host have. Somebody may free one of them in etcd, by calicoctl or by a backup: where the
 * datastore contradicts what runs, what runs is right, and nobody else here is given that address.
 */
public final class LivingAddresses implements BiPredicate<InetAddress, String> {
    private static final Logger LOG = LoggerFactory.getLogger(LivingAddresses.class);

    private final NodeName node;
    private final Map<InetAddress, ContainerPath> holders = new ConcurrentHashMap<>();
    /** Those that are going, and what completes when they have gone. Theirs may be free in etcd already. */
    private final Map<ContainerPath, CompletableFuture<Void>> leaving = new ConcurrentHashMap<>();

    /**
     * None.
     *
     * @param node this host's name in Calico
     */
    public LivingAddresses(NodeName node) {
        this.node = node;
    }

    /** Keeps those of a container. */
    void keep(Checkpoint checkpoint) {
        checkpoint.addresses().forEach(each -> holders.put(InetAddresses.forString(each), checkpoint.container()));
    }

    /** A container is going: that its addresses become free is no surprise any more. */
    void leaving(ContainerPath container) {
        leaving.computeIfAbsent(container, each -> new CompletableFuture<>());
    }

    boolean isLeaving(ContainerPath container) {
        return leaving.containsKey(container);
    }

    /**
     * When addresses can be asked for that containers have which are going.
     *
     * @return completed when these have gone; at once if there are none, whoever else has the addresses
     */
    CompletableFuture<Void> left(Collection<InetAddress> addresses) {
        return CompletableFuture.allOf(addresses.stream().map(holders::get).filter(Objects::nonNull).map(leaving::get)
                .filter(Objects::nonNull).toArray(CompletableFuture[]::new));
    }

    /** Lets those of a container go. */
    void letGo(Checkpoint checkpoint) {
        checkpoint.addresses().forEach(each -> holders.remove(InetAddresses.forString(each), checkpoint.container()));
        CompletableFuture<Void> left = leaving.remove(checkpoint.container());
        if (left != null) {
            left.complete(null);
        }
    }

    /** Whether a container here, other than the one of a handle, has an address; asked of one that is free in etcd. */
    @Override
    public boolean test(InetAddress address, String handle) {
        ContainerPath holder = holders.get(address);
        if (holder == null || Attachment.handle(node, holder).value().equals(handle)) {
            return false; // It may be given to who has it: etcd has lost it.
        }
        if (!isLeaving(holder)) {
            LOG.warn("{} is free in etcd, but container {} has it: it is not given again", InetAddresses.toAddrString(address), holder);
        }
        return true;
    }
}
