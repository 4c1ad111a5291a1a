/** Calico networking for Mesos containers: everything that decides. The C++ around it only carries. */
package io.calicomesos;
