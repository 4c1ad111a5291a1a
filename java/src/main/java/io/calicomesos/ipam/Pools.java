package io.calicomesos.ipam;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Selector;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pools that may give addresses to containers of one host.
 *
 * @param usable   those that are enabled, not about to be deleted, allow workloads and are in order, by name; whatever
 *                 they select
 * @param selected those of them whose selectors select this host
 * @param problems one line for each pool that is left out because something in it is wrong
 */
public record Pools(List<IpPool> usable, List<IpPool> selected, List<String> problems) {
    private static final String WORKLOAD = "Workload";

    /** Copies. */
    public Pools {
        usable = List.copyOf(usable);
        selected = List.copyOf(selected);
        problems = List.copyOf(problems);
    }

    /**
     * Sorts pools out.
     *
     * @param all        all pools that there are
     * @param nodeLabels labels of the host's Node
     */
    public static Pools of(final Collection<IpPool> all, final Map<String, String> nodeLabels) {
        final List<IpPool> usable = new ArrayList<>();
        final List<IpPool> selected = new ArrayList<>();
        final List<String> problems = new ArrayList<>();
        all.stream().sorted(Comparator.comparing(pool -> String.valueOf(pool.metadata().name()))).forEach(pool -> {
            if (pool.spec().disabled() || pool.metadata().deletionTimestamp() != null || !pool.allows(WORKLOAD)) {
                return;
            }
            try {
                checkBlockSize(pool);
                usable.add(pool);
                // A Mesos container is in no Kubernetes namespace, so it has none of a namespace's labels.
                if (selects(pool.spec().nodeSelector(), nodeLabels) && selects(pool.spec().namespaceSelector(), Map.of())) {
                    selected.add(pool);
                }
            } catch (final IllegalArgumentException e) {
                usable.remove(pool);
                problems.add("pool " + pool.metadata().name() + " is not used: " + e.getMessage());
            }
        });
        return new Pools(usable, selected, problems);
    }

    /**
     * The pools for addresses of any choice, in the order in which they are to be tried.
     *
     * @param ipVersion 4 or 6
     */
    public List<IpPool> automatic(final int ipVersion) {
        return selected.stream().filter(pool -> pool.automatic() && pool.spec().cidr().ipVersion() == ipVersion).toList();
    }

    /** Whether a network is in a pool that selects this host. */
    public boolean select(final Cidr network) {
        return selected.stream().anyMatch(pool -> pool.spec().cidr().contains(network));
    }

    /**
     * The pools of a request that names its pools. As in libcalico-go, naming one overrules its selectors and its
     * assignmentMode.
     *
     * @param names     the pools' names, or their networks, in the order in which they are to be tried; those of the other
     *                  family are left out
     * @param ipVersion 4 or 6
     * @throws IllegalArgumentException if there is no such pool, or it is not usable
     */
    public List<IpPool> named(final List<String> names, final int ipVersion) {
        return names.stream().map(this::byName).filter(pool -> pool.spec().cidr().ipVersion() == ipVersion).toList();
    }

    /** The pool from which one explicit address can be given, whatever it selects and also if it is manual; empty if in none. */
    public Optional<IpPool> containing(final InetAddress address) {
        return usable.stream().filter(pool -> pool.spec().cidr().contains(address)).findFirst();
    }

    /**
     * The network of the block in which an address of a pool lies.
     *
     * @param pool    the pool
     * @param address inside it
     */
    public static Cidr blockOf(final IpPool pool, final InetAddress address) {
        return Cidr.containing(address, pool.blockPrefixLength());
    }

    private IpPool byName(final String name) {
        return usable.stream().filter(pool -> name.equals(pool.metadata().name()) || name.equals(pool.spec().cidr().toString())).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("pool '" + name + "': does not exist, or may not be used; usable are "
                + usable.stream().map(pool -> pool.metadata().name()).toList()));
    }

    private static boolean selects(final String selector, final Map<String, String> labels) {
        return selector == null || Selector.parse(selector).matches(labels);
    }

    /** Whether the pool's network can be cut into blocks of the size that it says. */
    static boolean hasBlocks(final IpPool pool) {
        return pool.blockPrefixLength() >= shortest(pool.spec().cidr()) && pool.blockPrefixLength() <= pool.spec().cidr().addressBits();
    }

    private static void checkBlockSize(final IpPool pool) {
        final Cidr cidr = pool.spec().cidr();
        if (!hasBlocks(pool)) {
            throw new IllegalArgumentException("blockSize " + pool.blockPrefixLength() + " in " + cidr + ": must be " + shortest(cidr) + ".."
                + cidr.addressBits());
        }
    }

    private static int shortest(final Cidr cidr) {
        return Math.max(cidr.prefixLength(), cidr.addressBits() - Block.MAX_HOST_BITS);
    }
}
