package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import io.calicomesos.ports.PortMapping;
import io.calicomesos.ports.PortMapping.Protocol;
import java.util.stream.IntStream;
import org.apache.mesos.Protos.NetworkInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestedPortsTest {
    private static final ImmutableRangeSet<Integer> HELD =
            ImmutableRangeSet.<Integer>builder().add(Range.closed(31_000, 31_999)).add(Range.closed(80, 80)).build();

    @Test
    void readsThemInTheirOrder() throws Exception {
        NetworkInfo info = NetworkInfo.newBuilder()
                .addPortMappings(mapping(31_000, 8080)).addPortMappings(mapping(31_000, 53).setProtocol("UDP"))
                .addPortMappings(mapping(80, 65_535).setProtocol("tcp")).build();
        assertThat(RequestedPorts.of(info, HELD)).containsExactly(
                new PortMapping(Protocol.TCP, 31_000, 8080), new PortMapping(Protocol.UDP, 31_000, 53),
                new PortMapping(Protocol.TCP, 80, 65_535));
        assertThat(RequestedPorts.of(NetworkInfo.getDefaultInstance(), ImmutableRangeSet.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "32000, 80, tcp, \"NetworkInfo.port_mappings has the host_port 32000, which is not among the ports of the task's resources "
                + "(80-80, 31000-31999): ask for it in the resource 'ports'\"",
        "0, 80, tcp, NetworkInfo.port_mappings has the host_port 0: 1 to 65535 is expected",
        "-1, 80, tcp, NetworkInfo.port_mappings has the host_port 4294967295: 1 to 65535 is expected",
        "80, 65536, tcp, NetworkInfo.port_mappings has the container_port 65536: 1 to 65535 is expected",
        "80, 80, sctp, NetworkInfo.port_mappings has the protocol 'sctp': tcp or udp is expected",
        "80, 80, \"\", NetworkInfo.port_mappings has the protocol '': tcp or udp is expected"})
    void refusesWhatCannotBeMapped(int hostPort, int containerPort, String protocol, String message) {
        NetworkInfo info = NetworkInfo.newBuilder().addPortMappings(mapping(hostPort, containerPort).setProtocol(protocol)).build();
        assertThatThrownBy(() -> RequestedPorts.of(info, HELD)).isInstanceOf(RefusedException.class).hasMessage(message);
    }

    @Test
    void aContainerWithoutPortsInItsResourcesMapsNone() {
        NetworkInfo info = NetworkInfo.newBuilder().addPortMappings(mapping(31_000, 80)).build();
        assertThatThrownBy(() -> RequestedPorts.of(info, ImmutableRangeSet.of())).hasMessageContaining("resources (none)");
    }

    @Test
    void sixtyFourAreAllowedAndNoMore() throws Exception {
        NetworkInfo.Builder info = NetworkInfo.newBuilder();
        IntStream.range(0, 64).forEach(i -> info.addPortMappings(mapping(31_000 + i, 80)));
        assertThat(RequestedPorts.of(info.build(), HELD)).hasSize(64);
        info.addPortMappings(mapping(31_064, 80));
        assertThatThrownBy(() -> RequestedPorts.of(info.build(), HELD))
                .hasMessage("NetworkInfo.port_mappings holds 65 entries: at most 64 are allowed");
    }

    private static NetworkInfo.PortMapping.Builder mapping(int hostPort, int containerPort) {
        return NetworkInfo.PortMapping.newBuilder().setHostPort(hostPort).setContainerPort(containerPort);
    }
}
