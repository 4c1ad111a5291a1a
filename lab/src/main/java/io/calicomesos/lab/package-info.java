/**
 * Two hosts on one machine: network namespaces, a real etcd, test agents with real containers. The end-to-end tests and the demo
 * drive it. It looks at everything from outside, with ip, nft and etcdctl, and never links to the classes under test.
 */
package io.calicomesos.lab;
