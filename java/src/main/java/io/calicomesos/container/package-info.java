/**
 * A container's network from prepare to cleanup: what was asked for, what it got, its checkpoint, the order of steps. Knows
 * Mesos's NetworkInfo; knows neither JNI nor etcd's keys nor netlink, which it has others do.
 */
package io.calicomesos.container;
