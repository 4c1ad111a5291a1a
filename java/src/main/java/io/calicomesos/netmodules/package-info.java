/**
 * The JSON that net-modules spoke with the executable calico-mesos of 2015, one process for each call, answered by the module's own
 * classes. Knows that protocol and its order of calls; knows nothing of Mesos but NetworkInfo, and of the kernel only whether an
 * interface is there.
 */
package io.calicomesos.netmodules;
