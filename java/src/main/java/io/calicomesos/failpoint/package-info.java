/** Where a test can end the agent. */
package io.calicomesos.failpoint;
