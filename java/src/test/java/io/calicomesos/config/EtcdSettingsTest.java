package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.calicomesos.etcd.EtcdAccess;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EtcdSettingsTest {
    private static final String HTTP = "http://10.0.0.1:2379";
    private static final String HTTPS = "https://10.0.0.1:2379";

    @Test
    void allOfItIsTaken() throws Exception {
        assertThat(read(Map.of(
                "etcd_endpoints", HTTPS + ", https://etcd2.example:1", "etcd_ca_cert_file", "/a", "etcd_cert_file", "/b",
                "etcd_key_file", "/c", "etcd_username", "agent", "etcd_password_file", "/d"))).isEqualTo(new EtcdAccess(
                        List.of(URI.create(HTTPS), URI.create("https://etcd2.example:1")), Optional.of(Path.of("/a")),
                        Optional.of(Path.of("/b")), Optional.of(Path.of("/c")), Optional.of("agent"), Optional.of(Path.of("/d"))));
    }

    @Test
    void httpsAloneAndAUserAloneAreEnough() throws Exception {
        assertThat(read(Map.of("etcd_endpoints", HTTPS))).isEqualTo(EtcdAccess.open(List.of(URI.create(HTTPS))));
        assertThat(read(Map.of("etcd_endpoints", HTTP, "etcd_username", "agent", "etcd_password_file", "/d")).username()).hasValue("agent");
    }

    @Test
    void membersWithAndWithoutTlsAreNotMixed() {
        assertThat(refusal(Map.of("etcd_endpoints", HTTP + "," + HTTPS))).isEqualTo("--etcd-endpoints holds " + HTTP + " and "
                + HTTPS + ": all members with http, or all with https, are expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"etcd_ca_cert_file", "etcd_cert_file", "etcd_key_file"})
    void certificatesNeedHttps(String key) {
        assertThat(refusal(Map.of("etcd_endpoints", HTTP, key, "/x"))).isEqualTo(
                "--" + key.replace('_', '-') + " is set, but --etcd-endpoints holds " + HTTP + ": https is expected with it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"etcd_cert_file etcd_key_file", "etcd_key_file etcd_cert_file", "etcd_username etcd_password_file",
        "etcd_password_file etcd_username"})
    void whatBelongsTogetherIsNamed(String both) {
        String[] keys = both.split(" ");
        assertThat(refusal(Map.of("etcd_endpoints", HTTPS, keys[0], "/x"))).isEqualTo(("--" + keys[0] + " is set, but not --" + keys[1]
                + ": both are expected, or none").replace('_', '-'));
    }

    @ParameterizedTest
    @ValueSource(strings = {"etcd_ca_cert_file", "etcd_cert_file", "etcd_key_file", "etcd_password_file"})
    void aFileIsAnAbsolutePath(String key) {
        assertThat(refusal(Map.of(
                "etcd_endpoints", HTTPS, "etcd_cert_file", "/x", "etcd_key_file", "/x", "etcd_username", "u", "etcd_password_file", "/x",
                "etcd_ca_cert_file", "/x").entrySet().stream().collect(Collectors.toMap(
                        Map.Entry::getKey, each -> each.getKey().equals(key) ? "x.pem" : each.getValue()))))
                .isEqualTo("--" + key.replace('_', '-') + " is 'x.pem': an absolute path is expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://user:hunter2@10.0.0.1:2379", "https://hunter2@h:1", "user:hunter2@h", "http://a:hunter2 @h:1"})
    void aPasswordInAnEndpointIsNotQuoted(String endpoint) {
        assertThat(refusal(Map.of("etcd_endpoints", HTTP + "," + endpoint))).doesNotContain("hunter2").isEqualTo(
                "--etcd-endpoints holds a URL with an @: a user and a password are expected in --etcd-username and --etcd-password-file");
    }

    @Test
    void anEmptyUserIsNamed() {
        assertThat(refusal(Map.of("etcd_endpoints", HTTP, "etcd_username", "", "etcd_password_file", "/d")))
                .isEqualTo("--etcd-username is empty: the name of a user of etcd is expected");
    }

    private static EtcdAccess read(Map<String, String> texts) throws ConfigurationException {
        return EtcdSettings.read(texts.entrySet().stream().collect(Collectors.toMap(
                each -> Parameter.of(each.getKey()).orElseThrow(), Map.Entry::getValue)), each -> "--" + each.key().replace('_', '-'));
    }

    private static String refusal(Map<String, String> texts) {
        return catchThrowableOfType(ConfigurationException.class, () -> read(texts)).getMessage();
    }
}
