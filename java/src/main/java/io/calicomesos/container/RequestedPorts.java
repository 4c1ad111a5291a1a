package io.calicomesos.container;

import com.google.common.base.Ascii;
import com.google.common.collect.RangeSet;
import io.calicomesos.ports.PortMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.mesos.Protos.NetworkInfo;

/** What {@code NetworkInfo.port_mappings} ask for. */
final class RequestedPorts {
    private static final int MAX_MAPPINGS = 64;
    private static final int MAX_PORT = 65_535;

    private RequestedPorts() {}

    /**
     * Reads them.
     *
     * @param info as the framework sent it
     * @param held the ports of the host that the container's resources hold: no others are its to map, as with Mesos's Docker
     *     containerizer
     * @return the mappings, in their order
     * @throws RefusedException with the first thing that is wrong
     */
    static List<PortMapping> of(NetworkInfo info, RangeSet<Integer> held) throws RefusedException {
        if (info.getPortMappingsCount() > MAX_MAPPINGS) {
            throw new RefusedException("NetworkInfo.port_mappings holds " + info.getPortMappingsCount() + " entries: at most "
                    + MAX_MAPPINGS + " are allowed");
        }
        List<PortMapping> mappings = new ArrayList<>();
        for (NetworkInfo.PortMapping each : info.getPortMappingsList()) {
            PortMapping mapping = new PortMapping(
                    protocol(each), port("host_port", each.getHostPort()), port("container_port", each.getContainerPort()));
            if (!held.contains(mapping.hostPort())) {
                throw new RefusedException("NetworkInfo.port_mappings has the host_port " + mapping.hostPort()
                        + ", which is not among the ports of the task's resources (" + shown(held)
                        + "): ask for it in the resource 'ports'");
            }
            mappings.add(mapping);
        }
        return mappings;
    }

    private static PortMapping.Protocol protocol(NetworkInfo.PortMapping mapping) throws RefusedException {
        return switch (mapping.hasProtocol() ? Ascii.toLowerCase(mapping.getProtocol()) : "tcp") {
            case "tcp" -> PortMapping.Protocol.TCP;
            case "udp" -> PortMapping.Protocol.UDP;
            default -> throw new RefusedException("NetworkInfo.port_mappings has the protocol '"
                    + Ascii.truncate(mapping.getProtocol(), 32, "…") + "': tcp or udp is expected");
        };
    }

    private static int port(String field, int value) throws RefusedException {
        if (value < 1 || value > MAX_PORT) {
            throw new RefusedException("NetworkInfo.port_mappings has the " + field + " " + Integer.toUnsignedString(value)
                    + ": 1 to " + MAX_PORT + " is expected");
        }
        return value;
    }

    private static String shown(RangeSet<Integer> ports) {
        return ports.isEmpty() ? "none" : ports.asRanges().stream()
                .map(each -> each.lowerEndpoint() + "-" + each.upperEndpoint()).collect(Collectors.joining(", "));
    }
}
