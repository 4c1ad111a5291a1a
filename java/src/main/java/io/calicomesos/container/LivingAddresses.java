package io.calicomesos.container;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses that containers on this host have. Somebody may free one of them in etcd, by calicoctl or by a backup: where the
 * datastore contradicts what runs, what runs is right, and nobody else here is given that address.
 */
public final class LivingAddresses implements Predicate<InetAddress> {
    private static final Logger LOG = LoggerFactory.getLogger(LivingAddresses.class);

    private final Map<InetAddress, ContainerPath> holders = new ConcurrentHashMap<>();

    /** Keeps those of a container. */
    void keep(Checkpoint checkpoint) {
        checkpoint.addresses().forEach(each -> holders.put(InetAddresses.forString(each), checkpoint.container()));
    }

    /** Lets those of a container go. */
    void letGo(Checkpoint checkpoint) {
        checkpoint.addresses().forEach(each -> holders.remove(InetAddresses.forString(each), checkpoint.container()));
    }

    /** Whether a container here has an address, asked of one that is free in etcd. */
    @Override
    public boolean test(InetAddress address) {
        ContainerPath holder = holders.get(address);
        if (holder != null) {
            LOG.warn("{} is free in etcd, but container {} has it: it is not given again", InetAddresses.toAddrString(address), holder);
        }
        return holder != null;
    }
}
