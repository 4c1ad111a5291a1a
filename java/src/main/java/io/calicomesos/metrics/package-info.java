/** What Prometheus is told. Knows nothing of what is measured. */
package io.calicomesos.metrics;
