package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the virtual machine needs is really not there: the call fails and says so, the agent goes on, and the next call works, or
 * says why not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JvmFaultsIT {
    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";
    private static final Path PIDS = Path.of("/sys/fs/cgroup/pids");

    private Cluster cluster;
    private Host host;
    private TestAgent agent;

    @BeforeAll
    void start() {
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 26);
    }

    @AfterAll
    void stop() {
        cluster.auditAndClose();
    }

    @AfterEach
    void endAgent() {
        if (agent != null) {
            agent.kill();
            agent = null;
        }
    }

    @Test
    void withoutHeapALaunchFailsAndTheNextWorks(@TempDir Path files) throws Exception {
        start(withHog(files, "-XX:+UseSerialGC"));
        assertThat(launch("before").path("ok").asBoolean()).isTrue();
        Hog.take(files, "h");
        JsonNode failed = agent.ask(large("a"));
        assertThat(failed.path("error").asText()).as("%s", failed).contains("OutOfMemoryError");
        Hog.giveBack(files);
        works("b");
        JsonNode destroyed = agent.destroy("before");
        assertThat(destroyed.path("ok").asBoolean()).as("%s", destroyed).isTrue();
        nothingIsLeft();
    }

    @Test
    void withoutHeapACleanupLosesNothing(@TempDir Path files) throws Exception {
        start(withHog(files, "-XX:+UseSerialGC"));
        assertThat(launch("before").path("ok").asBoolean()).isTrue();
        Hog.take(files, "h");
        JsonNode destroyed = agent.destroy("before");
        assertThat(destroyed.path("ok").asBoolean() || destroyed.path("error").asText().matches(".*(OutOfMemoryError|call_timeout).*"))
                .as("%s", destroyed).isTrue();
        Hog.giveBack(files);
        works("b");
        agent.kill(); // A container whose cleanup failed is one that the next agent still knows, or finds to be gone.
        agent.start();
        agent.destroy("before");
        nothingIsLeft();
    }

    @Test
    void withoutMetaspaceALaunchFailsAndTheNextWorksOrSaysWhyNot(@TempDir Path files) throws Exception {
        start(withHog(files, "-XX:MaxMetaspaceSize=48m"));
        Hog.take(files, "m");
        JsonNode failed = launch("a");
        assertThat(failed.path("error").asText()).as("%s", failed).contains("OutOfMemoryError: Metaspace");
        Hog.giveBack(files);
        JsonNode next = launch("b");
        // Why not: a class, or that etcd has not answered, when what speaks to it was cut short as it connected.
        assertThat(next.path("ok").asBoolean() || next.path("error").asText().matches("calico-mesos: .*(java_classpath|etcd at ).*"))
                .as("%s", next).isTrue();
        assertThat(agent.process().isAlive()).isTrue();
        agent.kill(); // A class that could not be initialized is lost for the life of a virtual machine.
        agent.start();
        agent.destroy("b");
        works("c");
        nothingIsLeft();
    }

    @Test
    void withoutThreadsALaunchFailsAndTheNextWorks() throws Exception {
        assumeThat(PIDS).as("a cgroup that limits threads").isDirectory();
        start(cluster.parameters(host));
        works("before"); // etcd is connected.
        Path group = Files.createDirectory(PIDS.resolve("calico-mesos-lab-" + agent.process().pid()));
        Path limit = group.resolve("pids.max");
        try {
            Files.writeString(group.resolve("cgroup.procs"), Long.toString(agent.process().pid()));
            // The container's process is one, too; what is left then goes to the natives, which start a thread or two for each launch.
            for (int spare = 0; spare <= 3; spare++) {
                Files.writeString(limit, Integer.toString(Integer.parseInt(Files.readString(group.resolve("pids.current")).strip()) + spare));
                JsonNode launched = launch("a" + spare);
                assertThat(spare > 0 || launched.path("error").isTextual()).as("%s", launched).isTrue();
                agent.destroy("a" + spare);
                assertThat(agent.process().isAlive()).as("with %d more threads", spare).isTrue();
                Files.writeString(limit, "max");
                works("b" + spare);
            }
            // A container whose cleanup failed, as it may without a thread, is one that the agent still knows.
            agent.kill();
            agent.start();
            for (int spare = 0; spare <= 3; spare++) {
                agent.destroy("a" + spare);
            }
            nothingIsLeft();
        } finally {
            agent.kill();
            Eventually.holds("the cgroup is empty", () -> group.toFile().delete());
        }
    }

    @Test
    void aClassThatIsMissingIsNamedAndTheAgentGoesOn(@TempDir Path jars) throws Exception {
        copyJars(jars);
        try (FileSystem jar = FileSystems.newFileSystem(jars.resolve("calico-mesos.jar"))) {
            Files.delete(jar.getPath("io/calicomesos/linux/Veth.class"));
        }
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("java_classpath", jars.toString());
        start(parameters);
        for (String each : List.of("a", "b")) {
            JsonNode failed = launch(each);
            assertThat(failed.path("error").asText()).as("%s", failed).contains("io/calicomesos/linux/Veth")
                    .contains("the jars in java_classpath must be all of one version");
        }
        assertThat(agent.launch("host", null, List.of("true")).path("ok").asBoolean()).as("the agent goes on").isTrue();
        agent.kill();
        parameters.put("java_classpath", Build.classPath().toString());
        agent.start();
        works("c");
        nothingIsLeft();
    }

    @Test
    void aJarThatIsMissingIsSaidWhenTheAgentStarts(@TempDir Path jars) throws Exception {
        copyJars(jars);
        try (Stream<Path> all = Files.list(jars)) {
            Files.delete(all.filter(each -> each.getFileName().toString().startsWith("jetcd-core")).findFirst().orElseThrow());
        }
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("java_classpath", jars.toString());
        parameters.remove("java_options"); // Whose own lines would come last.
        IllegalStateException failed = catchThrowableOfType(IllegalStateException.class, () -> start(parameters));
        assertThat(failed).hasMessageContaining("io/etcd/jetcd/").hasMessageContaining("the jars in java_classpath must be all of one version");
    }

    private void start(Map<String, String> parameters) {
        agent = cluster.agent(host, "network/calico", parameters);
    }

    private Map<String, String> withHog(Path files, String options) throws IOException {
        Path jar = files.resolve("hog.jar");
        Hog.write(jar);
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("call_timeout", "20secs"); // After which the watchdog answers, should nothing else be able to.
        parameters.put("java_options", options + " -javaagent:" + jar + "=" + files);
        return parameters;
    }

    private static void copyJars(Path to) throws IOException {
        try (Stream<Path> jars = Files.list(Build.classPath())) {
            for (Path each : jars.toList()) {
                Files.copy(each, to.resolve(each.getFileName()));
            }
        }
    }

    private JsonNode launch(String id) {
        return agent.launch(id, TestAgent.groups("prod"), List.of("sleep", "1000"));
    }

    /** More than a hog leaves at any moment. */
    private static ObjectNode large(String id) {
        ObjectNode info = TestAgent.groups("prod");
        info.putObject("labels").putArray("labels").addObject().put("key", "a").put("value", "x".repeat(8 << 20));
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", id), info);
        line.withArray("command").add("true");
        return line;
    }

    private void works(String id) {
        JsonNode launched = launch(id);
        assertThat(launched.path("ok").asBoolean()).as("%s", launched).isTrue();
        assertThat(agent.destroy(id).path("ok").asBoolean()).isTrue();
    }

    private void nothingIsLeft() {
        assertThat(agent.process().isAlive()).isTrue();
        Eventually.holds("no endpoint is left", () -> cluster.etcd().under(ENDPOINTS).isEmpty());
        Eventually.holds("no address is left", () -> cluster.etcd().under(HANDLES).isEmpty());
        Eventually.holds("the host is clean", () -> !Remains.of(host).containsValue(false));
    }
}
