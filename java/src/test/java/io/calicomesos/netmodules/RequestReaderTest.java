package io.calicomesos.netmodules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestReaderTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int READ_BY_NET_MODULES = 40_960;

    private static final String ALLOCATE = "{'command':'allocate','args':{'hostname':'slave-0-1','num_ipv4':1,'num_ipv6':2,"
            + "'uid':'0cd47986-24ad-4c00-b9d3-5db9e5c02028','netgroups':['prod','frontend'],'labels':{'rack':'3A','pop':'houston'}}}";
    private static final String RESERVE = "{'command':'reserve','args':{'hostname':'slave-0-1','uid':'u','ipv4_addrs':['192.168.23.4'],"
            + "'ipv6_addrs':['2001:3ac3:f90b:1111::1'],'labels':[{'key':'rack','value':'3A'},{'key':'bare'}]}}";
    private static final String RELEASE_UID = "{'command':'release','args':{'uid':'u'}}";
    private static final String RELEASE_IPS = "{'command':'release','args':{'ips':['192.168.23.4','2001:3ac3:f90b:1111::1']}}";
    private static final String ISOLATE = "{'command':'isolate','args':{'hostname':'slave-H3A-1','container_id':'ba11f1de','pid':3789,"
            + "'ipv4_addrs':['192.168.23.4'],'ipv6_addrs':['2001:3ac3:f90b:1111::1'],'netgroups':['prod','frontend'],'labels':null}}";
    private static final String CLEANUP = "{'command':'cleanup','args':{'hostname':'slave-H3A-1','container_id':'ba11f1de'}}";

    private static final List<InetAddress> BOTH =
            List.of(InetAddresses.forString("192.168.23.4"), InetAddresses.forString("2001:3ac3:f90b:1111::1"));

    @Test
    void eachRequestIsUnderstood() throws Exception {
        assertThat(read(ALLOCATE)).isEqualTo(new Request.Allocate(
                "0cd47986-24ad-4c00-b9d3-5db9e5c02028", 1, 2, List.of("prod", "frontend"), Map.of("rack", "3A", "pop", "houston")));
        assertThat(read(RESERVE)).isEqualTo(new Request.Reserve("u", BOTH, List.of(), Map.of("rack", "3A", "bare", "")));
        assertThat(read(RELEASE_UID)).isEqualTo(new Request.ReleaseUid("u"));
        assertThat(read(RELEASE_IPS)).isEqualTo(new Request.ReleaseAddresses(BOTH));
        assertThat(read("{'command':'release','args':{'ips':[],'uid':null}}")).isEqualTo(new Request.ReleaseAddresses(List.of()));
        assertThat(read(ISOLATE)).isEqualTo(
                new Request.Isolate("ba11f1de", 3789, BOTH, List.of("prod", "frontend"), Map.of()));
        assertThat(read(CLEANUP)).isEqualTo(new Request.Cleanup("ba11f1de"));
    }

    @Test
    void numbersMayBeTextsAndAUidANumberAndWhatIsUnknownIsIgnored() throws Exception {
        assertThat(read("{'command':'allocate','more':1,'args':{'hostname':'h','num_ipv4':'3','num_ipv6':0,'uid':7,'more':[]}}"))
                .isEqualTo(new Request.Allocate("7", 3, 0, List.of(), Map.of()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "{'args':{}} | command is missing: allocate, reserve, release, isolate and cleanup are known",
        "{'command':'update','args':{}} | command is 'update': allocate, reserve, release, isolate and cleanup are known",
        "{'command':'cleanup'} | args is missing: an object with the arguments of 'cleanup' is expected",
        "{'command':'cleanup','args':[1]} | args is [1]: an object with the arguments of 'cleanup' is expected",
        "[] | the request is []: an object is expected on stdin, as in {'command': 'cleanup', 'args': {…}}",
        "{'command':'cleanup','args':{'hostname':'h'}} | args.container_id is missing: a text of 1 to 1024 characters is expected",
        "{'command':'cleanup','args':{'container_id':'c'}} | args.hostname is missing: a text of 1 to 1024 characters is expected",
        "{'command':'cleanup','args':{'hostname':'h','container_id':' '}} "
                + "| args.container_id is ' ': a text of 1 to 1024 characters is expected",
        "{'command':'allocate','args':{'hostname':'h','uid':'u','num_ipv6':0}} "
                + "| args.num_ipv4 is missing: a whole number from 0 to 16 is expected",
        "{'command':'allocate','args':{'hostname':'h','uid':'u','num_ipv4':17}} "
                + "| args.num_ipv4 is 17: a whole number from 0 to 16 is expected",
        "{'command':'allocate','args':{'hostname':'h','uid':'u','num_ipv4':1.5}} "
                + "| args.num_ipv4 is 1.5: a whole number from 0 to 16 is expected",
        "{'command':'allocate','args':{'hostname':'h','num_ipv4':1,'num_ipv6':0}} "
                + "| args.uid is missing: a text of 1 to 1024 characters is expected",
        "{'command':'reserve','args':{'hostname':'h','uid':'u'}} "
                + "| args has neither ipv4_addrs nor ipv6_addrs: at least one address is expected",
        "{'command':'reserve','args':{'hostname':'h','uid':'u','ipv4_addrs':'10.0.0.1'}} "
                + "| args.ipv4_addrs is '10.0.0.1': a list of addresses is expected",
        "{'command':'reserve','args':{'hostname':'h','uid':'u','ipv4_addrs':['1.1.1.1.1']}} "
                + "| args.ipv4_addrs holds '1.1.1.1.1': addresses are expected, as in 192.168.23.4",
        "{'command':'reserve','args':{'hostname':'h','uid':'u','ipv4_addrs':['fe80::']}} "
                + "| args.ipv4_addrs holds fe80::: addresses of IPv4 are expected",
        "{'command':'reserve','args':{'hostname':'h','uid':'u','ipv6_addrs':['10.0.0.1']}} "
                + "| args.ipv6_addrs holds 10.0.0.1: addresses of IPv6 are expected",
        "{'command':'release','args':{}} | args of release has neither uid nor ips: one of them is expected",
        "{'command':'release','args':{'uid':'u','ips':['10.0.0.1']}} | args of release has both uid and ips: one of them is expected",
        "{'command':'isolate','args':{'hostname':'h','container_id':'c','pid':0}} "
                + "| args.pid is 0: a whole number from 1 to 2147483647 is expected",
        "{'command':'isolate','args':{'hostname':'h','container_id':'c','pid':1,'ipv4_addrs':['10.0.0.1'],'netgroups':'prod'}} "
                + "| args.netgroups is 'prod': a list of names is expected",
        "{'command':'isolate','args':{'hostname':'h','container_id':'c','pid':1,'ipv4_addrs':['10.0.0.1'],'labels':['a']}} "
                + "| args.labels is ['a']: a list is expected, as in [{'key': 'rack', 'value': '3A'}]",
    })
    void whatIsWrongIsSaidInOneLine(String request, String message) {
        assertThatThrownBy(() -> read(request)).isInstanceOf(BadRequestException.class)
                .satisfies(thrown -> assertThat(thrown.getMessage().replace('"', '\'')).isEqualTo(message));
    }

    @Test
    void whatIsNoJsonIsRefused() {
        for (String each : List.of("", " ", "x", "{'command':'cleanup','args':{}} x", "{'command':'a','command':'b'}")) {
            assertThatThrownBy(() -> read(each)).isInstanceOf(BadRequestException.class).hasMessageStartingWith("the request is");
        }
        assertThatThrownBy(() -> RequestReader.read(new byte[RequestReader.MAX_BYTES + 1])).isInstanceOf(BadRequestException.class)
                .hasMessage("the request has more than 1048576 bytes");
    }

    @Property
    void anyBytesAreReadOrRefused(@ForAll byte[] bytes) throws Exception {
        assertThat(answerTo(bytes)).matches(RequestReaderTest::isAnswer);
    }

    /** A field of a good request says something else, or is another. */
    @Property
    void anyValueOfAFieldIsReadOrRefused(@ForAll("goodRequests") String good, @ForAll("values") String value, @ForAll int which)
            throws Exception {
        ObjectNode request = (ObjectNode) JSON.readTree(good);
        List<String> fields = Stream.concat(Stream.of("args", "command"), request.path("args").properties().stream().map(Map.Entry::getKey))
                .toList();
        String field = fields.get(Math.floorMod(which, fields.size()));
        (request.has(field) ? request : (ObjectNode) request.path("args")).set(field, JSON.readTree(value));
        assertThat(answerTo(request.toString().getBytes(StandardCharsets.UTF_8))).matches(RequestReaderTest::isAnswer);
    }

    @Provide
    Arbitrary<String> goodRequests() {
        return Arbitraries.of(ALLOCATE, RESERVE, RELEASE_UID, RELEASE_IPS, ISOLATE, CLEANUP).map(each -> each.replace('\'', '"'));
    }

    @Provide
    Arbitrary<String> values() {
        Arbitrary<String> leaves = Arbitraries.oneOf(
                Arbitraries.of("null", "true", "{}", "[]"), Arbitraries.of("-1", "1e99", "99999999999999999999", "0.5"),
                Arbitraries.strings().ofMaxLength(2_000).map(text -> JSON.getNodeFactory().textNode(text).toString()));
        return Arbitraries.lazyOf(
                () -> leaves,
                () -> leaves,
                () -> values().list().ofMaxSize(3).map(list -> "[" + String.join(",", list) + "]"),
                () -> values().map(each -> "{\"key\":" + each + ",\"value\":" + each + "}"));
    }

    /** As the command does it, were each request carried out. */
    private static String answerTo(byte[] bytes) {
        try {
            assertThat(RequestReader.read(bytes)).isNotNull();
            return Answer.Plain.DONE.json();
        } catch (BadRequestException e) {
            return Answer.failed(e.getMessage()).json();
        }
    }

    /** One line that net-modules reads whole. */
    private static boolean isAnswer(String line) {
        try {
            JsonNode answer = JSON.readTree(line);
            return line.lines().count() == 1 && line.getBytes(StandardCharsets.UTF_8).length < READ_BY_NET_MODULES && answer.size() == 1
                    && (answer.path("error").isNull() || !answer.path("error").asText().isBlank());
        } catch (Exception e) {
            return false;
        }
    }

    private static Request read(String request) throws BadRequestException {
        return RequestReader.read(request.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
