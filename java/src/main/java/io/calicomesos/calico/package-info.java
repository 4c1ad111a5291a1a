/**
 * Calico's v3 data model as it stands in etcd: the keys, the JSON values, the names and the selector language.
 * Knows what real Calico writes and accepts, to the byte.
 * Must not know etcd's client, the kernel, Mesos, or how an address is chosen.
 */
package io.calicomesos.calico;
