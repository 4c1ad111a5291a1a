package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.MacAddress;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.Policy;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadEndpoint;
import io.calicomesos.calico.WorkloadName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainerTest {
    private static final String WEB = "198.18.0.1";
    private static final String DB = "198.18.1.1";
    private static final String OTHER = "198.18.0.2";
    private static final String ALONE = "198.18.0.3";
    private static final String OPEN = "198.18.1.4";
    private static final String HOST1 = "198.19.0.1";
    private static final String HOST2 = "198.19.0.2";

    private static final List<WorkloadEndpoint> ENDPOINTS = List.of(
            endpoint("host1", "web", List.of(WEB, "fd00::1"), "prod", "Odd Name!"), endpoint("host2", "db", List.of(DB), "Odd Name!"),
            endpoint("host1", "other", List.of(OTHER), "dev"), endpoint("host1", "alone", List.of(ALONE)),
            endpoint("host2", "open", List.of(OPEN), "public"));
    private static final List<Node> NODES = List.of(node("host1", HOST1 + "/24"), node("host2", HOST2 + "/24"));

    private final Map<String, Profile> profiles = new HashMap<>();

    ExplainerTest() {
        List.of("prod", "Odd Name!", "dev", "public").forEach(this::profile);
    }

    // ---- the builtin enforcer ----

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        WEB + "|" + DB + "|allowed: container web (198.18.0.1 on host1) and container db (198.18.1.1 on host2) are both in the netgroup "
                + "Odd Name! (profile odd-name-%s) (set group-odd-name-%s on host2)",
        WEB + "|" + OTHER + "|denied: container other (198.18.0.2 on host1) lets in its host and whom the rules of the netgroup dev let in, and "
                + "container web (198.18.0.1 on host1) is none of them",
        WEB + "|" + ALONE + "|denied: container alone (198.18.0.3 on host1) is in no netgroup: only its host reaches it",
        HOST1 + "|" + ALONE + "|allowed: host host1 (198.19.0.1) always reaches its own containers",
        HOST2 + "|" + OTHER + "|denied: container other (198.18.0.2 on host1) lets in its host and whom the rules of the netgroup dev let in, and "
                + "host host2 (198.19.0.2) is no container",
        HOST1 + "|" + OPEN + "|allowed: container open (198.18.1.4 on host2) is in the netgroup public, which lets everyone in",
        "198.18.99.9|" + OTHER + "|denied: container other (198.18.0.2 on host1) lets in its host and whom the rules of the netgroup dev let in, and "
                + "198.18.99.9 is no container",
        WEB + "|" + HOST1 + "|allowed: container web (198.18.0.1 on host1) may send to host host1 (198.19.0.1): the builtin enforcer lets "
                + "containers reach their host, and go out to what is no container",
        WEB + "|198.18.99.9|allowed: container web (198.18.0.1 on host1) may send to 198.18.99.9: the builtin enforcer lets "
                + "containers reach their host, and go out to what is no container",
        ALONE + "|" + ALONE + "|allowed: both addresses are of container alone (198.18.0.3 on host1): it never leaves it",
        HOST1 + "|" + HOST2 + "|undecided: neither host host1 (198.19.0.1) nor host host2 (198.19.0.2) is a container",
        "fd00::1|" + DB + "|denied: one address is IPv4 and the other IPv6"})
    void theBuiltinEnforcerSaysWhichGroupDecides(String from, String to, String expected) {
        String odd = ProfileName.ofNetgroup("Odd Name!").value().substring("odd-name-".length());
        assertThat(explainer().builtin(tcp(from, to, 80))).hasToString(expected.replace("%s", odd));
    }

    @Test
    void aProfileThatAnOperatorOpenedLetsEveryoneIn() {
        read("dev", "{\"metadata\":{\"name\":\"dev\"},\"spec\":{\"ingress\":[{\"action\":\"Allow\",\"source\":{},\"destination\":{}}]}}");
        assertThat(explainer().builtin(tcp(WEB, OTHER, 80))).isInstanceOf(Explanation.Allowed.class);
    }

    /** The rules are those that the enforcer writes, and a simulation of the kernel lets packets through or not. */
    @Property(tries = 300)
    void whatIsSaidIsWhatTheRulesDo(@ForAll("clusters") List<Member> members, @ForAll boolean devOpen, @ForAll boolean publicOpen,
            @ForAll boolean denied) {
        Map<String, Profile> known = new HashMap<>();
        List<WorkloadEndpoint> endpoints = members.stream().map(each -> endpoint(
                each.node(), each.key(), List.copyOf(each.addresses()), each.profiles().toArray(String[]::new))).toList();
        for (String each : List.of("dev", "public", "prod")) { // Of qa there is no profile.
            boolean open = each.equals("dev") ? devOpen : each.equals("public") && publicOpen;
            known.put(each, Json.read(Profile.class, each, ("{\"metadata\":{\"name\":\"" + each + "\"},\"spec\":{\"labelsToApply\":{\""
                    + each + "\":\"\"},\"ingress\":[" + (denied ? "{\"action\":\"Deny\",\"source\":{\"nets\":[\"198.18.0.1/32\"]}}," : "")
                    + "{\"action\":\"Allow\",\"source\":{" + (open ? "" : "\"selector\":\"has(" + each + ")\"") + "}}"
                    + (each.equals("prod") ? ",{\"action\":\"Allow\",\"source\":{\"selector\":\"has(dev)\"}}" : "") + "]}}")
                    .getBytes(StandardCharsets.UTF_8)));
        }
        Explainer explainer = new Explainer(endpoints, known, NODES, List.of());
        Map<String, NftSimulation> kernels = new HashMap<>();
        for (String host : List.of("host1", "host2")) {
            NftSimulation nft = new NftSimulation();
            Ruleset ruleset = new Ruleset(host);
            nft.run(ruleset.full());
            members.forEach(each -> nft.run(ruleset.put(
                    Endpoint.of(each.key(), each.node(), each.interfaceName(), each.profiles(), each.addresses()))));
            known.forEach((name, profile) -> nft.run(ruleset.profile(
                    name, profile.spec().labelsToApply().keySet(), IngressRule.of(profile, each -> { }))));
            kernels.put(host, nft);
        }
        for (Member from : members) {
            for (Member to : members) {
                if (from != to) {
                    String source = from.addresses().iterator().next();
                    boolean onOneHost = from.node().equals(to.node());
                    boolean passes = kernels.get(to.node()).passes(onOneHost ? from.interfaceName() : "eth0", source, to.interfaceName())
                            && (onOneHost || kernels.get(from.node()).passes(from.interfaceName(), source, "eth0"));
                    assertThat(explainer.builtin(tcp(source, to.addresses().iterator().next(), 80)) instanceof Explanation.Allowed)
                            .as("%s to %s", from, to).isEqualTo(passes);
                }
            }
        }
    }

    @Provide
    Arbitrary<List<Member>> clusters() {
        Arbitrary<List<String>> groups = Arbitraries.of("prod", "dev", "public", "qa").list().uniqueElements().ofMaxSize(2);
        Arbitrary<String> nodes = Arbitraries.of("host1", "host2");
        return Combinators.combine(nodes.list().ofSize(5), groups.list().ofSize(5)).as((on, in) -> IntStream.range(0, 5)
                .mapToObj(i -> new Member("c" + i, on.get(i), "cali" + i, in.get(i), Set.of("198.18.0." + i))).toList());
    }

    // ---- Felix ----

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        WEB + "|" + DB + "|allowed: ingress rule 1 of the netgroup Odd Name!",
        WEB + "|" + OTHER + "|denied: no ingress rule of the netgroup dev, which container other (198.18.0.2 on host1) is in, allows it",
        WEB + "|" + ALONE + "|denied: container alone (198.18.0.3 on host1) is in no netgroup: only its host reaches it",
        ALONE + "|" + OPEN + "|denied: container alone (198.18.0.3 on host1) has no profile: Felix lets nothing out of it",
        WEB + "|" + OPEN + "|allowed: ingress rule 1 of the netgroup public, which container open (198.18.1.4 on host2) is in",
        HOST1 + "|" + ALONE + "|allowed: host host1 (198.19.0.1) always reaches its own containers",
        HOST2 + "|" + OTHER + "|denied: no ingress rule of the netgroup dev",
        WEB + "|198.18.99.9|allowed: egress rule 1 of the netgroup prod, which container web (198.18.0.1 on host1) is in",
        WEB + "|" + HOST2 + "|allowed: egress rule 1 of the netgroup prod",
        WEB + "|" + HOST1 + "|denied: defaultEndpointToHostAction of the FelixConfiguration is Drop for what container web"})
    void felixGoesByTheRulesOfProfiles(String from, String to, String expected) {
        assertThat(explainer().felix(tcp(from, to, 80), Optional.empty()).toString()).startsWith(expected);
    }

    @ParameterizedTest
    @CsvSource({"Accept,allowed", "Return,undecided", "Drop,denied"})
    void whatReachesTheHostIsFelixsToSay(String action, String expected) {
        FelixConfiguration settings = Json.read(FelixConfiguration.class, "default",
                ("{\"spec\":{\"defaultEndpointToHostAction\":\"" + action + "\"}}").getBytes(StandardCharsets.UTF_8));
        assertThat(explainer().felix(tcp(WEB, HOST1, 5051), Optional.of(settings)).toString()).startsWith(expected + ": default");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"protocol\":\"TCP\",\"destination\":{\"ports\":[80,\"8000:9000\"]}}|allowed allowed denied",
        "{\"protocol\":17}|denied denied allowed",
        "{\"notProtocol\":\"UDP\"}|allowed allowed denied",
        "{\"destination\":{\"notPorts\":[80]}}|denied allowed allowed",
        "{\"destination\":{\"ports\":[\"http\",80]}}|allowed undecided undecided",
        "{\"ipVersion\":6}|denied denied denied",
        "{\"source\":{\"nets\":[\"198.18.0.0/24\"]}}|allowed allowed allowed",
        "{\"source\":{\"notNets\":[\"198.18.0.0/24\"]}}|denied denied denied",
        "{\"source\":{\"selector\":\"tier == 'web'\"}}|allowed allowed allowed",
        "{\"source\":{\"selector\":\"has(given)\"}}|allowed allowed allowed",
        "{\"source\":{\"notSelector\":\"tier == 'web'\"}}|denied denied denied",
        "{\"source\":{\"namespaceSelector\":\"all()\"}}|undecided undecided undecided",
        "{\"source\":{\"selector\":\"has(no)\",\"namespaceSelector\":\"all()\"}}|denied denied denied",
        "{\"http\":{\"methods\":[\"GET\"]}}|undecided undecided undecided"})
    void rulesOfAnOperatorAreRead(String rule, String expected) {
        read("dev", "{\"metadata\":{\"name\":\"dev\"},\"spec\":{\"ingress\":[{\"action\":\"Log\"},"
                + rule.replaceFirst("\\{", "{\"action\":\"Allow\",") + ",{\"action\":\"Deny\"},{\"action\":\"Allow\"}]}}");
        read("prod", "{\"spec\":{\"egress\":[{\"action\":\"Allow\"}],\"labelsToApply\":{\"given\":\"\"}}}");
        String said = String.join(" ", List.of(
                kind(explainer().felix(tcp(WEB, OTHER, 80), Optional.empty())),
                kind(explainer().felix(tcp(WEB, OTHER, 8080), Optional.empty())),
                kind(explainer().felix(flow(WEB, OTHER, Flow.Protocol.UDP, 8080), Optional.empty()))));
        assertThat(said).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"kind\":\"GlobalNetworkPolicy\",\"metadata\":{\"name\":\"default.a\"},\"spec\":{\"selector\":\"tier == 'db'\",\"types\":[\"Ingress\"]}}"
                + "|what container db (198.18.1.1 on host2) receives: GlobalNetworkPolicy default.a",
        "{\"kind\":\"GlobalNetworkPolicy\",\"metadata\":{\"name\":\"default.a\"},\"spec\":{\"selector\":\"has(given)\",\"types\":[\"Egress\"]}}"
                + "|what container web (198.18.0.1 on host1) sends: GlobalNetworkPolicy default.a",
        "{\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"b\",\"namespace\":\"default\"},\"spec\":{}}"
                + "|what container web (198.18.0.1 on host1) sends: NetworkPolicy default/b",
        "{\"kind\":\"NetworkPolicy\",\"metadata\":{\"name\":\"b\",\"namespace\":\"team-a\"},\"spec\":{}}|",
        "{\"kind\":\"GlobalNetworkPolicy\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"selector\":\"tier == 'db'\",\"types\":[\"Egress\"]}}|"})
    void policiesThatSelectAContainerComeFirst(String policy, String expected) {
        read("prod", "{\"spec\":{\"egress\":[{\"action\":\"Allow\"}],\"labelsToApply\":{\"given\":\"\"}}}");
        Policy read = Json.read(Policy.class, "policy", policy.getBytes(StandardCharsets.UTF_8));
        Explanation explanation = new Explainer(ENDPOINTS, profiles, NODES, List.of(read)).felix(tcp(WEB, DB, 80), Optional.empty());
        if (expected == null) {
            assertThat(explanation).isInstanceOf(Explanation.Allowed.class);
        } else {
            assertThat(explanation).hasToString("undecided: before its profiles, policies decide on " + expected);
        }
    }

    // ---- what they stand on ----

    private Explainer explainer() {
        return new Explainer(ENDPOINTS, profiles, NODES, List.of());
    }

    private static String kind(Explanation explanation) {
        return explanation.toString().replaceFirst(":.*", "");
    }

    private void profile(String netgroup) {
        Profile profile = Profile.ofNetgroup(netgroup, UUID.randomUUID(), Instant.now());
        profiles.put(profile.metadata().name(), profile);
    }

    private void read(String name, String json) {
        profiles.put(name, Json.read(Profile.class, name, json.getBytes(StandardCharsets.UTF_8)));
    }

    private static Flow tcp(String from, String to, int port) {
        return flow(from, to, Flow.Protocol.TCP, port);
    }

    private static Flow flow(String from, String to, Flow.Protocol protocol, int port) {
        return new Flow(InetAddresses.forString(from), InetAddresses.forString(to), protocol, port);
    }

    private static WorkloadEndpoint endpoint(String node, String container, List<String> addresses, String... netgroups) {
        EndpointName name = EndpointName.of(new NodeName(node), WorkloadName.of(List.of(container)), "eth0");
        return WorkloadEndpoint.of(
                Metadata.created(name.toString(), "default", UUID.randomUUID(), Instant.now()).withLabels(Map.of("tier", container)), name,
                addresses.stream().map(each -> Cidr.of(InetAddresses.forString(each))).toList(),
                List.of(netgroups).stream().map(ProfileName::ofNetgroup).toList(), InterfaceName.of(name), MacAddress.of(name));
    }

    private static Node node(String name, String address) {
        return Node.of(Metadata.created(name, null, UUID.randomUUID(), Instant.now()), address, null);
    }
}
