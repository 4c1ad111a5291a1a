package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.base.Splitter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The parameters in modules.json, a line each, {@code key=value}: they are understood, or refused with a message that says why. */
class ConfigurationFuzzTest {
    @FuzzTest
    void parameters(byte[] utf8) {
        Map<String, String> parameters = new HashMap<>(Map.of("etcd_endpoints", "http://127.0.0.1:2379"));
        for (String line : Splitter.on('\n').split(new String(utf8, StandardCharsets.UTF_8))) {
            int equals = line.indexOf('=');
            String key = line.substring(0, Math.max(equals, 0));
            if (!key.equals("config") && !key.endsWith("_file")) { // What is in the machine's files is no input of this.
                parameters.put(key, line.substring(equals + 1));
            }
        }
        try {
            Configuration.read(parameters, "host1");
        } catch (ConfigurationException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
