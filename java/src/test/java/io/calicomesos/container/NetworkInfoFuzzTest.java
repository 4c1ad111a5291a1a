package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import io.calicomesos.calico.OneLine;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.mesos.Protos.ContainerInfo;

/** What a framework sends, byte by byte: it is understood, or refused with one line. Its corpus runs with the tests, {@code scripts/fuzz} looks for more. */
class NetworkInfoFuzzTest {
    private static final Configuration CONFIGURATION = configuration();
    private static final Owner OWNER = new Owner(
            Optional.of("a1b2c3-0007"), Optional.of("executor"), Optional.empty(), Set.of("eng"),
            ImmutableRangeSet.of(Range.closed(31_000, 32_000)));
    private static final ContainerPath CONTAINER = new ContainerPath(List.of("b7a7cd2c-1c48-4cf1-b6d8-a0a6dd1cbcd5"));

    @FuzzTest
    void containerInfo(byte[] bytes) {
        ContainerInfo info;
        try {
            info = MesosMessage.read("ContainerInfo", bytes, ContainerInfo::parseFrom);
        } catch (MalformedMessageException e) {
            assertThat(e.getMessage()).isEqualTo(OneLine.of(e.getMessage()));
            return;
        }
        Owner owner = info.hasHostname() ? named(info.getHostname()) : OWNER;
        try {
            HostName.of(info.hasHostname() ? Optional.of(info.getHostname()) : Optional.empty(), CONTAINER);
            ContainerRequest request = ContainerRequest.of(info.getNetworkInfosList(), owner, CONFIGURATION);
            assertThat(request.networks()).hasSizeLessThanOrEqualTo(8);
            for (NetworkRequest each : request.networks()) {
                assertThat(each.wishes()).hasSizeBetween(1, 16);
                assertThat(each.netgroups()).hasSizeLessThanOrEqualTo(64);
                assertThat(each.pools()).hasSizeLessThanOrEqualTo(128);
                assertThat(each.labels()).hasSizeLessThanOrEqualTo(64).allSatisfy((key, value) ->
                        assertThat(key.length() + value.length()).isLessThanOrEqualTo(126));
                assertThat(each.ports()).hasSizeLessThanOrEqualTo(64);
            }
        } catch (RefusedException e) {
            assertThat(e.getMessage()).isNotBlank().isEqualTo(OneLine.of(e.getMessage()));
        }
    }

    /** One whose names are what a framework likes. */
    private static Owner named(String text) {
        Owner owner = new Owner(Optional.of(text), Optional.of(text), Optional.of(text), Set.of(text), OWNER.ports());
        assertThat(owner.labels()).allSatisfy((key, value) -> assertThat(value).hasSizeLessThanOrEqualTo(63));
        return owner;
    }

    private static Configuration configuration() {
        try {
            return Configuration.read(Map.of(
                    "etcd_endpoints", "http://127.0.0.1:2379",
                    "networks", "{\"web\": {\"netgroups\": [\"prod\"], \"pools\": [\"a\", \"198.18.0.0/16\"]}, \"both\": {\"ip_versions\": [6, 4]}, "
                            + "\"small\": {\"mtu\": 1000, \"bandwidth\": {\"egress_rate\": 8000000}, \"sysctls\": {\"net.core.somaxconn\": 512}}, "
                            + "\"b\": {\"sysctls\": {\"net.core.somaxconn\": \"1024\"}}}",
                    "netgroups", "{\"bound\": {\"pools\": [\"b\"]}, \"eng-*\": {\"roles\": [\"eng\", \"eng/%\"], \"pools\": [\"e\"]}}",
                    "namespaces", "{\"ops-*\": {\"roles\": [\"ops\"]}}"), "host1");
        } catch (ConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }
}
