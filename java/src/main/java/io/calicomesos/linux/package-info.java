/**
 * The Linux kernel's network, asked in this process: interfaces, routes, nftables, sysctl. Its natives are in
 * native/linux, under the same names. Knows nothing of Mesos, Calico's resources or etcd, and decides nothing.
 */
package io.calicomesos.linux;
