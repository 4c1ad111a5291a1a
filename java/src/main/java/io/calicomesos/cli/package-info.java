/**
 * The command {@code calico-mesos}: what an operator does by hand, and what net-modules calls. It reads and writes etcd, and asks the
 * module on this host over its socket; it changes nothing here by itself.
 */
package io.calicomesos.cli;
