/**
 * What {@code calico-mesos probe} tries: processes in namespaces of their own, into which the module builds networks, and TCP connections
 * between them. Knows neither the module nor the command line.
 */
package io.calicomesos.probe;
