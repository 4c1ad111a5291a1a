package io.calicomesos.netmodules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.config.Configuration;
import io.calicomesos.config.ConfigurationException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentSettingsTest {
    private static final String FELIX = "\"enforcer\":\"felix\"";

    @TempDir
    private Path directory;

    @Test
    void theUsualFileIsReadUnlessTheEnvironmentNamesAnother() throws Exception {
        file("config.json", "{\"etcd_endpoints\":\"http://10.0.0.1:2379\"," + FELIX + "}");
        assertThat(read(Map.of()).etcd().endpoints()).containsExactly(URI.create("http://10.0.0.1:2379"));
        assertThat(read(Map.of()).nodeName()).isEqualTo("slave1");
        Path other = file("other.json", "{\"etcd_endpoints\":\"http://10.0.0.2:2379\",\"node_name\":\"x\"," + FELIX + "}");
        Configuration named = read(Map.of("CALICO_MESOS_CONFIG", other.toString()));
        assertThat(named.etcd().endpoints()).containsExactly(URI.create("http://10.0.0.2:2379"));
        assertThat(named.nodeName()).isEqualTo("x");
    }

    @Test
    void etcdOf2015IsTakenWhereTheFileDoesNotNameIt() throws Exception {
        Map<String, String> environment = Map.of("ETCD_AUTHORITY", "etcd.example:4001");
        file("config.json", "{" + FELIX + "}");
        assertThat(read(environment).etcd().endpoints()).containsExactly(URI.create("http://etcd.example:4001"));
        file("config.json", "{\"etcd_endpoints\":\"http://10.0.0.1:2379\"," + FELIX + "}");
        assertThat(read(environment).etcd().endpoints()).containsExactly(URI.create("http://10.0.0.1:2379"));
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws Exception {
        file("config.json", "{\"etcd_endpoints\":\"http://10.0.0.1:2379\",\"enforcer\":\"builtin\"}");
        assertThatThrownBy(() -> read(Map.of())).isInstanceOf(BadRequestException.class).hasMessage("enforcer is builtin by the file "
                + directory.resolve("config.json") + ": net-modules starts a process for each call, and none stays to enforce netgroups. "
                + "Run calico-node on this host and set it to felix");
        file("config.json", "{" + FELIX + "}");
        assertThatThrownBy(() -> read(Map.of())).isInstanceOf(ConfigurationException.class).hasMessageStartingWith("etcd_endpoints is not set");
        assertThatThrownBy(() -> read(Map.of("ETCD_AUTHORITY", "no port"))).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no port");
        file("config.json", "{");
        assertThatThrownBy(() -> read(Map.of("ETCD_AUTHORITY", "a:1"))).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("config.json is not valid JSON");
        assertThatThrownBy(() -> read(Map.of("CALICO_MESOS_CONFIG", "/nowhere"))).isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("/nowhere cannot be read");
    }

    private Configuration read(Map<String, String> environment) throws Exception {
        return EnvironmentSettings.read(environment, "slave1", directory.resolve("config.json"));
    }

    private Path file(String name, String json) throws IOException {
        return Files.writeString(directory.resolve(name), json);
    }
}
