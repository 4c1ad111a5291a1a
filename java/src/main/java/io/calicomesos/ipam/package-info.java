/**
 * Calico IPAM v2: which address a container gets, and how that is written down so that Calico's own programs agree.
 * Knows pools, blocks, handles and reservations; a block is a value, and all rules about it are pure functions.
 * Must not know Mesos, the kernel, or what an address is used for.
 */
package io.calicomesos.ipam;
