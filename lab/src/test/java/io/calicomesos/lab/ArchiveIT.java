package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The class-data archive: the command and the module load their classes from it, and one that does not fit does no harm. */
class ArchiveIT {
    private static final String ARCHIVED = " source: shared objects file (top)";
    private static final List<String> OURS_AND_OTHERS = List.of(
            "io.calicomesos.etcd.Etcd", "io.etcd.jetcd.impl.ClientImpl", "io.grpc.internal.ManagedChannelImpl", "io.vertx.core.Vertx",
            "io.netty.channel.socket.nio.NioSocketChannel", "io.netty.handler.codec.http2.Http2FrameReader",
            "com.fasterxml.jackson.databind.ObjectMapper");

    private static Cluster cluster;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
    }

    @AfterAll
    static void stop() {
        cluster.auditAndClose();
    }

    @Test
    void theCommandLoadsItsClassesFromIt() throws IOException {
        List<String> loaded = loadedByCommand(Build.classPath());
        assertThat(loaded).contains("io.calicomesos.cli.IpamCheckCommand" + ARCHIVED);
        OURS_AND_OTHERS.forEach(each -> assertThat(loaded).contains(each + ARCHIVED));
        assertThat(loaded).as("none of ours comes from the jar").noneMatch(each -> each.matches("io\\.calicomesos\\.\\S+ source: file:.*"));
    }

    @Test
    void theModuleLoadsItsClassesFromItUpToItsFirstLaunch() throws IOException {
        Path file = directory.resolve("loaded");
        Map<String, String> parameters = cluster.parameters(cluster.host(0));
        parameters.put("java_options", "-Xlog:class+load:file=" + file + "::filecount=0");
        launch(parameters);
        List<String> loaded = classes(file);
        assertThat(loaded).contains("io.calicomesos.module.Module" + ARCHIVED);
        OURS_AND_OTHERS.forEach(each -> assertThat(loaded).contains(each + ARCHIVED));
        assertThat(loaded).as("none of ours comes from the jar").noneMatch(each -> each.matches("io\\.calicomesos\\.\\S+ source: file:.*"));
    }

    @Test
    void oneThatDoesNotFitIsLeftAloneWithoutAWord() throws IOException {
        Map<String, Path> unfit = new LinkedHashMap<>();
        unfit.put("none", copy("none"));
        Files.delete(archive(unfit.get("none")));
        unfit.put("of other jars", copy("other-jars"));
        Path jar = unfit.get("of other jars").resolve("calico-mesos.jar");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
        unfit.put("garbage", copy("garbage"));
        Files.writeString(archive(unfit.get("garbage")), "no archive\n".repeat(10_000));
        unfit.put("empty", copy("empty"));
        Files.writeString(archive(unfit.get("empty")), "");
        for (Map.Entry<String, Path> each : unfit.entrySet()) {
            Path err = directory.resolve("err");
            assertThat(command(each.getValue(), Map.of(), err, "ipam", "check", "--etcd-endpoints", cluster.etcd().endpoint()))
                    .as(each.getKey()).isZero();
            assertThat(Cluster.withoutProgress(Files.readString(err))).as(each.getKey()).isEmpty();
            Map<String, String> parameters = cluster.parameters(cluster.host(0));
            parameters.put("java_classpath", each.getValue().toString());
            launch(parameters); // Its stdout is the lab's: a line from Java would be no JSON.
        }
    }

    @Test
    void madeAnewItFitsAgain() throws IOException {
        Path moved = copy("moved");
        Files.setLastModifiedTime(moved.resolve("calico-mesos.jar"), FileTime.fromMillis(0));
        assertThat(loadedByCommand(moved)).anyMatch(each -> each.startsWith("io.calicomesos.etcd.Etcd source: file:"));
        Command.run("env", "CALICO_MESOS_JAVA=" + moved, "CALICO_MESOS_LIBRARY=" + Build.module().getParent(),
                Build.repository().resolve("packaging/archive-classes").toString());
        assertThat(loadedByCommand(moved)).contains("io.calicomesos.etcd.Etcd" + ARCHIVED);
        try (Stream<Path> files = Files.list(moved)) {
            assertThat(files).as("nothing else is left").noneMatch(each -> each.toString().endsWith(".new"));
        }
    }

    private static void launch(Map<String, String> parameters) {
        try (TestAgent agent = cluster.agent(cluster.host(0), "network/calico", parameters)) {
            assertThat(agent.launch("a", TestAgent.groups("prod"), List.of("sleep", "1000")).path("ok").asBoolean()).isTrue();
            assertThat(agent.destroy("a").path("ok").asBoolean()).isTrue();
        }
    }

    /** The classes that the command loads, each with its source. */
    private List<String> loadedByCommand(Path classPath) throws IOException {
        Path file = directory.resolve("loaded-by-command");
        assertThat(command(classPath, Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + file + "::filecount=0"),
                directory.resolve("err"), "ipam", "check", "--etcd-endpoints", cluster.etcd().endpoint())).isZero();
        return classes(file);
    }

    private static List<String> classes(Path log) throws IOException {
        return Files.readAllLines(log).stream().map(each -> each.replaceFirst("^(\\[[^]]*])+ *", "")).toList();
    }

    private static int command(Path classPath, Map<String, String> environment, Path err, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(Build.command().toString()));
        line.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(cluster.host(0).inside(line.toArray(String[]::new)));
        builder.environment().putAll(Build.commandEnvironment());
        builder.environment().put("CALICO_MESOS_JAVA", classPath.toString());
        builder.environment().putAll(environment);
        try {
            return builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(err.toFile()).start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Path archive(Path classPath) {
        return classPath.resolve("classes.jsa");
    }

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectory(directory.resolve(name));
        try (Stream<Path> files = Files.list(Build.classPath())) {
            for (Path each : files.toList()) {
                Files.copy(each, copy.resolve(each.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return copy;
    }
}
