/**
 * What is measured: the module on the test agent, beside the least that etcd and the kernel take for the same, and beside Calico's CNI
 * plug-in. All that is compared is measured in one run, by turns. {@code scripts/bench} runs it; docs/performance.md has the figures.
 */
package io.calicomesos.lab.bench;
