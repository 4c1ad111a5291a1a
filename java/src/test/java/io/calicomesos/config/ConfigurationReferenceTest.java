package io.calicomesos.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ConfigurationReferenceTest {
    private static final Pattern READ_BEFORE_JAVA = Pattern.compile("parameter\\.key\\(\\) == \"(\\w+)\"");

    @Test
    void theDocumentIsWhatIsPrinted() throws IOException {
        assertThat(Files.readString(Path.of("../docs/configuration.md"))).as("scripts/setup, then: java -cp java/target/dist/calico-mesos.jar "
                + "io.calicomesos.config.ConfigurationReference >docs/configuration.md").isEqualTo(ConfigurationReference.print());
    }

    @Test
    void whatIsReadBeforeJavaIsWhatNativeCodeReads() throws IOException {
        String source = Files.readString(Path.of("../native/isolator/parameters.cpp"));
        Set<String> read = new TreeSet<>(READ_BEFORE_JAVA.matcher(source).results().map(each -> each.group(1)).toList());
        Set<String> early = Parameter.keys(Parameter::isEarly);
        early.remove(Parameter.CONFIG.key());
        assertThat(early).isEqualTo(read);
        assertThat(source).contains(Shape.SIZE.allowed());
    }
}
