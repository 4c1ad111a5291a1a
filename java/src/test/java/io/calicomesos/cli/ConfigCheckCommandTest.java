package io.calicomesos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of {@code calico-mesos config check}. */
class ConfigCheckCommandTest {
    private static final String MODULES = "{\"libraries\": [{\"file\": \"/usr/lib/other.so\", \"modules\": [{\"name\": \"other\"}]}, "
            + "{\"file\": \"/usr/lib/calico-mesos/libcalico_mesos.so\", \"modules\": [{\"name\": \"network/calico\", \"parameters\": [%s]}]}]}";

    @TempDir
    private Path directory;

    @Test
    void whatIsInstalledIsTaken() {
        Path installed = Path.of("../packaging/config.json");
        Ran ran = Ran.of("config", "check", installed.toString());
        assertThat(ran).isEqualTo(new Ran(0, installed + ": no errors\n", ""));
    }

    @Test
    void allThatIsWrongInAModulesJsonIsSaidAtOnce() throws IOException {
        Path file = file(MODULES.formatted(parameters(
                "etcd_endpoints", "10.0.0.1:2379", "enforcer", "calico", "mtu", "1", "networks", "{\\\"web\\\": 1}", "etcd_timeout", "1secs",
                "java_heap", "64m", "dns", "{")));
        Ran ran = Ran.of("config", "check", file.toString());
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out().lines().map(each -> each.replaceFirst(":? .*", ""))).containsExactlyInAnyOrder(
                "etcd_endpoints", "enforcer", "mtu", "networks.web", "unknown", "dns", file.toString());
        assertThat(ran.out()).contains(
                "enforcer is 'calico': felix (calico-node runs on this host) or builtin (the module enforces by itself) is expected\n")
                .endsWith(file + ": 6 errors\n");
    }

    @Test
    void aFileOfParametersIsCheckedLikewise() throws IOException {
        Path file = file("{\"etcd_endpoints\": \"http://10.0.0.1:2379\", \"sweep_grace\": \"1\", \"verbos\": true}");
        Ran ran = Ran.of("config", "check", "--output", "json", file.toString());
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.json().path("file").asText()).isEqualTo(file.toString());
        assertThat(ran.json().path("errors")).hasSize(2);
        assertThat(ran.json().path("errors").toString()).contains("unknown parameter 'verbos' in file", "sweep_grace is '1': a positive");
    }

    @Test
    void whatContradictsItselfIsSaid() throws IOException {
        Ran ran = Ran.of("config", "check", file(MODULES.formatted(parameters(
                "etcd_endpoints", "http://10.0.0.1:2379", "mtu", "1200", "networks", "{\\\"web\\\": {\\\"ip_versions\\\": [6]}}"))).toString());
        assertThat(ran.status()).isEqualTo(1);
        assertThat(ran.out()).contains("networks.web");
    }

    @Test
    void whatIsNoConfigurationIsOneError() throws IOException {
        assertThat(Ran.of("config", "check", file("{\"libraries\": []}").toString()).out())
                .contains(" has no module network/calico or io_calicomesos_NetworkIsolator in libraries[].modules[].name\n");
        assertThat(Ran.of("config", "check", file("[1]").toString()).out()).contains("holds no JSON object");
        assertThat(Ran.of("config", "check", file("{\n\"a\": ,}").toString()).out()).contains("is not valid JSON").contains("(line 2)");
        assertThat(Ran.of("config", "check", file(MODULES.formatted("{\"key\": \"mtu\", \"value\": 1400}")).toString()).out())
                .contains("both in quotation marks");
        assertThat(Ran.of("config", "check", file(MODULES.formatted(parameters("mtu", "1400", "mtu", "1400"))).toString()).out())
                .contains("parameter mtu is given twice");
        Ran none = Ran.of("config", "check", directory.resolve("none").toString());
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.out()).startsWith(directory.resolve("none") + " cannot be read: there is none\n");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("modules.json"), text);
    }

    private static String parameters(String... keysAndValues) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            all.append(i == 0 ? "" : ", ").append("{\"key\": \"").append(keysAndValues[i]).append("\", \"value\": \"")
                    .append(keysAndValues[i + 1]).append("\"}");
        }
        return all.toString();
    }
}
