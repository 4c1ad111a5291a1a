package io.calicomesos.live;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * The throw-away containers that {@code calico-mesos probe} asks the module for.
 *
 * @param network the network that each joins, as by {@code NetworkInfo.name}; null for none
 * @param role the Mesos role as which they join; null for none
 * @param containers 1 to {@link #MOST}
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ProbeRequest(String network, String role, List<Container> containers) {
    static final int MOST = 8;

    /** Copies. */
    public ProbeRequest {
        containers = containers == null ? List.of() : List.copyOf(containers);
        if (containers.isEmpty() || containers.size() > MOST) {
            throw new IllegalArgumentException("a probe of " + containers.size() + " containers: 1 to " + MOST + " are expected");
        }
    }

    /**
     * One of them.
     *
     * @param netgroups that it joins
     * @param pid a process with network and UTS namespaces of its own
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Container(List<String> netgroups, long pid) {
        /** Copies. */
        public Container {
            netgroups = List.copyOf(netgroups);
        }
    }
}
