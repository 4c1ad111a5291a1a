/**
 * etcd as the others use it: a transaction with a deadline, and a prefix mirrored without gaps. Knows jetcd and its faults;
 * knows nothing of what the keys and values mean.
 */
package io.calicomesos.etcd;
