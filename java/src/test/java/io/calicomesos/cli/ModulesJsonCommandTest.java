package io.calicomesos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees of {@code calico-mesos modules-json}. */
class ModulesJsonCommandTest {
    @TempDir
    private Path directory;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void namesTheLibraryAndTheSettingsThatAreHere() throws IOException {
        Path config = Files.writeString(directory.resolve("config.json"), "{\"etcd_endpoints\": \"http://10.0.0.1:2379\"}");
        assertThat(run("--config", config.toString(), "--isolator", "io_calicomesos_NetworkIsolator")).isZero();
        JsonNode library = new ObjectMapper().readTree(out.toString()).at("/libraries/0");
        assertThat(Path.of(library.path("file").asText())).exists().hasFileName("libcalico_mesos.so");
        assertThat(library.at("/modules/0/name").asText()).isEqualTo("io_calicomesos_NetworkIsolator");
        assertThat(library.at("/modules/0/parameters/0").toString()).isEqualTo("{\"key\":\"config\",\"value\":\"" + config + "\"}");
    }

    @Test
    void settingsThatTheModuleWouldRefuseAreRefusedInOneLine() throws IOException {
        Path config = Files.writeString(directory.resolve("config.json"), "{\"etcd_endpoint\": \"http://10.0.0.1:2379\"}");
        assertThat(run("--config", config.toString())).isEqualTo(2);
        assertThat(err.toString().lines()).singleElement().asString().contains("etcd_endpoint'", config.toString());
        assertThat(out.toString()).isEmpty();
        assertThat(run("--config", config.toString(), "--verbose")).isEqualTo(2);
        assertThat(err.toString()).contains("\tat io.calicomesos.cli.ModulesJsonCommand.call(");
    }

    @Test
    void anotherIsolatorIsRefused() {
        assertThat(run("--isolator", "network/cni")).isEqualTo(2);
        assertThat(err.toString()).startsWith("calico-mesos: --isolator is 'network/cni': network/calico or io_calicomesos_NetworkIsolator is expected");
    }

    private int run(String... options) {
        String[] line = new String[options.length + 1];
        line[0] = "modules-json";
        System.arraycopy(options, 0, line, 1, options.length);
        return CalicoMesos.line().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(line);
    }
}
