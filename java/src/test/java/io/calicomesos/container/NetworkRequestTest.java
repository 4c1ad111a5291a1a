package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableRangeSet;
import com.google.common.net.InetAddresses;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.ipam.Wish;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.mesos.Protos.Label;
import org.apache.mesos.Protos.Labels;
import org.apache.mesos.Protos.NetworkInfo;
import org.apache.mesos.Protos.NetworkInfo.IPAddress;
import org.apache.mesos.Protos.NetworkInfo.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkRequestTest {
    private static final Map<String, String> PARAMETERS = Map.of(
            "etcd_endpoints", "http://127.0.0.1:2379",
            "networks", "{\"web\": {\"netgroups\": [\"prod\", \"public\"]}, \"alone\": {}, \"dmz\": {\"pools\": [\"a\", \"b\"]}, "
                    + "\"secret\": {\"netgroups\": [\"dev\", \"eng-web\"]}, "
                    + "\"small\": {\"mtu\": 1000, \"bandwidth\": {\"egress_rate\": 8000000}}}",
            "netgroups", "{\"bound\": {\"pools\": [\"b\", \"c\"]}, \"other\": {\"pools\": [\"d\"]}, \"free\": {}, "
                    + "\"eng-*\": {\"roles\": [\"eng\", \"eng/%\"], \"pools\": [\"e\"]}, \"eng-web\": {\"roles\": [\"web\"]}, "
                    + "\"eng-open\": {\"roles\": [\"%\"], \"pools\": []}, \"eng-pooled\": {\"pools\": [\"f\"]}, "
                    + "\"*-eng\": {\"roles\": [\"ops\"]}}",
            "namespaces", "{\"eng-*\": {\"roles\": [\"eng\"]}}");

    @Test
    void anEmptyNetworkInfoAsksForOneAddressAndNoNetgroup() throws Exception {
        NetworkRequest request = of(NetworkInfo.newBuilder());
        assertThat(request.netgroups()).isEmpty();
        assertThat(request.wishes()).containsExactly(new Wish.Any(4));
        assertThat(request.pools()).isEmpty();
        assertThat(request.namespace()).isEqualTo("default");
        assertThat(request.labels()).isEmpty();
    }

    @Test
    void groupsAreNetgroupsInTheirOrderEachOnce() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().addGroups("prod").addGroups("Dev Team").addGroups("prod").addGroups("a")).netgroups())
                .containsExactly("prod", "Dev Team", "a");
    }

    @Test
    void aMillionOfAnythingIsRefusedAndNotTried() {
        NetworkInfo.Builder addresses = NetworkInfo.newBuilder();
        IPAddress any = IPAddress.newBuilder().build();
        IntStream.range(0, 1_000_000).forEach(each -> addresses.addIpAddresses(any));
        assertThat(refusal(addresses)).isEqualTo("NetworkInfo asks for 1000000 addresses: at most 16 are allowed");
        assertThat(refusal(labelled("ipv4_pools", "[" + "1,".repeat(1_000_000) + "1]"))).isEqualTo("NetworkInfo.labels has the label 'ipv4_pools', "
                + "with 2000003 characters in its key or value: at most 16384 are allowed");
        assertThat(refusal(labelled("ipv6_pools", "[" + "\"a\",".repeat(64) + "\"a\"]"))).isEqualTo(
                "NetworkInfo.labels.ipv6_pools holds 65 texts: at most 64 are allowed");
        assertThat(refusal(labelled("-".repeat(1_000_000) + "a", ""))).endsWith(
                "with 1000001 characters in its key or value: at most 16384 are allowed").hasSizeLessThan(300);
        assertThat(refusal(labelled("ipv4_addrs", "[".repeat(10_000)))).endsWith(": a JSON list of texts is expected, as in [\"a\", \"b\"]");
    }

    @Test
    void whatIsWrongIsSaidInOneLine() {
        assertThat(refusal(NetworkInfo.newBuilder().setName("web\nE1124 all is well"))).startsWith("NetworkInfo.name is 'web?E1124 all is well'");
        assertThat(refusal(NetworkInfo.newBuilder().setName("w".repeat(1_000_000)))).hasSize(2_000).endsWith("…");
    }

    @Test
    void anAddressAskedForByValueIsTheOnlyOne() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().addIpAddresses(explicit("198.18.0.7"))).wishes()).containsExactly(that("198.18.0.7"));
        assertThat(of(NetworkInfo.newBuilder().addIpAddresses(explicit("fd00::7"))).wishes()).containsExactly(that("fd00::7"));
    }

    @Test
    void eachEntryWithoutAValueAsksForOneMore() throws Exception {
        NetworkRequest request = of(NetworkInfo.newBuilder()
                .addIpAddresses(IPAddress.newBuilder())
                .addIpAddresses(explicit("198.18.0.9"))
                .addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv4))
                .addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv6))
                .addIpAddresses(explicit("198.18.0.7")));
        assertThat(request.wishes()).containsExactly(
                new Wish.Any(4), that("198.18.0.9"), new Wish.Any(4), new Wish.Any(6), that("198.18.0.7"));
    }

    @Test
    void aNamedNetworkGivesItsNetgroupsToWhoNamesNone() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().setName("web")).netgroups()).containsExactly("prod", "public");
        assertThat(of(NetworkInfo.newBuilder().setName("alone")).netgroups()).isEmpty();
        assertThat(of(NetworkInfo.newBuilder().setName("web").addGroups("dev")).netgroups()).containsExactly("dev");
    }

    @Test
    void anUnknownNetworkIsNamedWithTheKnownOnes() {
        assertThat(refusal(NetworkInfo.newBuilder().setName("wbe"))).isEqualTo("NetworkInfo.name is 'wbe': known networks are alone, dmz, secret, small, web");
        assertThat(catchThrowableOfType(
                RefusedException.class, () -> NetworkRequest.of(
                        NetworkInfo.newBuilder().setName("").build(), owner(Optional.empty()),
                        Configuration.read(Map.of("etcd_endpoints", "http://127.0.0.1:2379"), "host1"))))
                .hasMessage("NetworkInfo.name is '': known networks are none (parameter networks)");
    }

    @Test
    void sixteenAddressesAreAllowedAndNoMore() throws Exception {
        NetworkInfo.Builder info = NetworkInfo.newBuilder();
        IntStream.range(0, 16).forEach(i -> info.addIpAddresses(IPAddress.newBuilder()));
        assertThat(of(info).wishes()).hasSize(16);
        info.addIpAddresses(IPAddress.newBuilder());
        assertThat(refusal(info)).isEqualTo("NetworkInfo asks for 17 addresses: at most 16 are allowed");
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
                "NetworkInfo.groups holds a name of 1025 characters, '" + "g".repeat(100) + "'…: at most 1024 are allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void anEmptyGroupIsRefused(String empty) {
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("prod").addGroups(empty)))
                .isEqualTo("NetworkInfo.groups holds '" + empty + "': the name of a netgroup is expected, or no entry");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "198.18.0", "198.18.0.256", "198.18.0.1/32", " 198.18.0.1", "host7", "198.18.0.1:80", "0x1.2.3.4", "fe80::1%eth9"})
    void whatIsNoAddressIsRefused(String bad) {
        assertThat(refusal(NetworkInfo.newBuilder().addIpAddresses(explicit(bad)))).isEqualTo(
                "NetworkInfo.ip_addresses[].ip_address is '" + bad + "': an IPv4 or IPv6 address is expected, as in 192.168.1.7");
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
                .isEqualTo("NetworkInfo names the address 198.18.0.7 twice: name each address once");
    }

    @Test
    void addressesInALabelTakeThePlaceOfEntriesThatSayNoMoreThanAProtocol() throws Exception {
        assertThat(of(labelled("ipv4_addrs", "[\"198.18.0.7\", \"198.18.0.8\"]")).wishes())
                .containsExactly(that("198.18.0.7"), that("198.18.0.8"));
        assertThat(of(labelled("ipv4_addrs", "[\"198.18.0.7\"]")
                .addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv4))
                .addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv6))).wishes())
                .containsExactly(that("198.18.0.7"), new Wish.Any(6));
        assertThat(of(labelled("ipv6_addrs", "[\"fd00::7\"]")
                .addIpAddresses(IPAddress.newBuilder().setProtocol(Protocol.IPv4))).wishes())
                .containsExactly(new Wish.Any(4), that("fd00::7"));
        assertThat(refusal(labelled("ipv4_addrs", "[\"198.18.0.7\"]").addIpAddresses(explicit("198.18.0.7"))))
                .isEqualTo("NetworkInfo names the address 198.18.0.7 twice: name each address once");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "198.18.0.7", "['198.18.0.7']", "[198]", "[]", "{}", "__import__('os').system('id')", "[\"198.18.0.7\""})
    void anAddressListThatIsNoJsonListIsRefused(String bad) {
        assertThat(refusal(labelled("ipv4_addrs", bad))).isEqualTo(
                "NetworkInfo.labels.ipv4_addrs is '" + bad + "': a JSON list of texts is expected, as in [\"a\", \"b\"]");
    }

    @Test
    void anAddressOfTheOtherFamilyInALabelIsRefused() {
        assertThat(refusal(labelled("ipv4_addrs", "[\"fd00::7\"]"))).isEqualTo(
                "NetworkInfo.labels.ipv4_addrs holds 'fd00::7': IPv4 addresses are expected, as in [\"192.168.1.7\"]");
        assertThat(refusal(labelled("ipv6_addrs", "[\"host\"]"))).isEqualTo(
                "NetworkInfo.labels.ipv6_addrs holds 'host': IPv6 addresses are expected, as in [\"fd00::7\"]");
    }

    @Test
    void labelsAreCleanedAsCalicosPlugInCleansThem() throws Exception {
        assertThat(of(labelled("rack", "r 1", "com.example/Tier", "", "a..-b", "--x--")).labels())
                .isEqualTo(Map.of("rack", "r-1", "com.example.Tier", "", "a.b", "x"));
    }

    @Test
    void noLabelIsOneOfCalicosOrOfANetgroup() throws Exception {
        assertThat(of(labelled("projectcalico.org/orchestrator", "k8s", "netgroup.calico-mesos.io/prod", "")).labels().keySet())
                .noneMatch(key -> key.contains("/"));
    }

    @Test
    void aLabelThatCalicoCannotHoldIsRefused() {
        assertThat(refusal(labelled("//", "x"))).startsWith("NetworkInfo.labels has the key '//', for Calico '': 1 to 63 letters");
        assertThat(refusal(labelled("k".repeat(64), "x"))).startsWith("NetworkInfo.labels has the key '" + "k".repeat(64) + "': 1 to 63");
        assertThat(refusal(labelled("_k", "x"))).startsWith("NetworkInfo.labels has the key '_k': 1 to 63");
        assertThat(refusal(labelled("k", "v".repeat(64)))).startsWith("NetworkInfo.labels.k is '" + "v".repeat(64) + "': at most 63");
        assertThat(refusal(labelled("a/b", "1", "a.b", "2")))
                .isEqualTo("NetworkInfo.labels has 'a.b' twice, as '1' and '2': name each label once");
    }

    @Test
    void aLabelNamesTheNamespace() throws Exception {
        NetworkRequest request = of(labelled("projectcalico.org/namespace", "team-a", "k", "v"));
        assertThat(request.namespace()).isEqualTo("team-a");
        assertThat(request.labels()).isEqualTo(Map.of("k", "v"));
        assertThat(refusal(labelled("projectcalico.org/namespace", "Team A"))).isEqualTo("NetworkInfo.labels.projectcalico.org/namespace "
                + "is 'Team A': 1 to 63 lower-case letters, digits and inner dashes are expected, as in default");
    }

    @Test
    void poolsAreNamedByALabelWithinWhatNetworkAndNetgroupsLeave() throws Exception {
        assertThat(of(labelled("ipv4_pools", "[\"z\", \"198.18.0.0/24\"]")).pools()).containsExactly("z", "198.18.0.0/24");
        assertThat(of(NetworkInfo.newBuilder().setName("dmz")).pools()).containsExactly("a", "b");
        assertThat(of(NetworkInfo.newBuilder().addGroups("free").addGroups("bound")).pools()).containsExactly("b", "c");
        assertThat(of(NetworkInfo.newBuilder().setName("dmz").addGroups("bound")).pools()).containsExactly("b");
        assertThat(of(labelled("ipv4_pools", "[\"c\"]").addGroups("bound")).pools()).containsExactly("c");
        assertThat(refusal(labelled("ipv4_pools", "[\"z\"]").addGroups("bound")))
                .isEqualTo("the labels of NetworkInfo name the pool 'z': netgroup bound may use b, c");
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("bound").addGroups("other"))).isEqualTo("no pool is left by the "
                + "configuration for a container of netgroup bound, netgroup other together: they are bound to different pools");
    }

    // ---- who may join ----

    @ParameterizedTest
    @CsvSource({"eng-db,eng,true", "eng-db,eng/web,true", "eng-db,eng/web/x,true", "eng-db,english,false", "eng-db,*,false",
        "eng-db,,false", "eng-web,web,true", "eng-web,eng,false", "eng-open,anybody,true", "eng-open,,true", "eng-pooled,eng,true",
        "eng-pooled,web,false", "eng,,true", "eng,web,true", "unlisted,,true", "Eng-db,web,true", "eng-*,eng,true", "eng-*,web,false"})
    void theRoleMustBeAmongThoseOfTheMostSpecificEntryThatNamesRoles(String netgroup, String role, boolean allowed) throws Exception {
        NetworkInfo.Builder info = NetworkInfo.newBuilder().addGroups("unlisted").addGroups(netgroup);
        if (allowed) {
            assertThat(of(info, Optional.ofNullable(role)).netgroups()).contains(netgroup);
        } else {
            assertThat(refusal(info, Optional.ofNullable(role))).startsWith("the netgroup '" + netgroup + "' is closed to this container");
        }
    }

    @Test
    void whoIsRefusedReadsNetgroupRoleRolesAllowedAndWhereItStands() {
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("eng-db"), Optional.of("web"))).isEqualTo("the netgroup 'eng-db' is closed "
                + "to this container, whose role is 'web': allowed are the roles eng, eng/% (parameter netgroups, entry 'eng-*')");
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("eng-db"))).isEqualTo("the netgroup 'eng-db' is closed "
                + "to this container, which has no role: allowed are the roles eng, eng/% (parameter netgroups, entry 'eng-*')");
    }

    @Test
    void twoPatternsOfOneLengthBothHold() {
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("eng-x-eng"), Optional.of("eng"))).contains("entry '*-eng'");
        assertThat(refusal(NetworkInfo.newBuilder().addGroups("eng-x-eng"), Optional.of("ops"))).contains("entry 'eng-*'");
    }

    @Test
    void aNamedNetworkIsNoWayAround() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().setName("secret"), Optional.of("web")).netgroups()).containsExactly("dev", "eng-web");
        assertThat(refusal(NetworkInfo.newBuilder().setName("secret"), Optional.of("eng"))).startsWith("the netgroup 'eng-web' is closed");
        assertThat(of(NetworkInfo.newBuilder().setName("secret").addGroups("mine"), Optional.of("eng")).netgroups()).containsExactly("mine");
    }

    @Test
    void aNamespaceIsClosedInTheSameWay() throws Exception {
        NetworkInfo.Builder info = labelled("projectcalico.org/namespace", "eng-1");
        assertThat(of(info, Optional.of("eng")).namespace()).isEqualTo("eng-1");
        assertThat(refusal(info, Optional.of("eng/web"))).isEqualTo("the namespace 'eng-1' is closed to this container, whose role is "
                + "'eng/web': allowed are the roles eng (parameter namespaces, entry 'eng-*')");
        assertThat(refusal(labelled("projectcalico.org/namespace", "eng!1"), Optional.of("web"))).as("after it was cleaned")
                .startsWith("the namespace 'eng-1' is closed");
    }

    @Test
    void poolsStandUnderAPatternToo() throws Exception {
        Optional<String> eng = Optional.of("eng");
        assertThat(of(NetworkInfo.newBuilder().addGroups("eng-db"), eng).pools()).containsExactly("e");
        assertThat(of(NetworkInfo.newBuilder().addGroups("eng-pooled"), eng).pools()).containsExactly("f");
        assertThat(of(NetworkInfo.newBuilder().addGroups("eng-open"), eng).pools()).isEmpty();
    }

    @Test
    void anMtuThatIsTooSmallForTheAddressIsNamed() throws Exception {
        assertThat(of(NetworkInfo.newBuilder().setName("small")).wishes()).containsExactly(new Wish.Any(4));
        for (IPAddress each : new IPAddress[] {explicit("fd00::7"), IPAddress.newBuilder().setProtocol(Protocol.IPv6).build()}) {
            assertThat(refusal(NetworkInfo.newBuilder().setName("small").addIpAddresses(each))).isEqualTo("NetworkInfo asks for an IPv6 "
                    + "address, which needs an MTU of at least 1280: that of the interface is 1000 (parameter networks.small.mtu)");
        }
        Map<String, String> parameters = Map.of("etcd_endpoints", "http://127.0.0.1:2379", "mtu", "1279");
        assertThat(catchThrowableOfType(RefusedException.class, () -> NetworkRequest.of(
                NetworkInfo.newBuilder().addIpAddresses(explicit("fd00::7")).build(), owner(Optional.empty()), Configuration.read(parameters, "h"))))
                .hasMessageEndingWith("that of the interface is 1279 (parameter mtu)");
    }

    @Test
    void theLabelsOfALimitAreNoneOfTheEndpoint() throws Exception {
        NetworkRequest request = of(labelled("qos.projectcalico.org/egressBandwidth", "1M", "tier", "web").setName("small"));
        assertThat(request.labels()).containsOnlyKeys("tier");
        assertThat(request.bandwidth().egress().orElseThrow().rate()).isEqualTo(1_000_000);
    }

    private static NetworkInfo.Builder labelled(String... keysAndValues) {
        Labels.Builder labels = Labels.newBuilder();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            labels.addLabels(Label.newBuilder().setKey(keysAndValues[i]).setValue(keysAndValues[i + 1]));
        }
        return NetworkInfo.newBuilder().setLabels(labels);
    }

    private static NetworkRequest of(NetworkInfo.Builder info) throws RefusedException, ConfigurationException {
        return of(info, Optional.empty());
    }

    private static NetworkRequest of(NetworkInfo.Builder info, Optional<String> role) throws RefusedException, ConfigurationException {
        return NetworkRequest.of(info.build(), owner(role), Configuration.read(PARAMETERS, "host1"));
    }

    private static Owner owner(Optional<String> role) {
        return new Owner(
                Optional.empty(), Optional.empty(), Optional.empty(), role.map(Set::of).orElse(Set.of()), ImmutableRangeSet.of());
    }

    private static String refusal(NetworkInfo.Builder info) {
        return refusal(info, Optional.empty());
    }

    private static String refusal(NetworkInfo.Builder info, Optional<String> role) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, () -> of(info, role));
        assertThat(refused).isNotNull();
        return refused.getMessage();
    }

    private static IPAddress explicit(String address) {
        return IPAddress.newBuilder().setIpAddress(address).build();
    }

    private static Wish that(String address) {
        return new Wish.This(InetAddresses.forString(address));
    }
}
