package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    private static final String NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
    private static final String LONGEST_NODE = "n".repeat(NodeName.MAX_ESCAPED);

    @ParameterizedTest
    @ValueSource(strings = {"11111111-aaaa-4000-8000-000000000001", "a", "0", "a--b", "abc"})
    void aSafeContainerIdStandsForItself(final String id) {
        assertThat(WorkloadName.of(List.of(id))).hasToString(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "-a", "a-", "-", "--", "a.b", "a/b", "", " ", "日本", "a_b", "marathon-pod.instance-1.c1"})
    void anyOtherContainerIdIsMapped(final String id) {
        final String name = WorkloadName.of(List.of(id)).value();
        assertThat(name).isNotEqualTo(id).matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
        assertThat(MappedName.looksMapped(name)).isTrue();
    }

    @Test
    void aMappedNameIsReadableAndTheSameAfterARestart() {
        assertThat(WorkloadName.of(List.of("Web.Server"))).hasToString("web-server-mk393ea109jjhl7cphcphddf74unla6");
        assertThat(WorkloadName.of(List.of("Web", "Server"))).hasToString("web-server-7ff4l96bei2qukb6723118t3pr6nfj7");
        assertThat(ProfileName.ofNetgroup("Web.Server")).hasToString("web-server-mk393ea109jjhl7cphcphddf74unla6");
        assertThat(WorkloadName.of(List.of("日本")).value()).startsWith("container-");
        assertThat(ProfileName.ofNetgroup("日本").value()).startsWith("netgroup-");
    }

    @Test
    void anIdThatLooksMappedIsMappedToo() {
        final String mapped = WorkloadName.of(List.of("Web")).value();
        assertThat(WorkloadName.of(List.of(mapped)).value()).isNotEqualTo(mapped);
        final String group = ProfileName.ofNetgroup("Web").value();
        assertThat(ProfileName.ofNetgroup(group).value()).isNotEqualTo(group);
    }

    @Test
    void aNestedContainerIsNeitherItsParentNorItsPath() {
        assertThat(List.of(
            WorkloadName.of(List.of("a")), WorkloadName.of(List.of("a", "b")), WorkloadName.of(List.of("a-b")), WorkloadName.of(List.of("a.b")),
            WorkloadName.of(List.of("ab")), WorkloadName.of(List.of("a", "b", "c")), WorkloadName.of(List.of("a", "bc")),
            WorkloadName.of(List.of("ab", "c")), WorkloadName.of(List.of("a", "", "bc")))).doesNotHaveDuplicates();
        assertThatThrownBy(() -> WorkloadName.of(List.of())).hasMessageContaining("container id");
    }

    @Property(tries = 2000)
    void noTwoContainersMeet(@ForAll("paths") final List<String> one, @ForAll("paths") final List<String> other) {
        assertThat(WorkloadName.of(one).equals(WorkloadName.of(other))).isEqualTo(one.equals(other));
    }

    @Property(tries = 2000)
    void noTwoNetgroupsMeet(@ForAll("ids") final String one, @ForAll("ids") final String other) {
        assertThat(ProfileName.ofNetgroup(one).equals(ProfileName.ofNetgroup(other))).isEqualTo(one.equals(other));
    }

    @Property
    void anAdversaryWhoUsesOurNamesDoesNotMeetThem(@ForAll("ids") final String id) {
        final String workload = WorkloadName.of(List.of(id)).value();
        assertThat(WorkloadName.of(List.of(workload)).value().equals(workload)).isEqualTo(workload.equals(id));
        final String profile = ProfileName.ofNetgroup(id).value();
        assertThat(ProfileName.ofNetgroup(profile).value().equals(profile)).isEqualTo(profile.equals(id));
    }

    @Property
    void calicoctlAcceptsEachEndpoint(@ForAll("paths") final List<String> id) {
        final WorkloadName workload = WorkloadName.of(id);
        final EndpointName name = EndpointName.of(new NodeName(LONGEST_NODE), workload, "a-b-c-d-e-f-g-h");
        assertThat(name.toString()).matches(NAME).hasSizeLessThanOrEqualTo(253);
        assertThat(EndpointName.parse(name.toString())).contains(name);
        final NodeName node = new NodeName("a.b");
        assertThat(HandleId.of(node, workload).workloadOn(node)).contains(workload);
        assertThat(HandleId.of(node, workload).workloadOn(new NodeName("a"))).isEmpty();
        assertThat(InterfaceName.of(name).value()).matches("calim[0-9a-v]{10}");
        assertThat(Integer.parseInt(MacAddress.of(name).value().substring(0, 2), 16) & 3).isEqualTo(2);
    }

    @Property
    void calicoHoldsEachNetgroupAsProfileAndAsLabel(@ForAll("ids") final String netgroup) {
        final ProfileName name = ProfileName.ofNetgroup(netgroup);
        assertThat(name.value()).matches(NAME).hasSizeLessThanOrEqualTo(63);
        assertThat(Selector.parse("has(" + name.label() + ")")).isEqualTo(new Selector.Has("netgroup.calico-mesos.io/" + name.value()));
    }

    @Property
    void anEndpointNameIsReadBack(@ForAll("parts") final String node, @ForAll("parts") final String workload, @ForAll("parts") final String endpoint) {
        final EndpointName name = new EndpointName(node, "mesos", workload, endpoint);
        assertThat(EndpointName.parse(name.toString())).contains(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a-b-c", "a-b-c-d-e", "-a-b-c-d", "a-b-c-d-", "a-b--c-d", "a---b-c-d-", "----", "---"})
    void otherNamesAreNoEndpoints(final String name) {
        assertThat(EndpointName.parse(name)).isEmpty();
    }

    @Test
    void anEndpointsPrefixIsThatOfNoOtherNode() {
        assertThat(new EndpointName("a", "mesos", "w", "eth0").toString()).startsWith(EndpointName.prefixOf(new NodeName("a")));
        assertThat(new EndpointName("a-mesos", "mesos", "w", "eth0").toString()).doesNotStartWith(EndpointName.prefixOf(new NodeName("a")));
        assertThat(new EndpointName("a-mesos-w", "cni", "w", "eth0").toString()).doesNotStartWith(EndpointName.prefixOf(new NodeName("a")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"host1", "a", "ip-10-0-0-1.eu-west-1.compute.internal", "1.2.3.4"})
    void aNodeNameThatCalicoHoldsIsTaken(final String name) {
        assertThat(new NodeName(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Host1", "host_1", "-a", "a-", "a..b", ".a", "a.", "a.-b", "a b", "hö", "a/b"})
    void aNodeNameThatCalicoCannotHoldIsRefusedByItsValue(final String name) {
        assertThatThrownBy(() -> new NodeName(name)).hasMessageStartingWith("node name '" + name + "': ").hasMessageContaining("lower-case");
    }

    @Test
    void aNodeNameThatIsTooLongForItsEndpointsIsRefused() {
        assertThatThrownBy(() -> new NodeName(LONGEST_NODE + "n")).hasMessageContaining("at most " + NodeName.MAX_ESCAPED);
        assertThatThrownBy(() -> new NodeName("n-".repeat(60) + "n")).hasMessageContaining("dashes counted twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"projectcalico-default-allow", "calico-mesos-no-netgroup", "kns.default", "ksa.x.y", "pcns.team", "pcsa.x", "A", "a/b", "a_b", ".", "-", "a.", " "})
    void aNetgroupWithAMeaningOfItsOwnInCalicoIsMapped(final String netgroup) {
        assertThat(ProfileName.ofNetgroup(netgroup).value()).isNotEqualTo(netgroup);
    }

    @Test
    void aNetgroupStandsForItselfUpToTheLengthOfALabel() {
        assertThat(ProfileName.ofNetgroup("g".repeat(63))).hasToString("g".repeat(63));
        assertThat(ProfileName.ofNetgroup("g".repeat(64)).value()).hasSizeLessThanOrEqualTo(63).startsWith("ggg");
        assertThat(ProfileName.ofNetgroup("g".repeat(300)).value()).hasSizeLessThanOrEqualTo(63);
        assertThat(ProfileName.ofNetgroup("prod.web-1")).hasToString("prod.web-1");
        assertThatThrownBy(() -> ProfileName.ofNetgroup("")).hasMessage("netgroup '': must not be empty");
    }

    @Test
    void identityDoesNotDependOnTheNode() {
        final EndpointName one = new EndpointName("a", "mesos", "w", "eth0");
        final EndpointName other = new EndpointName("b", "mesos", "w", "eth0");
        assertThat(InterfaceName.of(one)).isEqualTo(InterfaceName.of(other));
        assertThat(MacAddress.of(one)).isEqualTo(MacAddress.of(other));
        assertThat(InterfaceName.of(one)).isNotEqualTo(InterfaceName.of(new EndpointName("a", "mesos", "w", "eth1")));
        assertThat(MacAddress.of(one)).isNotEqualTo(MacAddress.of(new EndpointName("a", "mesos", "v", "eth0")));
    }

    @Test
    void handlesOfOthersAreOfNoWorkloadOfThisHost() {
        final NodeName node = new NodeName("host1");
        assertThat(HandleId.of(node, WorkloadName.of(List.of("a")))).hasToString("mesos.host1.a");
        assertThat(new HandleId("net-a.11111111-aaaa-4000-8000-000000000001").workloadOn(node)).isEmpty();
        assertThat(new HandleId("mesos.host1.Not-Ours").workloadOn(node)).isEmpty();
        assertThat(new HandleId("mesos.host1").workloadOn(node)).isEmpty();
        assertThat(new HandleId("mesos.host2.a").workloadOn(node)).isEmpty();
        assertThatThrownBy(() -> new HandleId("a/b")).hasMessageContaining("'a/b'");
    }

    @Provide
    Arbitrary<String> ids() {
        final Arbitrary<String> close = Arbitraries.strings().withChars("aAbB-.0").ofMinLength(1).ofMaxLength(4);
        final Arbitrary<String> mapped = close.map(id -> MappedName.of("x", List.of(id)));
        final Arbitrary<String> any = Arbitraries.strings().ofMinLength(1).ofMaxLength(400);
        final Arbitrary<String> dashes = Arbitraries.strings().withChars("a-").ofMinLength(1).ofMaxLength(130);
        return Arbitraries.oneOf(close, mapped, any, dashes);
    }

    @Provide
    Arbitrary<List<String>> paths() {
        return Arbitraries.frequencyOf(Tuple.of(3, ids().map(List::of)), Tuple.of(1, ids().list().ofMinSize(1).ofMaxSize(4)));
    }

    @Provide
    Arbitrary<String> parts() {
        return Arbitraries.strings().withChars("ab-.").ofMinLength(1).ofMaxLength(8).filter(part -> !part.startsWith("-") && !part.endsWith("-"));
    }
}
