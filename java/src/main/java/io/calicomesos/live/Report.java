package io.calicomesos.live;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;

/**
 * What is live on a host, as its module sees it. The answer on the socket, as JSON; times are UTC, as in 2026-11-24T15:54:14Z.
 *
 * @param version the module's
 * @param module its name, as in the agent's --isolation
 * @param since when it was loaded
 * @param node the host's name in Calico
 * @param enforcer who lets traffic through
 * @param etcd each endpoint, in their order
 * @param launches how many are under way, or have failed and are not cleaned up yet
 * @param departures how many containers are gone and hold something in etcd still
 * @param containers those that have a network of their own, by id
 * @param recent what became of the last launches and cleanups, the latest first
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Report(
        String version, String module, String since, String node, Enforcer enforcer, List<Member> etcd, long launches, long departures,
        List<Container> containers, List<Recent> recent) {
    /** Copies. */
    public Report {
        etcd = List.copyOf(etcd);
        containers = List.copyOf(containers);
        recent = recent == null ? List.of() : List.copyOf(recent); // Of an older module, none.
    }

    /**
     * Who lets traffic through. What the builtin one does is known, what Felix does is not.
     *
     * @param kind {@code builtin} or {@code felix}
     * @param inPlace whether its rules are in the kernel; null for Felix, and if the builtin one was too busy to answer
     * @param behindMs after how long all that it had heard from etcd was in the kernel; null likewise
     * @param silentMs for how long etcd has told it nothing, which is some seconds when nothing happens; null for Felix, and while
     *     it does not follow etcd
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Enforcer(String kind, Boolean inPlace, Long behindMs, Long silentMs) {}

    /**
     * An endpoint of etcd.
     *
     * @param endpoint its URL
     * @param error why it did not answer; null if it did
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Member(String endpoint, String error) {}

    /**
     * A container with a network of its own.
     *
     * @param id Mesos's, with those of its parents, separated by dots
     * @param handle the IPAM handle that holds its addresses
     * @param launched when it got its addresses; null if an older version wrote that down
     * @param owner whose it is
     * @param networks in the order of its NetworkInfos
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Container(String id, String handle, String launched, Owner owner, List<Network> networks) {
        /** Copies. */
        public Container {
            networks = List.copyOf(networks);
        }

        /** Of all networks. */
        public List<String> addresses() {
            return networks.stream().flatMap(each -> each.addresses().stream()).toList();
        }

        /** Of all networks, each once. */
        public List<String> netgroups() {
            return networks.stream().flatMap(each -> each.netgroups().stream()).distinct().toList();
        }
    }

    /**
     * Whose a container is, as far as Mesos said.
     *
     * @param framework the framework's id; null for a standalone container
     * @param executor the executor's id; likewise
     * @param task the name of a command task; null for the container of an executor of the framework's own
     * @param roles those that its resources are allocated to
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Owner(String framework, String executor, String task, List<String> roles) {
        /** Copies. */
        public Owner {
            roles = List.copyOf(roles);
        }
    }

    /**
     * One network of a container.
     *
     * @param name that its NetworkInfo names; null for none
     * @param containerInterface inside the container, {@code eth0}
     * @param hostInterface the other end, on the host
     * @param addresses without prefix lengths
     * @param netgroups by their own names
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Network(
            String name, String containerInterface, String hostInterface, List<String> addresses, List<String> netgroups) {
        /** Copies. */
        public Network {
            addresses = List.copyOf(addresses);
            netgroups = List.copyOf(netgroups);
        }
    }

    /**
     * A launch or a cleanup that is over.
     *
     * @param what {@code launch} or {@code cleanup}
     * @param container its id
     * @param ended when
     * @param addresses without prefix lengths; none if it failed, or had none
     * @param netgroups by their own names
     * @param steps in their order; those that it did not come to are left out
     * @param totalMs all of it, of a launch without what Mesos does between prepare and isolate
     * @param error why it came to nothing; null if it did not
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Recent(
            String what, String container, String ended, List<String> addresses, List<String> netgroups, List<Step> steps, double totalMs,
            String error) {
        /** Copies. */
        public Recent {
            addresses = List.copyOf(addresses);
            netgroups = List.copyOf(netgroups);
            steps = List.copyOf(steps);
        }

        /** For a log. */
        public String line() {
            StringBuilder line = new StringBuilder("container ").append(container).append(error == null ? "" : " not")
                    .append(what.equals("launch") ? " launched: " : " cleaned up: ");
            if (error == null) {
                line.append("addresses ").append(addresses.isEmpty() ? "none" : String.join(",", addresses))
                        .append(", netgroups ").append(netgroups.isEmpty() ? "none" : String.join(",", netgroups));
                if (!steps.isEmpty()) {
                    line.append("; ms: ");
                    steps.forEach(each -> line.append(each.name()).append(' ').append(each.ms()).append(", "));
                    line.append("total ").append(totalMs);
                }
            } else {
                line.append(error);
            }
            return line.toString();
        }
    }

    /**
     * A step of one.
     *
     * @param name as in the metric {@code calico_mesos_step_duration_seconds}
     * @param ms how long it took
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Step(String name, double ms) {}
}
