package io.calicomesos.config;

import java.util.Optional;

/**
 * What a container may receive and send at most.
 *
 * @param ingress to the container; none: no limit
 * @param egress from the container; likewise
 */
public record Bandwidth(Optional<RateLimit> ingress, Optional<RateLimit> egress) {
    /** No limit. */
    public static final Bandwidth UNLIMITED = new Bandwidth(Optional.empty(), Optional.empty());
}
