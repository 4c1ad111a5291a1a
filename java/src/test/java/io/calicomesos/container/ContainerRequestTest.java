package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.ipam.Wish;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.mesos.Protos.NetworkInfo;
import org.junit.jupiter.api.Test;

class ContainerRequestTest {
    private static final Map<String, String> PARAMETERS = Map.of(
            "etcd_endpoints", "http://127.0.0.1:2379",
            "networks", "{\"web\": {\"netgroups\": [\"prod\"], \"pools\": [\"a\"]}, \"both\": {\"ip_versions\": [6, 4]}, "
                    + "\"a\": {\"sysctls\": {\"net.core.somaxconn\": 1024, \"net.ipv4.ip_forward\": 1}}, "
                    + "\"b\": {\"sysctls\": {\"net.core.somaxconn\": \"1024\"}}, \"c\": {\"sysctls\": {\"net.core.somaxconn\": 512}}}");

    @Test
    void eachNetworkInfoIsANetworkInTheirOrder() throws Exception {
        ContainerRequest request = of(named("both"), NetworkInfo.newBuilder().addGroups("dev"), named("web"));
        assertThat(request.networks()).extracting(NetworkRequest::netgroups).containsExactly(Set.of(), Set.of("dev"), Set.of("prod"));
        assertThat(request.networks()).extracting(NetworkRequest::pools).containsExactly(List.of(), List.of(), List.of("a"));
        assertThat(request.networks().get(0).wishes()).containsExactly(new Wish.Any(6), new Wish.Any(4));
        assertThat(request.networks().get(2).wishes()).containsExactly(new Wish.Any(4));
    }

    @Test
    void portsOfAllNetworksAreItsOwn() throws Exception {
        ContainerRequest request = of(mapped(named("web"), 31_000), mapped(named("both"), 31_001));
        assertThat(request.ports()).extracting(each -> each.hostPort()).containsExactly(31_000, 31_001);
    }

    @Test
    void aNetworkIsJoinedOnce() {
        assertThat(refusal(named("web"), named("both"), named("web"))).isEqualTo(
                "ContainerInfo.network_infos holds two of the name 'web': a container joins each network once");
        assertThat(refusal(NetworkInfo.newBuilder(), NetworkInfo.newBuilder().addGroups("dev"))).isEqualTo(
                "ContainerInfo.network_infos holds two without a name: a container joins each network once");
    }

    @Test
    void anAddressIsAskedForInOneNetwork() {
        NetworkInfo.IPAddress address = NetworkInfo.IPAddress.newBuilder().setIpAddress("198.18.0.7").build();
        assertThat(refusal(named("web").addIpAddresses(address), named("both").addIpAddresses(address))).isEqualTo(
                "ContainerInfo.network_infos names the address 198.18.0.7 in two networks: name each address once");
    }

    @Test
    void networksThatSetASysctlDifferentlyCannotBeHadTogether() throws Exception {
        assertThat(of(named("a"), named("b")).networks()).hasSize(2);
        assertThat(refusal(named("web"), named("a"), named("c"))).isEqualTo("ContainerInfo.network_infos names the networks 'a' and 'c', which "
                + "cannot be had together: one sets net.core.somaxconn to 1024, the other to 512 (parameter networks)");
    }

    @Test
    void thereIsALimit() {
        assertThat(refusal(IntStream.range(0, 9).mapToObj(each -> named("n" + each)).toArray(NetworkInfo.Builder[]::new)))
                .isEqualTo("ContainerInfo.network_infos holds 9 networks: at most 8 are allowed");
    }

    private static NetworkInfo.Builder named(String name) {
        return NetworkInfo.newBuilder().setName(name);
    }

    private static NetworkInfo.Builder mapped(NetworkInfo.Builder info, int hostPort) {
        return info.addPortMappings(NetworkInfo.PortMapping.newBuilder().setHostPort(hostPort).setContainerPort(80));
    }

    private static ContainerRequest of(NetworkInfo.Builder... infos) throws RefusedException, ConfigurationException {
        Owner owner = new Owner(
                Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), ImmutableRangeSet.of(Range.closed(31_000, 31_999)));
        return ContainerRequest.of(
                Stream.of(infos).map(NetworkInfo.Builder::build).toList(), owner, Configuration.read(PARAMETERS, "host1"));
    }

    private static String refusal(NetworkInfo.Builder... infos) {
        return catchThrowableOfType(RefusedException.class, () -> of(infos)).getMessage();
    }
}
