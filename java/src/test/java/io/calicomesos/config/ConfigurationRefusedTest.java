package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong, the operator reads one line that names the key, the value and what is allowed. */
class ConfigurationRefusedTest {
    private static final String ETCD = "http://10.0.0.1:2379";

    @TempDir
    private Path directory;

    @Test
    void anUnknownParameterIsNamedWithTheKnownOnes() {
        assertThat(refusal("mtuu", "1500")).isEqualTo("unknown parameter 'mtuu' in modules.json: known are call_timeout, config, dns, enforcer, "
                + "etcd_ca_cert_file, etcd_cert_file, etcd_endpoints, etcd_key_file, etcd_launch_timeout, etcd_password_file, "
                + "etcd_request_timeout, etcd_username, felix_status_dir, felix_timeout, java_classpath, java_heap, java_home, "
                + "java_library_path, java_options, metrics_address, mtu, namespaces, netgroups, networks, node_name, "
                + "runtime_dir, state_dir, sweep_grace, sweep_interval, verbose");
    }

    @Test
    void anUnknownKeyInTheFileIsNamedWithTheFileAndTheKnownOnes() throws Exception {
        String file = file("{\"mtuu\": 1500}");
        assertThat(refusal("config", file)).isEqualTo("unknown parameter 'mtuu' in file " + file + ": known are call_timeout, dns, enforcer, "
                + "etcd_ca_cert_file, etcd_cert_file, etcd_endpoints, etcd_key_file, etcd_launch_timeout, etcd_password_file, "
                + "etcd_request_timeout, etcd_username, felix_status_dir, felix_timeout, metrics_address, mtu, namespaces, netgroups, "
                + "networks, node_name, "
                + "runtime_dir, state_dir, sweep_grace, sweep_interval, verbose");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java_home", "config"})
    void theFileCannotHoldWhatIsReadBeforeIt(String key) throws Exception {
        assertThat(refusal("config", file("{\"" + key + "\": \"/x\"}"))).startsWith("unknown parameter '" + key + "' in file ");
    }

    @Test
    void aKeyGivenTwiceInTheFileIsNamedWithItsLine() throws Exception {
        String file = file("{\"mtu\": 1500,\n \"mtu\": 1400}");
        assertThat(refusal("config", file)).isEqualTo("config file " + file + " is not valid JSON: Duplicate field 'mtu' (line 2)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"mtu\":: 1500}| Unexpected character (':' (code 58)): expected a valid value",
        "{\"mtu\": 1500| Unexpected end-of-input",
        "{} {}| Trailing token"})
    void aFileThatIsNotJsonIsNamedWithWhatIsWrong(String text, String problem) throws Exception {
        String file = file(text);
        assertThat(refusal("config", file)).startsWith("config file " + file + " is not valid JSON: " + problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "5", "null", "\"x\"", ""})
    void aFileThatIsNotAnObjectIsNamed(String text) throws Exception {
        String file = file(text);
        assertThat(refusal("config", file)).isEqualTo("config file " + file + ": a JSON object is expected");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThat(refusal("config", "/no/such/file.json")).startsWith("config file /no/such/file.json cannot be read: ")
                .contains("NoSuchFile");
    }

    @Test
    void aFileThatIsADirectoryOrNotTextIsNamed() throws Exception {
        assertThat(refusal("config", directory.toString())).startsWith("config file " + directory + " cannot be read: ");
        Path binary = Files.write(directory.resolve("b"), new byte[] {'{', (byte) 0xff, '}'});
        assertThat(refusal("config", binary.toString())).startsWith("config file " + binary + " cannot be read: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void withoutEtcdThereIsAnExampleOfIt(String empty) {
        String expected = "etcd_endpoints is not set: the client URLs of etcd are expected, separated by commas, as in "
                + "http://10.0.0.1:2379,http://10.0.0.2:2379";
        assertThat(refusal("etcd_endpoints", empty)).isEqualTo(expected);
        assertThat(catchThrowableOfType(ConfigurationException.class, () -> Configuration.read(Map.of(), "h"))).hasMessage(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "ftp://10.0.0.1:2379", "http://10.0.0.1", "http://10.0.0.1:2379/v3", "http://10.0.0.1:2379?a=b", "http://10.0.0.1:2379#f",
        "10.0.0.1:2379", "http:10.0.0.1:2379", "//10.0.0.1:2379", "http://:2379"})
    void anEtcdEndpointThatCannotBeUsedIsNamedAmongGoodOnes(String bad) {
        assertThat(refusal("etcd_endpoints", ETCD + "," + bad)).startsWith("etcd_endpoints ").contains("'").contains(bad);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "https:///10.0.0.1:2379", "http://10.0.0.1", "http://10.0.0.1:2379/v3", "http://h:0", "http://h:65536", "http://h:99999", ""})
    void anEtcdEndpointMustBeAHostAndAPort(String bad) {
        assertThat(refusal("etcd_endpoints", ETCD + "," + bad + "," + ETCD))
                .isEqualTo("etcd_endpoints holds '" + bad
                        + "': http://host:port or https://host:port is expected, with a port from 1 to 65535, as in http://10.0.0.1:2379");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "10s", "10 secs", "secs", "-1secs", "0secs", "0.4ms", "25hrs", "1e3ms", "10SECS", "1secs1ms", "",
        "99999999999999999999999hrs"})
    void aBadDurationIsNamed(String bad) {
        for (String key : new String[] {"etcd_request_timeout", "etcd_launch_timeout", "felix_timeout"}) {
            assertThat(refusal(key, bad)).isEqualTo(key + " is '" + bad + "': a positive duration up to 24hrs is expected, with a "
                    + "unit of ms, secs, mins or hrs, as in 10secs");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"575", "65536", "-1", "1500.0", "jumbo", "", "0x600", "99999999999"})
    void aBadMtuIsNamed(String bad) {
        assertThat(refusal("mtu", bad)).isEqualTo("mtu is '" + bad + "': a number from 576 to 65535 is expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Felix", "none", ""})
    void anUnknownEnforcerIsNamed(String bad) {
        assertThat(refusal("enforcer", bad)).isEqualTo("enforcer is '" + bad + "': felix (calico-node runs on this host) or builtin "
                + "(the module enforces by itself) is expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "./run", "../run", ""})
    void aRelativeDirectoryIsNamed(String bad) {
        for (String key : new String[] {"runtime_dir", "state_dir", "felix_status_dir"}) {
            assertThat(refusal(key, bad)).isEqualTo(key + " is '" + bad + "': an absolute path is expected");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "TRUE", "1", ""})
    void verboseIsTrueOrFalse(String bad) {
        assertThat(refusal("verbose", bad)).isEqualTo("verbose is '" + bad + "': true or false is expected");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"mtu\": [1500]}| mtu is [1500]: a single value is expected",
        "{\"mtu\": null}| mtu is null: a single value is expected",
        "{\"mtu\": true}| mtu is 'true': a number from 576 to 65535 is expected",
        "{\"verbose\": 1}| verbose is '1': true or false is expected",
        "{\"node_name\": {}}| node_name is {}: a single value is expected",
        "{\"etcd_endpoints\": [\"http://10.0.0.1:2379\"]}| etcd_endpoints is [\"http://10.0.0.1:2379\"]: a single value is expected"})
    void aValueOfTheWrongTypeInTheFileIsNamed(String json, String expected) throws Exception {
        Map<String, String> parameters = new LinkedHashMap<>(Map.of("config", file(json)));
        if (!json.contains("etcd_endpoints")) {
            parameters.put("etcd_endpoints", ETCD);
        }
        assertThat(refusal(parameters)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "[]| networks is []: an object of objects is expected, as in {\"name\": {\"netgroups\": [\"a\"]}}",
        "null| networks is null: an object of objects is expected, as in {\"name\": {\"netgroups\": [\"a\"]}}",
        "{\"web\": []}| networks.web is []: an object is expected",
        "{\"web\": null}| networks.web is null: an object is expected",
        "{\"web\": {\"groups\": []}}| unknown parameter 'groups' in networks.web: known are bandwidth, dns, ip_versions, "
                + "mtu, netgroups, pools, sysctls, tx_queue_len",
        "{\"web\": {\"netgroups\": \"prod\"}}| networks.web.netgroups is \"prod\": a list of names is expected",
        "{\"web\": {\"netgroups\": {\"a\": \"prod\"}}}| networks.web.netgroups is {\"a\":\"prod\"}: a list of names is expected",
        "{\"web\": {\"netgroups\": null}}| networks.web.netgroups is null: a list of names is expected",
        "{\"web\": {\"netgroups\": [5]}}| networks.web.netgroups holds 5: names are expected",
        "{\"web\": {\"netgroups\": [\"a\", \"\"]}}| networks.web.netgroups holds \"\": names are expected",
        "{\"web\": {\"netgroups\": [null]}}| networks.web.netgroups holds null: names are expected",
        "{\"web\": {\"netgroups\": [[\"prod\"]]}}| networks.web.netgroups holds [\"prod\"]: names are expected",
        "{\"web\": {\"ip_versions\": 4}}| networks.web.ip_versions is 4: [4], [6], [4, 6] or [6, 4] is expected",
        "{\"web\": {\"ip_versions\": []}}| networks.web.ip_versions is []: [4], [6], [4, 6] or [6, 4] is expected",
        "{\"web\": {\"ip_versions\": [4, 4]}}| networks.web.ip_versions is [4,4]: [4], [6], [4, 6] or [6, 4] is expected",
        "{\"web\": {\"ip_versions\": [4, \"6\"]}}| networks.web.ip_versions is [4,\"6\"]: [4], [6], [4, 6] or [6, 4] is expected",
        "{\"web\": {\"ip_versions\": [5]}}| networks.web.ip_versions is [5]: [4], [6], [4, 6] or [6, 4] is expected",
        "{\"web\": {}, \"web\": {}}| networks is not valid JSON: Duplicate field 'web'"})
    void badNetworksAreNamedDownToTheEntry(String networks, String expected) throws Exception {
        assertThat(refusal("networks", networks)).isEqualTo(expected);
        if (!networks.contains("web\": {}, \"web")) {
            assertThat(refusal("config", file("{\"networks\": " + networks + "}"))).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"prod\": {\"role\": [\"a\"]}}| unknown parameter 'role' in netgroups.prod: known are pools, roles",
        "{\"prod\": {\"roles\": \"a\"}}| netgroups.prod.roles is \"a\": a list of names is expected",
        "{\"prod\": {\"roles\": null}}| netgroups.prod.roles is null: a list of names is expected",
        "{\"prod\": {\"roles\": []}}| netgroups.prod.roles is empty: roles are expected, as in [\"eng\", \"eng/%\"], or [\"%\"] for all",
        "{\"prod\": {\"roles\": [\"eng/*\"]}}| netgroups.prod.roles holds \"eng/*\": a Mesos role is expected, as in eng/web, or eng/% "
                + "for those below eng, or % for all",
        "{\"prod\": {\"pools\": [5]}}| netgroups.prod.pools holds 5: names are expected"})
    void badNetgroupsAreNamedDownToTheEntry(String netgroups, String expected) {
        assertThat(refusal("netgroups", netgroups)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "19091", "127.0.0.1", "localhost:19091", "127.0.0.1:65536", "on"})
    void aBadMetricsAddressIsRefused(String text) {
        assertThat(refusal("metrics_address", text)).isEqualTo(
                "metrics_address is '" + text + "': an IP address and a port are expected, as in 127.0.0.1:19091, or off");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "[]| namespaces is []: an object of objects is expected, as in {\"name\": {\"roles\": [\"a\"]}}",
        "{\"a\": {\"pools\": []}}| unknown parameter 'pools' in namespaces.a: known are roles",
        "{\"a\": {\"roles\": []}}| namespaces.a.roles is empty: roles are expected, as in [\"eng\", \"eng/%\"], or [\"%\"] for all"})
    void badNamespacesAreNamedDownToTheEntry(String namespaces, String expected) {
        assertThat(refusal("namespaces", namespaces)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "[]| is []: an object is expected, as in {\"nameservers\": [\"10.0.0.53\"]}",
        "{\"nameserver\": []}| unknown parameter 'nameserver' in dns: known are domain, nameservers, options, search",
        "{}| .nameservers is empty: the address of at least one name server is expected",
        "{\"nameservers\": \"10.0.0.53\"}| .nameservers is \"10.0.0.53\": a list of names is expected",
        "{\"nameservers\": [\"ns.example\"]}| .nameservers holds \"ns.example\": IP addresses are expected",
        "{\"nameservers\": [\"10.0.0.53\"], \"domain\": \"a b\"}| .domain is \"a b\": a word of printable ASCII is expected",
        "{\"nameservers\": [\"10.0.0.53\"], \"domain\": [\"a\"]}| .domain is [\"a\"]: a word of printable ASCII is expected",
        "{\"nameservers\": [\"10.0.0.53\"], \"search\": [\"a\\nnameserver\"]}| .search holds \"a\\nnameserver\": words of printable ASCII are expected",
        "{\"nameservers\": [\"10.0.0.53\"], \"options\": [\"ndots:2 rotate\"]}| .options holds \"ndots:2 rotate\": words of printable ASCII are expected"})
    void badDnsIsNamedDownToTheEntry(String dns, String expected) {
        boolean unknown = expected.startsWith("unknown");
        assertThat(refusal("dns", dns)).isEqualTo(unknown ? expected : "dns" + (expected.startsWith(".") ? "" : " ") + expected);
        assertThat(refusal("networks", "{\"web\": {\"dns\": " + dns + "}}")).isEqualTo(unknown
                ? expected.replace("in dns", "in networks.web.dns") : "networks.web.dns" + (expected.startsWith(".") ? "" : " ") + expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"mtu\": 575| .mtu is 575: a number from 576 to 65535 is expected",
        "\"mtu\": 65536| .mtu is 65536: a number from 576 to 65535 is expected",
        "\"mtu\": 99999999999999999999| .mtu is 99999999999999999999: a number from 576 to 65535 is expected",
        "\"mtu\": \"1400\"| .mtu is \"1400\": a number from 576 to 65535 is expected",
        "\"mtu\": 1400.5| .mtu is 1400.5: a number from 576 to 65535 is expected",
        "\"mtu\": null| .mtu is null: a number from 576 to 65535 is expected",
        "\"mtu\": 1279, \"ip_versions\": [4, 6]| .mtu is 1279: at least 1280 is expected for IPv6 (networks.web.ip_versions)",
        "\"tx_queue_len\": 0| .tx_queue_len is 0: a number from 1 to 100000 is expected",
        "\"tx_queue_len\": 100001| .tx_queue_len is 100001: a number from 1 to 100000 is expected",
        "\"sysctls\": []| .sysctls is []: an object is expected, as in {\"net.core.somaxconn\": \"1024\"}",
        "\"sysctls\": {\"net.core.somaxconn\": true}| .sysctls.net.core.somaxconn is true: a text of printable ASCII or a number is expected",
        "\"sysctls\": {\"net.a\": \"\"}| .sysctls.net.a is \"\": a text of printable ASCII or a number is expected",
        "\"sysctls\": {\"net.a\": \"1\\n2\"}| .sysctls.net.a is \"1\\n2\": a text of printable ASCII or a number is expected",
        "\"sysctls\": {\"net.a\": 1.5}| .sysctls.net.a is 1.5: a text of printable ASCII or a number is expected",
        "\"bandwidth\": 8| .bandwidth is 8: an object is expected, as in {\"ingress_rate\": 100000000}",
        "\"bandwidth\": {\"ingress_rate\": 999}| .bandwidth.ingress_rate is 999: a number of bits per second from 1000 to 100000000000 is expected",
        "\"bandwidth\": {\"egress_rate\": 100000000001}| .bandwidth.egress_rate is 100000000001: a number of bits per second from 1000 to 100000000000 is expected",
        "\"bandwidth\": {\"egress_rate\": \"8M\"}| .bandwidth.egress_rate is \"8M\": a number of bits per second from 1000 to 100000000000 is expected",
        "\"bandwidth\": {\"ingress_rate\": 8000000, \"ingress_burst\": 639999}| .bandwidth.ingress_burst is 639999: a number of bits from 640000 to 34359738360 is expected",
        "\"bandwidth\": {\"egress_rate\": 8000000, \"egress_burst\": 34359738361}| .bandwidth.egress_burst is 34359738361: a number of bits from 640000 to 34359738360 is expected",
        "\"bandwidth\": {\"egress_burst\": 640000}| .bandwidth.egress_burst is 640000, and networks.web.bandwidth.egress_rate is not set: give both, or none"})
    void whatANetworksInterfacesCannotHaveIsNamed(String fields, String expected) throws Exception {
        String networks = "{\"web\": {" + fields + "}}";
        assertThat(refusal("networks", networks)).isEqualTo("networks.web" + expected);
        assertThat(refusal("config", file("{\"networks\": " + networks + "}"))).isEqualTo("networks.web" + expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel.shmmax", "net", "net.", "network.x", "net/../kernel/shmmax", "net/ipv4/..", "net.ipv4 x", "net.a/b", "net/a/", "fs/net/x"})
    void aSysctlThatIsNotOfTheNetworkNamespaceIsNamed(String name) {
        assertThat(refusal("networks", "{\"web\": {\"sysctls\": {\"" + name + "\": 1}}}")).isEqualTo("networks.web.sysctls has '" + name
                + "': names of a network namespace's settings are expected, which begin with net., as in net.core.somaxconn");
    }

    @Test
    void anUnknownLimitIsNamedWithTheKnownOnes() {
        assertThat(refusal("networks", "{\"web\": {\"bandwidth\": {\"rate\": 8000000}}}")).isEqualTo("unknown parameter 'rate' in "
                + "networks.web.bandwidth: known are egress_burst, egress_rate, ingress_burst, ingress_rate");
    }

    @Test
    void theMtuOfAllIsTooSmallForANetworkWithIpv6() {
        Map<String, String> parameters = new LinkedHashMap<>(Map.of("etcd_endpoints", ETCD, "mtu", "1000"));
        parameters.put("networks", "{\"web\": {\"ip_versions\": [6]}}");
        assertThat(refusal(parameters)).isEqualTo("mtu is 1000: at least 1280 is expected for IPv6 (networks.web.ip_versions)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "web", "{'web': {}}"})
    void networksThatAreNotJsonAreNamed(String bad) {
        assertThat(refusal("networks", bad)).startsWith("networks is not valid JSON: ");
    }

    private static String refusal(String key, String value) {
        Map<String, String> parameters = new LinkedHashMap<>(Map.of("etcd_endpoints", ETCD));
        parameters.put(key, value);
        return refusal(parameters);
    }

    private static String refusal(Map<String, String> parameters) {
        ConfigurationException refused = catchThrowableOfType(
                ConfigurationException.class, () -> Configuration.read(parameters, "host1"));
        assertThat(refused).as("%s", parameters).isNotNull();
        assertThat(refused.getMessage()).as("one line").doesNotContain("\n");
        return refused.getMessage();
    }

    private String file(String json) throws IOException {
        return Files.writeString(directory.resolve("calico-mesos.json"), json).toString();
    }
}
