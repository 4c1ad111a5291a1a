package io.calicomesos.calico;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One interface of one container: {@code /calico/resources/v3/projectcalico.org/workloadendpoints/<namespace>/<name>}.
 *
 * @param kind       {@code WorkloadEndpoint}
 * @param apiVersion {@link Resource#API_VERSION}
 * @param metadata   name by {@link EndpointName}; namespace {@code default} unless told
 * @param spec       what Felix needs
 * @param other      fields that we do not know
 */
public record WorkloadEndpoint(String kind, String apiVersion, Metadata metadata, Spec spec,
                               @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) implements Resource {
    /** The kind. */
    public static final String KIND = "WorkloadEndpoint";
    /** The namespace of an endpoint that asks for none. */
    public static final String DEFAULT_NAMESPACE = "default";
    /** Label that Calico's plug-ins put on each endpoint: its namespace. */
    public static final String NAMESPACE_LABEL = "projectcalico.org/namespace";
    /** Label that Calico's plug-ins put on each endpoint: its orchestrator. */
    public static final String ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator";

    /** Absent parts are empty; a value of another kind is refused. */
    public WorkloadEndpoint {
        kind = Resource.only("kind", KIND, kind);
        apiVersion = Resource.only("apiVersion", API_VERSION, apiVersion);
        metadata = metadata == null ? Metadata.NONE : metadata;
        spec = spec == null ? new Spec(null, null, null, null, null, null, null, null, null, null, null, null) : spec;
        other = Metadata.unknown(other);
    }

    /**
     * An endpoint of a Mesos container.
     *
     * @param metadata      name {@code name.toString()}, namespace not null; labels of the user's, to which the two of
     *                      Calico are added (and win)
     * @param name          node, orchestrator, workload and endpoint
     * @param ipNetworks    one /32 or /128 per address; Felix takes no others
     * @param profiles      profile names, at least one, or nothing may pass
     * @param interfaceName on the host
     * @param mac           of the container's end
     */
    public static WorkloadEndpoint of(final Metadata metadata, final EndpointName name, final List<Cidr> ipNetworks,
                                      final List<ProfileName> profiles, final InterfaceName interfaceName, final MacAddress mac) {
        final Map<String, String> labels = new HashMap<>(metadata.labels());
        labels.put(NAMESPACE_LABEL, metadata.namespace());
        labels.put(ORCHESTRATOR_LABEL, name.orchestrator());
        return new WorkloadEndpoint(null, null, metadata.withLabels(labels), new Spec(name.orchestrator(), name.workload(),
            name.node(), null, name.endpoint(), ipNetworks.stream().map(Cidr::toString).toList(),
            profiles.stream().map(ProfileName::value).toList(), interfaceName.value(), mac.toString(), null, null, null), null);
    }

    /**
     * The same with limits, which Felix of Calico 3.30 and newer sets (and, without this, takes away from the interface).
     *
     * @param controls the limits
     */
    public WorkloadEndpoint withQosControls(final QosControls controls) {
        return new WorkloadEndpoint(kind, apiVersion, metadata, new Spec(spec.orchestrator, spec.workload, spec.node, spec.containerID,
            spec.endpoint, spec.ipNetworks, spec.profiles, spec.interfaceName, spec.mac, spec.ports, controls, spec.other), other);
    }

    /**
     * What Felix needs.
     *
     * @param orchestrator  {@code mesos}; others' are {@code cni}, {@code k8s} …
     * @param workload      the container, see {@link WorkloadName}; null for cni and k8s
     * @param node          the host
     * @param containerID   for orchestrator cni, in the place of the workload
     * @param endpoint      the interface inside, {@code eth0}
     * @param ipNetworks    addresses, {@code 198.18.119.0/32}
     * @param profiles      names of the profiles, in order
     * @param interfaceName on the host, {@code cali…}
     * @param mac           of the container's end
     * @param ports         named or mapped ports
     * @param qosControls   limits; null for none
     * @param other         fields that we do not know
     */
    public record Spec(String orchestrator, String workload, String node, String containerID, String endpoint,
                       List<String> ipNetworks, List<String> profiles, String interfaceName, String mac, List<Port> ports,
                       QosControls qosControls, @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Copies the lists; null is empty. */
        public Spec {
            ipNetworks = ipNetworks == null ? List.of() : List.copyOf(ipNetworks);
            profiles = profiles == null ? List.of() : List.copyOf(profiles);
            ports = ports == null ? List.of() : List.copyOf(ports);
            other = Metadata.unknown(other);
        }

        /**
         * The ipNetworks, read.
         *
         * @throws IllegalArgumentException if one is neither a network nor an address
         */
        public List<Cidr> networks() {
            return ipNetworks.stream().map(Cidr::parseNetworkOrAddress).toList();
        }
    }

    /**
     * How much may pass. Of each direction both fields, or none: Felix does not take a rate without a burst.
     *
     * @param ingressBandwidth bits per second to the container
     * @param ingressBurst     bits at once
     * @param egressBandwidth  bits per second from the container
     * @param egressBurst      bits at once
     * @param other            fields that we do not know
     */
    public record QosControls(Long ingressBandwidth, Long ingressBurst, Long egressBandwidth, Long egressBurst,
                              @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Absent parts are null. */
        public QosControls {
            other = Metadata.unknown(other);
        }
    }

    /**
     * A named or mapped port. Calico writes all five fields always.
     *
     * @param name     empty for a mapped port without a name
     * @param protocol a name, {@code "TCP"}, or a number
     * @param port     in the container
     * @param hostPort on the host, 0 for none
     * @param hostIP   on the host, empty for all
     * @param other    fields that we do not know
     */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    public record Port(String name, JsonNode protocol, int port, int hostPort, String hostIP,
                       @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> other) {
        /** Null strings are empty. */
        public Port {
            name = name == null ? "" : name;
            hostIP = hostIP == null ? "" : hostIP;
            other = Metadata.unknown(other);
        }
    }
}
