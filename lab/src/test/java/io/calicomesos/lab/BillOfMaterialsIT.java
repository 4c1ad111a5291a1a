package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The bill of materials names exactly the jars that are installed, by their digests. */
class BillOfMaterialsIT {
    private static final String OURS = "calico-mesos.jar";

    @Test
    void itNamesEachJarThatIsInstalledAndNoOther() throws Exception {
        Map<String, String> named = new TreeMap<>();
        JsonNode bill = new ObjectMapper().readTree(Build.classPath().resolveSibling("bom.json").toFile());
        assertThat(bill.path("bomFormat").asText()).isEqualTo("CycloneDX");
        for (JsonNode component : bill.path("components")) {
            for (JsonNode hash : component.path("hashes")) {
                if (hash.path("alg").asText().equals("SHA-256")) {
                    named.put(hash.path("content").asText(), component.path("name").asText());
                }
            }
        }
        Map<String, String> installed = new TreeMap<>();
        try (Stream<Path> jars = Files.list(Build.classPath())) {
            for (Path each : jars.filter(file -> file.toString().endsWith(".jar") && !file.endsWith(OURS)).toList()) {
                installed.put(digest(each), each.getFileName().toString());
            }
        }
        assertThat(installed).isNotEmpty();
        assertThat(named.keySet()).as("%s and %s", named.values(), installed.values()).isEqualTo(installed.keySet());
    }

    @Test
    void theLicenceOfEachIsNamed() throws Exception {
        String copyright = Files.readString(Build.repository().resolve("packaging/copyright"));
        List<PathMatcher> named = Pattern.compile("usr/share/calico-mesos/java/(\\S+)").matcher(copyright).results()
                .map(each -> FileSystems.getDefault().getPathMatcher("glob:" + each.group(1))).toList();
        try (Stream<Path> jars = Files.list(Build.classPath())) {
            assertThat(jars.map(Path::getFileName).filter(each -> each.toString().endsWith(".jar") && !each.endsWith(OURS)))
                    .isNotEmpty().allMatch(each -> named.stream().anyMatch(matcher -> matcher.matches(each)));
        }
    }

    @Test
    void nettyIsOfOneVersion() throws Exception {
        try (Stream<Path> jars = Files.list(Build.classPath())) {
            assertThat(jars.map(each -> each.getFileName().toString()).filter(each -> each.startsWith("netty-") && !each.startsWith("netty-tcnative"))
                    .map(each -> each.replaceAll(".*-(\\d+\\.\\d+\\.\\d+)\\..*", "$1")).distinct()).hasSize(1);
        }
    }

    private static String digest(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
