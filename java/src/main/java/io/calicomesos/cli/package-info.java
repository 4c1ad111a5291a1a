/** The command {@code calico-mesos}: what an operator does by hand. Reads and writes etcd only. */
package io.calicomesos.cli;
