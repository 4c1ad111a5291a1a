/**
 * The page that {@code calico-mesos serve} shows: hosts, containers, netgroups and addresses, live, and who reaches whom. Follows etcd
 * and asks the module on this host; writes nothing, anywhere.
 */
package io.calicomesos.page;
