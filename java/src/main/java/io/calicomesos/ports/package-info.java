/**
 * Ports of the host that lead to containers, in an nftables table of their own, whoever enforces netgroups. Knows addresses and
 * ports; knows no netgroup, and nothing of etcd.
 */
package io.calicomesos.ports;
