/**
 * Netgroups: who may talk to whom, and the two enforcers that keep it. Knows endpoints and profiles as Calico has them, and
 * nftables and routes; knows no container and no allocation.
 */
package io.calicomesos.netgroup;
