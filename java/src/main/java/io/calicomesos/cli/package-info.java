/** The command {@code calico-mesos}: what an operator does by hand, which reads and writes etcd only, and what net-modules calls. */
package io.calicomesos.cli;
