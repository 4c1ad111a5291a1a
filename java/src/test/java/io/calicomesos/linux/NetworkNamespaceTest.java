package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NetworkNamespaceTest {
    @Test
    void socketsMadeInsideHaveItsAddressesAndNobodyElseHas() throws Exception {
        InetAddress address = InetAddress.getByName("198.18.0.9");
        try (ContainerProcess container = new ContainerProcess()) {
            container.run("ip address add 198.18.0.9/32 dev lo");
            Path namespace = Path.of(container.networkNamespace());
            try (ServerSocket server = NetworkNamespace.call(namespace, () -> new ServerSocket(0, 1, address)).join()) {
                assertThat(container.run("ss -Hltn")).containsPattern("198\\.18\\.0\\.9\\]?:" + server.getLocalPort());
            }
            assertThatThrownBy(() -> new ServerSocket(0, 1, address)).isInstanceOf(BindException.class);
        }
    }

    @Test
    void oneThatHasGoneIsSaid() {
        assertThatThrownBy(() -> NetworkNamespace.call(Path.of("/proc/0/ns/net"), () -> 1).join())
                .hasRootCauseInstanceOf(LinuxException.class)
                .hasMessageContaining("entering the network namespace /proc/0/ns/net: No such file or directory (ENOENT)");
    }
}
