package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.net.InetAddresses;
import io.calicomesos.config.Network;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.mesos.Protos.NetworkInfo;
import org.apache.mesos.Protos.NetworkInfo.IPAddress;
import org.apache.mesos.Protos.NetworkInfo.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkRequestTest {
    private static final Map<String, Network> NETWORKS = new TreeMap<>(Map.of(
            "web", new Network("web", List.of("prod", "public")), "alone", new Network("alone", List.of())));

    @Test
    void anEmptyNetworkInfoAsksForOneAddressAndNoNetgroup() throws Exception {
        NetworkRequest request = of(NetworkInfo.newBuilder());
        assertThat(request.netgroups()).isEmpty();
        assertThat(request.addresses()).isEmpty();
        assertThat(request.automatic()).isEqualTo(1);
    }

    @Test
    void groupsAreNetgroupsInTheirOrderEachOnce() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().addGroups("prod").addGroups("Dev Team").addGroups("prod").addGroups("a")).netgroups())
                .containsExactly("prod", "Dev Team", "a");
    }

    @Test
    void anAddressAskedForByValueIsTheOnlyOne() throws Exception {
        NetworkRequest request = of(NetworkInfo.newBuilder().addIpAddresses(explicit("198.18.0.7")));
        assertThat(request.addresses()).containsExactly(address("198.18.0.7"));
        assertThat(request.automatic()).isZero();
    }

    @Test
    void eachEntryWithoutAValueAsksForOneMore() throws Exception {
        NetworkRequest request = of(NetworkInfo.newBuilder()
                .addIpAddresses(IPAddress.newBuilder())
                .addIpAddresses(explicit("198.18.0.9"))
                .addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv4))
                .addIpAddresses(explicit("198.18.0.7")));
        assertThat(request.addresses()).containsExactly(address("198.18.0.9"), address("198.18.0.7"));
        assertThat(request.automatic()).isEqualTo(2);
    }

    @Test
    void aNamedNetworkGivesItsNetgroupsToWhoNamesNone() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().setName("web")).netgroups()).containsExactly("prod", "public");
        assertThat(of(NetworkInfo.newBuilder().setName("alone")).netgroups()).isEmpty();
        assertThat(of(NetworkInfo.newBuilder().setName("web").addGroups("dev")).netgroups()).containsExactly("dev");
    }

    @Test
    void anUnknownNetworkIsNamedWithTheKnownOnes() {
        assertThat(refusal(NetworkInfo.newBuilder().setName("wbe"))).isEqualTo("NetworkInfo.name is 'wbe': known networks are alone, web");
        assertThat(catchThrowableOfType(
                RefusedException.class, () -> NetworkRequest.of(NetworkInfo.newBuilder().setName("").build(), Map.of())))
                .hasMessage("NetworkInfo.name is '': known networks are none (parameter networks)");
    }

    @Test
    void sixteenAddressesAreAllowedAndNoMore() throws Exception {
        NetworkInfo.Builder info = NetworkInfo.newBuilder();
        IntStream.range(0, 16).forEach(i -> info.addIpAddresses(IPAddress.newBuilder()));
        assertThat(of(info).automatic()).isEqualTo(16);
        info.addIpAddresses(IPAddress.newBuilder());
        assertThat(refusal(info)).isEqualTo("NetworkInfo.ip_addresses holds 17 entries: at most 16 are allowed");
    }

    @Test
    void sixtyFourGroupsAreAllowedAndNoMore() throws Exception {
        NetworkInfo.Builder info = NetworkInfo.newBuilder();
        IntStream.range(0, 64).forEach(i -> info.addGroups("g" + i));
        assertThat(of(info).netgroups()).hasSize(64);
        info.addGroups("one-more");
        assertThat(refusal(info)).isEqualTo("NetworkInfo.groups holds 65 entries: at most 64 are allowed");
    }

    @Test
    void aGroupsNameMayBeLongButNotEndless() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().addGroups("g".repeat(300))).netgroups()).containsExactly("g".repeat(300));
        assertThat(of(NetworkInfo.newBuilder().addGroups("g".repeat(1024))).netgroups()).hasSize(1);
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("ok").addGroups("g".repeat(1025)))).isEqualTo(
                "NetworkInfo.groups holds a name of 1025 characters, '" + "g".repeat(32) + "'…: at most 1024 are allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void anEmptyGroupIsRefused(String empty) {
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("prod").addGroups(empty)))
                .isEqualTo("NetworkInfo.groups holds '" + empty + "': the name of a netgroup is expected, or no entry");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "198.18.0", "198.18.0.256", "198.18.0.1/32", " 198.18.0.1", "host7", "198.18.0.1:80", "0x1.2.3.4"})
    void whatIsNoAddressIsRefused(String bad) {
        assertThat(refusal(NetworkInfo.newBuilder().addIpAddresses(explicit(bad)))).isEqualTo(
                "NetworkInfo.ip_addresses[].ip_address is '" + bad + "': an IPv4 address is expected, as in 192.168.1.7");
    }

    @Test
    void ipv6IsRefusedByValueAndByProtocol() {
        assertThat(refusal(NetworkInfo.newBuilder().addIpAddresses(explicit("fd00::7"))))
                .isEqualTo("NetworkInfo.ip_addresses[].ip_address is fd00::7: only IPv4 is supported by this version");
        assertThat(refusal(NetworkInfo.newBuilder().addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv6))))
                .isEqualTo("NetworkInfo.ip_addresses[].protocol is IPv6: only IPv4 is supported by this version");
    }

    @ParameterizedTest
    @ValueSource(strings = {"IPv4", "IPv6"})
    void bothProtocolAndAddressAreRefused(String protocol) {
        assertThat(refusal(NetworkInfo.newBuilder()
                .addIpAddresses(explicit("198.18.0.7").toBuilder().setProtocol(Protocol.valueOf(protocol)))))
                .isEqualTo("NetworkInfo.ip_addresses has both protocol (" + protocol + ") and ip_address (198.18.0.7): give one of "
                        + "them, ip_address for that very address, protocol for any");
    }

    @Test
    void anAddressNamedTwiceIsRefused() {
        assertThat(refusal(NetworkInfo.newBuilder()
                .addIpAddresses(explicit("198.18.0.7")).addIpAddresses(explicit("198.18.0.8")).addIpAddresses(explicit("198.18.0.7"))))
                .isEqualTo("NetworkInfo.ip_addresses names 198.18.0.7 twice: name each address once");
    }

    private static NetworkRequest of(NetworkInfo.Builder info) throws RefusedException {
        return NetworkRequest.of(info.build(), NETWORKS);
    }

    private static String refusal(NetworkInfo.Builder info) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, () -> of(info));
        assertThat(refused).isNotNull();
        return refused.getMessage();
    }

    private static IPAddress explicit(String address) {
        return IPAddress.newBuilder().setIpAddress(address).build();
    }

    private static InetAddress address(String text) {
        return InetAddresses.forString(text);
    }
}
