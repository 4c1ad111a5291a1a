/**
 * What the module that runs in this host's agent says of itself and launches for a probe, and the Unix socket over which the command
 * asks for it. Knows the socket and the form of question and answer, neither Mesos nor etcd.
 */
package io.calicomesos.live;
