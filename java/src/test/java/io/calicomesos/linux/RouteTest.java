package io.calicomesos.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RouteTest {
    // This host's namespace is everybody's: the device, the networks and even the protocol are this process's own.
    private static final long UNIQUE = ProcessHandle.current().pid();
    private static final String DEVICE = "clr" + UNIQUE % 1_000_000;
    private static final int PROTOCOL = (int) (200 + UNIQUE % 50);
    private static final InetAddress NETWORK = address("198.18." + UNIQUE % 250 + ".64");
    private static final InetAddress NETWORK_V6 = address("2001:db8:" + Long.toHexString(UNIQUE % 65536) + "::");
    private static final InetAddress GATEWAY = address("198.19." + UNIQUE % 250 + ".2");

    private ContainerProcess wire;

    static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void start() throws Exception {
        wire = new ContainerProcess();
        new Veth(wire.networkNamespace(), DEVICE, "eth0", "02:00:5e:00:53:01", 1500, List.of(GATEWAY), true).attach();
    }

    @AfterEach
    void stop() throws Exception {
        wire.close();
        Veth.detach(DEVICE);
        for (Route route : Route.list(PROTOCOL)) {
            route.delete();
        }
    }

    private static Route via(InetAddress network, int prefix, InetAddress gateway) {
        return new Route(
                network, prefix, Route.Type.UNICAST, Optional.of(gateway), Optional.of(DEVICE), true, PROTOCOL);
    }

    private static Route blackhole(InetAddress network, int prefix) {
        return new Route(
                network, prefix, Route.Type.BLACKHOLE, Optional.empty(), Optional.empty(), false, PROTOCOL);
    }

    @Test
    void makesListsAndDeletes() throws Exception {
        Route route = via(NETWORK, 26, GATEWAY);
        Route dark = blackhole(NETWORK_V6, 122);
        route.replace();
        dark.replace();

        assertThat(Shell.run("ip route show proto " + PROTOCOL))
                .isEqualTo("%s/26 via %s dev %s onlink \n"
                        .formatted(NETWORK.getHostAddress(), GATEWAY.getHostAddress(), DEVICE));
        assertThat(Route.list(PROTOCOL)).containsExactly(route, dark);
        assertThat(route.delete()).isTrue();
        assertThat(route.delete()).isFalse();
        assertThat(dark.delete()).isTrue();
        assertThat(Route.list(PROTOCOL)).isEmpty();
    }

    @Test
    void replaces() throws Exception {
        blackhole(NETWORK, 26).replace();
        Route route = via(NETWORK, 26, GATEWAY);
        route.replace();
        assertThat(Route.list(PROTOCOL)).containsExactly(route);
    }

    @Test
    void replacesIpv6BothWays() throws Exception {
        Route dark = blackhole(NETWORK_V6, 122);
        // Onto the link first, so that the gateway is one that a route leads to.
        InetAddress gateway = address("2001:db8:ffff:" + Long.toHexString(UNIQUE % 65536) + "::2");
        Route link = new Route(gateway, 128, Route.Type.UNICAST, Optional.empty(), Optional.of(DEVICE), false, PROTOCOL);
        Route route = new Route(
                NETWORK_V6, 122, Route.Type.UNICAST, Optional.of(gateway), Optional.empty(), false, PROTOCOL);
        link.replace();
        dark.replace();
        route.replace();
        assertThat(Route.list(PROTOCOL).stream().filter(each -> each.destination().equals(NETWORK_V6)))
                .containsExactly(via(NETWORK_V6, gateway));
        dark.replace();
        assertThat(Route.list(PROTOCOL)).containsExactlyInAnyOrder(link, dark);
        route.replace();
        assertThat(route.delete()).isTrue();
        assertThat(Route.list(PROTOCOL)).containsExactly(link);
    }

    private static Route via(InetAddress network, InetAddress gateway) {
        return new Route(network, 122, Route.Type.UNICAST, Optional.of(gateway), Optional.of(DEVICE), false, PROTOCOL);
    }

    @Test
    void theKernelFindsTheDevice() throws Exception {
        // Onto the link first, so that the gateway is one that a route leads to.
        Route link = new Route(GATEWAY, 32, Route.Type.UNICAST, Optional.empty(), Optional.of(DEVICE), false, PROTOCOL);
        link.replace();
        Route.via(NETWORK, 26, GATEWAY).replace();
        Route listed = Route.list(Route.PROTOCOL).stream()
                .filter(route -> route.destination().equals(NETWORK))
                .findFirst()
                .orElseThrow();
        assertThat(listed.device()).contains(DEVICE);
        assertThat(listed.gateway()).contains(GATEWAY);
        assertThat(Route.via(NETWORK, 26, GATEWAY).delete()).isTrue();
        assertThat(listed.delete()).isFalse();
        assertThat(link.delete()).isTrue();
    }

    @Test
    void leavesContainersRoutesOut() throws Exception {
        assertThat(Shell.run("ip route show dev " + DEVICE)).contains(GATEWAY.getHostAddress());
        assertThat(Route.list(Route.PROTOCOL)).noneMatch(route -> route.device().equals(Optional.of(DEVICE)));
    }

    @Test
    void aFailureCarriesErrnoAndStory() throws Exception {
        Route lost = new Route(
                NETWORK, 26, Route.Type.UNICAST, Optional.of(GATEWAY), Optional.of("absent"), false, PROTOCOL);
        var failure = catchThrowableOfType(LinuxException.class, lost::replace);
        assertThat(failure.errno()).isEqualTo(LinuxException.ENODEV);
        assertThat(failure).hasMessageStartingWith("making route " + NETWORK.getHostAddress() + "/26 via ");
        assertThat(lost.delete()).isFalse();
    }

    @Test
    void ourProtocolHasNoOtherName() throws Exception {
        assertThat(Shell.run("cat /etc/iproute2/rt_protos /usr/share/iproute2/rt_protos 2>/dev/null")
                        .lines().filter(line -> line.matches("\\s*" + Route.PROTOCOL + "\\s.*")))
                .isEmpty();
    }

    @Test
    void refusesWhatIsNoRoute() {
        InetAddress host = address("198.18.0.1");
        assertThatIllegalArgumentException().isThrownBy(() -> Route.blackhole(host, 26))
                .withMessageContaining("198.18.0.1 has bits beyond its prefix of 26");
        for (int prefix : new int[] {-1, 33}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Route.blackhole(host, prefix))
                    .withMessageContaining("prefix " + prefix);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> Route.via(host, 32, address("2001:db8::1")))
                .withMessageContaining("gateway");
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(
                host, 32, Route.Type.UNICAST, Optional.empty(), Optional.empty(), false, PROTOCOL));
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(
                host, 32, Route.Type.BLACKHOLE, Optional.of(GATEWAY), Optional.empty(), false, PROTOCOL));
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(
                host, 32, Route.Type.UNICAST, Optional.of(GATEWAY), Optional.empty(), true, PROTOCOL));
        assertThatIllegalArgumentException().isThrownBy(() -> new Route(
                host, 32, Route.Type.UNICAST, Optional.of(GATEWAY), Optional.of("a b"), false, PROTOCOL));
        for (int protocol : new int[] {0, 256}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Route.list(protocol));
            assertThatIllegalArgumentException().isThrownBy(() -> new Route(
                    host, 32, Route.Type.BLACKHOLE, Optional.empty(), Optional.empty(), false, protocol));
        }
    }
}
