package io.calicomesos.ipam;

import java.util.List;

/**
 * The addresses that a container wants in one of its networks.
 *
 * @param each one after the other, at least one
 * @param pools the IPPools that they may come from, by name or by network, in the order in which they are tried; none: those
 *     that select the host. As in Calico, a pool that is named need not select it
 */
public record Wishes(List<Wish> each, List<String> pools) {

    /** Copies the lists. */
    public Wishes {
        each = List.copyOf(each);
        pools = List.copyOf(pools);
    }
}
