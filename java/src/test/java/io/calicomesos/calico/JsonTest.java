package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.common.primitives.Bytes;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static final UUID ID = UUID.fromString("32a01a5b-d961-46a8-8f96-8386b85ae8db");

    @Test
    void fieldsOfANewerCalicoSurviveARewriteAtEachLevel() {
        assertSame(WorkloadEndpoint.class, """
            {"kind":"WorkloadEndpoint","apiVersion":"projectcalico.org/v3","metadata":{"name":"n","creationTimestamp":null,\
            "generation":3,"ownerReferences":[{"a":1}]},"spec":{"node":"h","ports":[{"name":"","protocol":6,"port":80,"hostPort":0,\
            "hostIP":"","new":1.50}],"qosControls":{"ingressBandwidth":1000000},"ipNATs":[]},"status":{"x":null}}""");
        assertSame(Profile.class, """
            {"kind":"Profile","apiVersion":"projectcalico.org/v3","metadata":{"creationTimestamp":null},"spec":{"ingress":[\
            {"action":"Log","source":{"ports":[80,"90:100"],"x":true},"destination":{},"metadata":{"annotations":{"a":"b"}},"y":[]}],\
            "z":"z"},"w":{}}""");
        assertSame(IpPool.class, """
            {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"creationTimestamp":null},"spec":{"cidr":"fd00::/48",\
            "natOutgoing":true,"disabled":true,"disableBGPExport":true,"blockSize":122,"new":0}}""");
        assertSame(Node.class, """
            {"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"creationTimestamp":null},"spec":{"bgp":{"asNumber":64512,\
            "ipv4Address":"192.0.2.1/24","ipv4IPIPTunnelAddr":"198.18.0.1"},"addresses":[{"address":"192.0.2.1"}]},\
            "status":{"podCIDRs":["x"]}}""");
        assertSame(IpReservation.class, """
            {"kind":"IPReservation","apiVersion":"projectcalico.org/v3","metadata":{"creationTimestamp":null},\
            "spec":{"reservedCIDRs":["198.18.0.1"],"new":{}}}""");
        assertSame(FelixConfiguration.class, """
            {"kind":"FelixConfiguration","apiVersion":"projectcalico.org/v3","metadata":{"creationTimestamp":null},\
            "spec":{"defaultEndpointToHostAction":"Accept","healthPort":9099}}""");
        assertSame(BlockAffinity.class, "{\"state\":\"pending\",\"deleted\":false,\"new\":1}");
        assertSame(IpamConfig.class, "{\"strict_affinity\":true,\"maxBlocksPerHost\":4,\"new\":1}");
        assertSame(Tier.class, """
            {"kind":"Tier","apiVersion":"projectcalico.org/v3","metadata":{"creationTimestamp":null},"spec":{"order":12.5}}""");
    }

    @Test
    void aResourceVersionIsNeverWritten() {
        final Tier tier = Json.read(Tier.class, "key", bytes("{\"metadata\":{\"name\":\"t\",\"resourceVersion\":\"12\"}}"));
        assertThat(text(tier)).doesNotContain("resourceVersion").contains("\"kind\":\"Tier\"");
    }

    @Test
    void charactersAreEscapedAsGoEscapesThem() {
        final String all = "a&&b<c>\"\\\u0001\u001f\n\u2028\u2029é日\ud83d\ude00/";
        assertThat(text(Profile.ofNetgroup(all, ID, Instant.EPOCH))).contains(
            "\"calico-mesos.io/netgroup\":\"a\\u0026\\u0026b\\u003cc\\u003e\\\"\\\\\\u0001\\u001f\\n\\u2028\\u2029é日\ud83d\ude00/\"");
    }

    /** Overlong, half a surrogate, above U+10FFFF, cut off, and a byte that begins nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"c081", "eda080", "f4968b86", "f48fbf", "fe"})
    void whatIsNotUtf8IsRefused(final String hexadecimal) {
        final byte[] wrong = HexFormat.of().parseHex(hexadecimal);
        for (final String around : List.of("{\"new%s\":1}", "{\"new\":[\"%s\"]}", "{\"new\":1}%s")) {
            final String[] sides = around.split("%s");
            final byte[] value = Bytes.concat(bytes(sides[0]), wrong, bytes(sides.length > 1 ? sides[1] : ""));
            assertThatThrownBy(() -> Json.read(BlockAffinity.class, "key", value)).isInstanceOf(MalformedValueException.class)
                .hasMessage("key: is not UTF-8");
        }
    }

    @Test
    void utf16IsRefused() {
        for (final Charset charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
            assertThatThrownBy(() -> Json.read(BlockAffinity.class, "key", "{\"state\":\"pending\"}".getBytes(charset)))
                .isInstanceOf(MalformedValueException.class).hasMessageStartingWith("key: ");
        }
    }

    @Test
    void halfASurrogateThatIsEscapedIsRefusedInANameAndSurvivesInAText() {
        for (final String name : List.of("\\ud800", "\\udc00", "\\ud800x", "\\udc00\\ud800")) {
            assertThatThrownBy(() -> Json.read(BlockAffinity.class, "key", bytes("{\"" + name + "\":1}")))
                .isInstanceOf(MalformedValueException.class);
            final BlockAffinity read = Json.read(BlockAffinity.class, "key", bytes("{\"new\":\"" + name + "\"}"));
            assertThat(Json.read(BlockAffinity.class, "key", Json.write(read))).isEqualTo(read);
        }
    }

    @Test
    void aNetgroupThatCalicoCannotHoldKeepsItsNameInAnAnnotation() {
        final Profile profile = Profile.ofNetgroup("My Group", ID, Instant.EPOCH);
        final String name = profile.metadata().name();
        assertThat(name).startsWith("my-group-");
        assertThat(profile.metadata().annotations()).isEqualTo(Map.of("calico-mesos.io/netgroup", "My Group"));
        assertThat(profile.spec().labelsToApply()).isEqualTo(Map.of("netgroup.calico-mesos.io/" + name, ""));
        assertThat(profile.spec().ingress()).isEqualTo(List.of(Rule.allowFrom(EntityRule.matching("has(netgroup.calico-mesos.io/" + name + ")"))));
    }

    @Test
    void thePublicNetgroupLetsEverybodyIn() {
        assertThat(text(Profile.ofNetgroup("public", ID, Instant.EPOCH))).contains(
            "\"spec\":{\"ingress\":[{\"action\":\"Allow\",\"source\":{},\"destination\":{}}],"
                + "\"egress\":[{\"action\":\"Allow\",\"source\":{},\"destination\":{}}],\"labelsToApply\":{\"netgroup.calico-mesos.io/public\":\"\"}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "nonsense", "[]", "null", "1", "\"x\"", "{} {}", "{\"kind\":\"Tier\"}", "{\"apiVersion\":\"v1\"}",
        "{\"metadata\":[]}", "{\"metadata\":{\"labels\":{\"a\":null}}}", "{\"metadata\":{\"labels\":{\"a\":1}}}",
        "{\"metadata\":{\"name\":true}}", "{\"spec\":{\"ipNetworks\":\"x\"}}", "{\"spec\":{\"profiles\":[null]}}",
        "{\"spec\":{\"ports\":[{\"port\":\"80\"}]}}", "{\"spec\":{\"ports\":[{\"port\":1.5}]}}"})
    void aMalformedValueIsRefusedByItsKeyInOneLine(final String value) {
        final String key = "/calico/resources/v3/projectcalico.org/workloadendpoints/default/x";
        assertThatThrownBy(() -> Json.read(WorkloadEndpoint.class, key, bytes(value)))
            .isInstanceOfSatisfying(MalformedValueException.class, e -> assertThat(e.key()).isEqualTo(key))
            .message().startsWith(key + ": ").doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{} | an IPPool must have a spec with a cidr",
        "{\"spec\":{}} | cidr is missing",
        "{\"spec\":{\"cidr\":\"198.18.0.1/16\"}} | spec.cidr: network 198.18.0.1/16: bits are set behind the prefix",
        "{\"kind\":\"Node\",\"spec\":{\"cidr\":\"198.18.0.0/16\"}} | kind 'Node': must be 'IPPool'"})
    void aMalformedPoolSaysWhatIsAllowed(final String value, final String message) {
        assertThatThrownBy(() -> Json.read(IpPool.class, "/pools/p", bytes(value))).hasMessageStartingWith("/pools/p: ").hasMessageContaining(message);
    }

    @Test
    void whatIsLargerOrDeeperThanAnythingOfCalicosIsRefused() {
        for (final String value : List.of(" ".repeat((2 << 20) + 1), "{\"more\":" + "[".repeat(101), "{\"more\":[" + "1,".repeat(200_000) + "1]}")) {
            assertThatThrownBy(() -> Json.read(Tier.class, "key", value.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedValueException.class).message().startsWith("key: ").hasSizeLessThan(300);
        }
    }

    @Test
    void whatIsWrongIsSaidInOneLineThatFitsIntoALog() {
        assertThatThrownBy(() -> Json.read(IpPool.class, "key", ("{\"spec\":{\"cidr\":\"\\u001b[2J\\r" + "x".repeat(100_000) + "\"}}").getBytes(StandardCharsets.UTF_8)))
            .isInstanceOf(MalformedValueException.class).message().hasSize(2_000).matches("[^\\p{Cntrl}]*");
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        final byte[] value = bytes("{\"metadata\":{\"name\":\"x\"}}");
        value[value.length - 4] = (byte) 0xff;
        assertThatThrownBy(() -> Json.read(Tier.class, "key", value)).isInstanceOf(MalformedValueException.class);
    }

    @Test
    void aPoolHasCalicosDefaults() {
        final IpPool v4 = Json.read(IpPool.class, "k", bytes("{\"spec\":{\"cidr\":\"198.18.0.0/16\"}}"));
        final IpPool v6 = Json.read(IpPool.class, "k", bytes("{\"spec\":{\"cidr\":\"fd00::/48\",\"allowedUses\":[\"Tunnel\"],\"assignmentMode\":\"Manual\"}}"));
        assertThat(v4.blockPrefixLength()).isEqualTo(26);
        assertThat(v6.blockPrefixLength()).isEqualTo(122);
        assertThat(v4.allows("Workload") && v4.allows("Tunnel") && !v4.allows("LoadBalancer") && v4.automatic()).isTrue();
        assertThat(!v6.allows("Workload") && v6.allows("Tunnel") && !v6.automatic()).isTrue();
    }

    @Test
    void ourPoolIsTheOneThatCalicoctlMakes() {
        final String golden = Golden.values().get("/calico/resources/v3/projectcalico.org/ippools/judge-pool");
        final Metadata metadata = Metadata.created("judge-pool", null, UUID.fromString("eadcf8aa-6f25-4de1-adde-2b3a826bbfcf"),
            Instant.parse("2026-11-23T19:24:50Z"));
        assertThat(text(IpPool.of(metadata, Cidr.parse("198.18.0.0/16"), 26))).isEqualTo(golden);
    }

    @Test
    void anEmptyStateOfAnAffinityIsConfirmed() {
        assertThat(Json.read(BlockAffinity.class, "k", bytes("{\"deleted\":false}")).isConfirmed()).isTrue();
        assertThat(Json.read(BlockAffinity.class, "k", bytes("{\"state\":\"pending\"}")).isConfirmed()).isFalse();
    }

    @Test
    void unknownFieldsCannotBeChanged() {
        final Map<String, JsonNode> other = Metadata.unknown(Map.of("a", TextNode.valueOf("b")));
        assertThatThrownBy(() -> other.put("c", TextNode.valueOf("d"))).isInstanceOf(UnsupportedOperationException.class);
    }

    private static void assertSame(final Class<?> type, final String json) {
        final Object value = Json.read(type, "key", bytes(json));
        final String written = text(value);
        assertThat(tree(written)).isEqualTo(tree(json));
        assertThat(Json.read(type, "key", bytes(written))).isEqualTo(value);
    }

    private static JsonNode tree(final String json) {
        return Json.read(JsonNode.class, "key", bytes(json));
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
