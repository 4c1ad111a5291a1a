package io.calicomesos.lab.bench;

import io.calicomesos.lab.Cluster;
import io.calicomesos.lab.CniPlugin;
import io.calicomesos.lab.Command;
import io.calicomesos.lab.Host;
import io.calicomesos.lab.Interop;
import io.calicomesos.lab.TestAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** All of them, one after the other. */
public final class Bench {
    private static final int BLOCK_SIZE = 26; // Calico's own.
    private static final int RESIDENTS = 20;

    private Bench() {}

    /** How much of each. */
    private enum Extent {
        QUICK(300, 10, 64, 6, 30), FULL(2_000, 10, 300, 50, 250);

        private final int launches;
        private final int cniEvery;
        private final int cniAtOnce;
        private final int heap;
        private final int growth;

        Extent(int launches, int cniEvery, int cniAtOnce, int heap, int growth) {
            this.launches = launches;
            this.cniEvery = cniEvery;
            this.cniAtOnce = cniAtOnce;
            this.heap = heap;
            this.growth = growth;
        }
    }

    /**
     * Measures, and writes the table to standard output and all figures to a file.
     *
     * @param arguments the file, and {@code --quick} for less of each
     */
    public static void main(String[] arguments) throws Exception {
        Path results = Path.of(arguments[0]);
        Extent extent = List.of(arguments).contains("--quick") ? Extent.QUICK : Extent.FULL;
        Path directory = Files.createTempDirectory("calico-mesos-bench.");
        Figures figures = new Figures();
        try (Cluster cluster = new Cluster(3); Sandboxes homes = new Sandboxes(RESIDENTS);
                Sandboxes sandboxes = new Sandboxes(BurstBench.MOST); Sandboxes others = new Sandboxes(BurstBench.MOST)) {
            cluster.init(Cluster.POOL, BLOCK_SIZE);
            Figures.head();
            Host host = cluster.host(0);
            GcLog log = new GcLog(directory.resolve("gc.log"));
            Map<String, String> parameters = cluster.parameters(host);
            parameters.put("java_options", log.option());
            parameters.put("runtime_dir", memory(directory.resolve("run")).toString());
            TestAgent agent = cluster.agent(host, "network/calico", parameters);
            Ours ours = new Ours(agent);
            for (int i = 0; i < RESIDENTS; i++) {
                ours.launch("resident" + i, homes.pid(i)).get();
            }
            Optional<CniPlugin> cni = Interop.program("calico").map(program -> cluster.cniPlugin(program, cluster.host(1)));
            if (cni.isEmpty()) {
                figures.skip("cni_over_launch", "no Go that can build Calico's CNI plug-in");
            }
            AgentBench agents = new AgentBench(cluster, cluster.host(2), directory, figures);
            try (Floor floor = new Floor(cluster, host)) {
                new LaunchBench(ours, floor, cni, sandboxes, figures).run(extent.launches, extent.cniEvery);
                agents.footprint(agent);
                new BurstBench(ours, floor, cni, sandboxes, others, cluster.etcd(), figures).run(extent.cniAtOnce);
            }
            agents.starts();
            new CommandBench(cluster, figures).run();
            new HeapBench(ours, log, sandboxes, figures).run(extent.heap);
            new GrowthBench(ours, sandboxes, cluster.etcd(), figures).run(extent.growth, cluster.host(2));
        }
        figures.write(results, context(extent));
        System.out.println("\n" + results);
    }

    /** A directory in memory, as /var/run is; the mount ends with scripts/isolated. */
    private static Path memory(Path directory) throws IOException {
        Command.run("mount", "-t", "tmpfs", "-o", "mode=755", "bench", Files.createDirectory(directory).toString());
        return directory;
    }

    private static Map<String, String> context(Extent extent) throws IOException {
        Map<String, String> context = new LinkedHashMap<>();
        context.put("extent", extent.name().toLowerCase(Locale.ROOT));
        context.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        context.put("kernel", System.getProperty("os.version"));
        context.put("java", System.getProperty("java.version"));
        context.put("load_at_the_end", Files.readString(Path.of("/proc/loadavg")).strip());
        return context;
    }
}
