package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Profile;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator may write into a profile, and what the builtin enforcer makes of it. */
class IngressRuleTest {
    private static final IngressRule ANYBODY = new IngressRule(true, Set.of(), List.of(), null, List.of(), 0);
    private static final IngressRule NOBODY = new IngressRule(false, Set.of(), List.of(), null, List.of(), 0);

    private final List<String> notUnderstood = new ArrayList<>();

    private List<IngressRule> read(String... rules) throws Exception {
        String json = "{\"metadata\":{\"name\":\"prod\"},\"spec\":{\"ingress\":[" + String.join(",", rules) + "]}}";
        return IngressRule.of(Json.read(Profile.class, "prod", json.getBytes(StandardCharsets.UTF_8)), notUnderstood::add);
    }

    @Test
    void aNetgroupsOwnProfileIsUnderstood() {
        Instant now = Instant.now();
        assertThat(IngressRule.of(Profile.ofNetgroup("prod", UUID.randomUUID(), now), notUnderstood::add)).containsExactly(
                new IngressRule(true, Set.of("netgroup.calico-mesos.io/prod"), List.of(), null, List.of(), 0));
        assertThat(IngressRule.of(Profile.ofNetgroup("public", UUID.randomUUID(), now), notUnderstood::add)).containsExactly(ANYBODY);
        assertThat(notUnderstood).isEmpty();
    }

    @Test
    void networksPortsAndSeveralNetgroupsAreUnderstoodInTheirOrder() throws Exception {
        assertThat(read(
                "{\"action\":\"Deny\",\"source\":{\"nets\":[\"10.1.0.0/16\",\"fd00::1\"]}}",
                "{\"action\":\"Allow\",\"protocol\":\"TCP\",\"ipVersion\":4,\"source\":{\"selector\":\"has(web) || has(ops)\"},"
                        + "\"destination\":{\"ports\":[80,\"1000:2000\"]}}",
                "{\"action\":\"Allow\",\"protocol\":47,\"source\":{},\"destination\":{}}",
                "{\"action\":\"Allow\",\"protocol\":\"ICMPv6\"}")).containsExactly(
                new IngressRule(false, Set.of(), List.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("fd00::1/128")), null, List.of(), 0),
                new IngressRule(true, Set.of("web", "ops"), List.of(), 6, List.of("80", "1000-2000"), 4),
                new IngressRule(true, Set.of(), List.of(), 47, List.of(), 0),
                new IngressRule(true, Set.of(), List.of(), 58, List.of(), 0));
        assertThat(notUnderstood).isEmpty();
    }

    @Test
    void anEmptySelectorIsNone() throws Exception {
        assertThat(read("{\"action\":\"Allow\",\"source\":{\"selector\":\"\",\"namespaceSelector\":\"\",\"notSelector\":\"\"},"
                + "\"destination\":{\"selector\":\"\"}}")).containsExactly(ANYBODY);
        assertThat(notUnderstood).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "\"source\":{\"selector\":\"has(web) && rack == 'r1'\"}", "\"source\":{\"selector\":\"web == 'x'\"}",
        "\"source\":{\"selector\":\"!has(web)\"}", "\"source\":{\"selector\":\"all()\"}", "\"source\":{\"selector\":\"has(\"}",
        "\"source\":{\"notNets\":[\"10.0.0.0/8\"]}", "\"source\":{\"notSelector\":\"has(web)\"}", "\"source\":{\"ports\":[80]}",
        "\"source\":{\"namespaceSelector\":\"all()\"}", "\"source\":{\"serviceAccounts\":{\"names\":[\"x\"]}}",
        "\"source\":{\"services\":{\"name\":\"x\"}}", "\"source\":{\"nets\":[\"10.0.0.0/33\"]}", "\"source\":{\"newInCalico\":1}",
        "\"destination\":{\"nets\":[\"10.0.0.0/8\"]}", "\"destination\":{\"selector\":\"has(web)\"}",
        "\"destination\":{\"notPorts\":[80]}", "\"destination\":{\"ports\":[80]}", "\"protocol\":\"ICMP\",\"icmp\":{\"type\":8}",
        "\"protocol\":\"TCP\",\"destination\":{\"ports\":[\"http\"]}", "\"protocol\":\"TCP\",\"destination\":{\"ports\":[65536]}",
        "\"protocol\":\"TCP\",\"destination\":{\"ports\":[\"9:8\"]}", "\"protocol\":\"QUIC\"", "\"protocol\":256", "\"ipVersion\":5",
        "\"notProtocol\":\"TCP\"", "\"notICMP\":{\"type\":8}", "\"http\":{\"methods\":[\"GET\"]}", "\"newInCalico\":1"})
    void whatIsNotUnderstoodLetsNothingIn(String match) throws Exception {
        assertThat(read("{\"action\":\"Allow\"," + match + "}", "{\"action\":\"Allow\"}")).containsExactly(ANYBODY);
        assertThat(notUnderstood).singleElement().asString()
                .startsWith("profile prod, ingress rule 1: the builtin enforcer does not know ").endsWith("; the rule lets nothing in");
        assertThat(read("{\"action\":\"Allow\",\"protocol\":\"UDP\"}", "{\"action\":\"Deny\"," + match + "}", "{\"action\":\"Allow\"}"))
                .hasSize(2).last().isEqualTo(NOBODY);
        assertThat(notUnderstood).hasSize(2).last().asString().startsWith("profile prod, ingress rule 2: ")
                .endsWith("; from this rule on nothing is let in");
    }

    @Test
    void aDenyBySelectorWouldMissWhoWearsTheLabelByItself() throws Exception {
        assertThat(read("{\"action\":\"Deny\",\"source\":{\"selector\":\"has(web)\"}}", "{\"action\":\"Allow\"}")).containsExactly(NOBODY);
        assertThat(notUnderstood).hasSize(1);
    }

    @Test
    void otherActionsLetNothingIn() throws Exception {
        assertThat(read("{\"action\":\"Log\"}", "{\"action\":\"Allow\"}")).containsExactly(ANYBODY);
        assertThat(read("{\"action\":\"Pass\"}", "{\"action\":\"Allow\"}")).containsExactly(NOBODY);
        assertThat(read("{}", "{\"action\":\"Allow\"}")).containsExactly(NOBODY);
        assertThat(notUnderstood).hasSize(3);
        assertThat(read()).isEmpty();
    }
}
