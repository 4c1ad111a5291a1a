package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the agent has to carry for the module, after some launches: docs/performance.md has the figures, here are their limits. */
class FootprintIT {
    private static final int LAUNCHES = 40;
    private static final Pattern MAPPING = Pattern.compile("(?m)^[0-9a-f]+-[0-9a-f]+ (\\S+) \\S+ \\S+ \\d+ +(\\S*)\n((?:[A-Za-z_]+:.*\n)+)");

    private static Cluster cluster;
    private static TestAgent agent;

    @TempDir
    private static Path directory;

    @BeforeAll
    static void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("java_options", "-Xlog:class+load:file=" + directory.resolve("loaded") + "::filecount=0");
        agent = cluster.agent(cluster.host(0), "network/calico", parameters);
        for (int i = 0; i < LAUNCHES; i++) {
            assertThat(agent.launch("c" + i, TestAgent.groups("prod"), List.of("sleep", "1000")).path("ok").asBoolean()).isTrue();
            assertThat(agent.destroy("c" + i).path("ok").asBoolean()).isTrue();
        }
    }

    @AfterAll
    static void stop() {
        cluster.auditAndClose();
    }

    @Test
    void whatOnlyIsReadOfTheArchivesIsSharedWithTheFiles() throws IOException {
        Matcher mapping = MAPPING.matcher(Files.readString(of("smaps")));
        int archives = 0;
        while (mapping.find()) {
            if (mapping.group(2).endsWith("/classes.jsa") && mapping.group(1).equals("r--p")) {
                archives++;
                assertThat(mapping.group(3)).as(mapping.group(2)).containsPattern("(?m)^Anonymous: +0 kB$");
            }
        }
        assertThat(archives).as("Java's own, and ours").isEqualTo(2);
    }

    @Test
    void reflectionMakesNoClasses() throws IOException {
        assertThat(Files.readString(directory.resolve("loaded"))).contains("com.fasterxml.jackson.databind.ObjectMapper")
                .doesNotContain("GeneratedMethodAccessor");
    }

    @Test
    void memoryOfItsOwnIsBounded() throws IOException {
        Matcher anonymous = Pattern.compile("(?m)^RssAnon:\\s+(\\d+) kB$").matcher(Files.readString(of("status")));
        assertThat(anonymous.find()).isTrue();
        assertThat(Integer.parseInt(anonymous.group(1)) / 1_024).as("MiB that are no file's").isLessThan(80);
    }

    private static Path of(String file) {
        return Path.of("/proc/" + agent.process().pid() + "/" + file); // nsenter has become the agent: the pid is its own.
    }
}
