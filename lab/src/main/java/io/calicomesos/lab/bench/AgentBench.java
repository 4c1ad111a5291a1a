package io.calicomesos.lab.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.calicomesos.lab.Build;
import io.calicomesos.lab.Cluster;
import io.calicomesos.lab.Host;
import io.calicomesos.lab.TestAgent;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/** What the module adds to its agent: time to start, memory, threads, time for each fork. Beside an agent with a module that does nothing. */
final class AgentBench {
    private static final int STARTS = 5;
    private static final int FORKS = 100;
    private static final double KIB_OF_MIB = 1_024;

    private final Cluster cluster;
    private final Host host;
    private final Path directory;
    private final Figures figures;

    /**
     * Prepares.
     *
     * @param cluster whose etcd it is
     * @param host where no other agent runs
     * @param directory for what the agents leave
     * @param figures takes the results
     */
    AgentBench(Cluster cluster, Host host, Path directory, Figures figures) {
        this.cluster = cluster;
        this.host = host;
        this.directory = directory;
        this.figures = figures;
    }

    /** From the agent's start until it is ready, with and without the archive of the classes, by turns. */
    void starts() throws IOException {
        Path withoutArchive = Files.createDirectory(directory.resolve("java"));
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(Build.classPath(), "*.jar")) {
            for (Path each : jars) {
                Files.createSymbolicLink(withoutArchive.resolve(each.getFileName()), each);
            }
        }
        Samples without = new Samples();
        Samples with = new Samples();
        for (int i = 0; i < STARTS; i++) {
            without.add(start("java_classpath", withoutArchive.toString()));
            with.add(start("java_classpath", Build.classPath().toString()));
        }
        figures.put("create_ms.without_archive", without.medianMs(), "ms", "≤ 900");
        figures.put("create_ms.with_archive", with.medianMs(), "ms", "≤ 350");
        Path loaded = directory.resolve("loaded");
        start("java_options", "-Xlog:class+load:file=" + loaded);
        try (Stream<String> lines = Files.lines(loaded)) {
            figures.put("classes_loaded", lines.filter(each -> each.contains("source:")).count(), "");
        }
    }

    private long start(String parameter, String value) {
        Map<String, String> parameters = cluster.parameters(host);
        parameters.remove("java_options"); // What is shipped does not check itself.
        parameters.put(parameter, value);
        long begin = System.nanoTime();
        TestAgent agent = new TestAgent(host, directory.resolve("start"), "network/calico", parameters);
        long took = System.nanoTime() - begin;
        agent.close();
        return took;
    }

    /**
     * What an agent with the module has that one without has not.
     *
     * @param ours which has launched some containers
     */
    void footprint(TestAgent ours) throws IOException {
        try (TestAgent plain = new TestAgent(host, directory.resolve("plain"), Build.dummyModule(), "network/dummy",
                Map.of("calls", directory.resolve("calls").toString()))) {
            figures.put("rss_mib", (status(ours, "VmRSS") - status(plain, "VmRSS")) / KIB_OF_MIB, "MiB", "≤ 70");
            figures.put("threads", status(ours, "Threads") - status(plain, "Threads"), "");
            Samples with = new Samples();
            Samples without = new Samples();
            for (int i = 0; i < FORKS; i++) {
                without.add(fork(plain));
                with.add(fork(ours));
            }
            figures.put("fork_added_ms", with.medianMs() - without.medianMs(), "ms");
            figures.put("fork_without_ms", without.medianMs(), "ms");
        }
    }

    private static long fork(TestAgent agent) {
        return agent.ask(JsonNodeFactory.instance.objectNode().put("do", "fork")).path("took_ns").asLong();
    }

    private static double status(TestAgent agent, String name) throws IOException {
        // nsenter has become the agent: the pid is its own.
        for (String line : Files.readAllLines(Path.of("/proc/" + agent.process().pid() + "/status"))) {
            if (line.startsWith(name + ":")) {
                return Double.parseDouble(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("/proc/" + agent.process().pid() + "/status has no " + name);
    }
}
