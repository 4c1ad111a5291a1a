package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Hosts on one link, an etcd on the first, or on several, made ready for containers. Agents are started by whoever needs them. */
public final class Cluster implements AutoCloseable {
    /** The pool's network. */
    public static final String POOL = "198.18.0.0/16";

    /** That of a pool for IPv6. */
    public static final String POOL6 = "fd00:198:18::/112";

    private static final int ERRORS_FOUND = 1;

    private final Path directory;
    private final Link link;
    private final List<EtcdServer> etcds;
    private final List<TestAgent> agents = new ArrayList<>();
    private final List<Felix> felixes = new ArrayList<>();
    private final List<CniPlugin> plugins = new ArrayList<>();
    private Bird bird; // With a Felix that needs it.

    /**
     * Starts the hosts and etcd.
     *
     * @param count how many hosts
     */
    public Cluster(int count) {
        this(count, 1, List.of());
    }

    /**
     * Starts the hosts and etcd.
     *
     * @param count how many hosts
     * @param members on how many of them a member of etcd runs
     * @param etcdOptions more of etcd's options
     */
    public Cluster(int count, int members, List<String> etcdOptions) {
        try {
            directory = Files.createTempDirectory("calico-mesos-lab.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        link = new Link(count);
        List<Host> hosts = link.hosts().subList(0, members);
        etcds = hosts.stream().map(each -> new EtcdServer(each, directory, hosts, etcdOptions)).toList();
        try {
            etcds.forEach(EtcdServer::startUnheard);
            etcds.forEach(EtcdServer::awaitAnswer);
        } catch (RuntimeException e) {
            etcds.forEach(EtcdServer::kill);
            link.close();
            throw e;
        }
    }

    /**
     * Runs {@code calico-mesos init}.
     *
     * @param pool the pool's network
     * @param blockSize the prefix length of its blocks
     * @return what it said
     */
    public String init(String pool, int blockSize) {
        List<String> line = new ArrayList<>(List.of(
                "init", "--etcd-endpoints", etcdEndpoints(), "--pool", pool, "--block-size", Integer.toString(blockSize)));
        link.hosts().forEach(host -> line.addAll(List.of(
                "--node", host.name() + "=" + host.address() + "/24," + host.address6() + "/64")));
        return calicoMesos(line.toArray(String[]::new));
    }

    /**
     * Runs the command {@code calico-mesos} on the first host; it must succeed.
     *
     * @param arguments its arguments
     * @return what it said
     */
    public String calicoMesos(String... arguments) {
        return withoutProgress(host(0).run(calicoMesosLine(arguments)));
    }

    /**
     * Runs the command {@code calico-mesos}, which may fail.
     *
     * @param host where
     * @param arguments its arguments
     * @return how it ended
     */
    public Command.Ended attemptCalicoMesos(Host host, String... arguments) {
        Command.Ended ended = host.attempt(calicoMesosLine(arguments));
        return new Command.Ended(ended.status(), withoutProgress(ended.out()));
    }

    /** On a slow machine a command says what it waits for. */
    static String withoutProgress(String out) {
        return out.replaceAll("(?m)^calico-mesos: (asking|looking at|launching) .* …\\R?", "");
    }

    /**
     * The line that runs the command {@code calico-mesos}.
     *
     * @param arguments its arguments
     * @return to be run on a host
     */
    static String[] calicoMesosLine(String... arguments) {
        List<String> line = new ArrayList<>(List.of("env"));
        Build.commandEnvironment().forEach((name, value) -> line.add(name + "=" + value));
        line.add(Build.command().toString());
        line.addAll(List.of(arguments));
        return line.toArray(String[]::new);
    }

    /** Checks what stands in etcd of addresses, as an operator would; fails if anything in it contradicts. */
    public void audit() {
        Eventually.holds("the addresses can be checked", () -> { // On a slow machine not at once: its first request takes too long.
            Command.Ended ended = attemptCalicoMesos(host(0), "ipam", "check", "--etcd-endpoints", etcdEndpoints());
            if (ended.status() == ERRORS_FOUND) {
                throw new IllegalStateException(ended.out());
            }
            return ended.ok();
        });
    }

    /** The same, and closes. */
    public void auditAndClose() {
        try {
            audit();
        } finally {
            close();
        }
    }

    /**
     * A host.
     *
     * @param index from 0
     * @return the host
     */
    public Host host(int index) {
        return link.hosts().get(index);
    }

    /**
     * The datastore.
     *
     * @return on the first host
     */
    public EtcdServer etcd() {
        return etcds.get(0);
    }

    /**
     * The members of the datastore.
     *
     * @return on the first hosts
     */
    public List<EtcdServer> etcds() {
        return etcds;
    }

    private String etcdEndpoints() {
        return etcds.stream().map(EtcdServer::endpoint).collect(Collectors.joining(","));
    }

    /**
     * The parameters of an agent with the builtin enforcer.
     *
     * @param host on which host
     * @return to be changed at will
     */
    public Map<String, String> parameters(Host host) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("etcd_endpoints", etcdEndpoints());
        parameters.put("node_name", host.name());
        parameters.put("enforcer", "builtin");
        parameters.put("runtime_dir", directory.resolve(host.name() + "-run").toString());
        parameters.put("state_dir", directory.resolve(host.name() + "-state").toString());
        parameters.put("sweep_grace", "1secs");
        parameters.put("java_classpath", Build.classPath().toString());
        parameters.put("java_options", "-Xcheck:jni"); // See close.
        return parameters;
    }

    /**
     * The parameters of an agent whose enforcer is Felix.
     *
     * @param host on which host
     * @return to be changed at will
     */
    public Map<String, String> felixParameters(Host host) {
        Map<String, String> parameters = parameters(host);
        parameters.put("enforcer", "felix");
        parameters.put("felix_status_dir", felixDirectory(host).resolve("endpoint-status").toString());
        return parameters;
    }

    /**
     * Starts a Felix, which ends with the cluster.
     *
     * @param program calico-felix
     * @param host on which host
     * @param mode with what it enforces
     * @param defaultEndpointToHostAction what its environment says; null for nothing
     * @return ready
     */
    public Felix felix(Path program, Host host, Felix.Mode mode, String defaultEndpointToHostAction) {
        if (Interop.OLDER && bird == null) {
            bird = new Bird(etcd(), link.hosts());
        }
        Felix felix = new Felix(program, host, etcd().endpoint(), felixDirectory(host), mode, defaultEndpointToHostAction);
        felixes.add(felix);
        return felix;
    }

    /**
     * Installs Calico's CNI plug-in, whose containers end with the cluster.
     *
     * @param program the plug-in {@code calico}
     * @param host on which host
     * @return ready
     */
    public CniPlugin cniPlugin(Path program, Host host) {
        CniPlugin plugin = new CniPlugin(program, host, etcd().endpoint(), directory.resolve(host.name() + "-cni"));
        plugins.add(plugin);
        return plugin;
    }

    private Path felixDirectory(Host host) {
        return directory.resolve(host.name() + "-felix");
    }

    /**
     * Starts an agent, which ends with the cluster.
     *
     * @param host on which host
     * @param isolator the module's name
     * @param parameters the module's parameters
     * @return the agent, ready
     */
    public TestAgent agent(Host host, String isolator, Map<String, String> parameters) {
        TestAgent agent = new TestAgent(host, directory.resolve(host.name() + "-agent"), isolator, parameters);
        agents.add(agent);
        return agent;
    }

    /**
     * Removes what a host's module and agent keep under /run and in the work directory, as after a reboot.
     *
     * @param host which host
     * @throws IOException if it cannot be removed
     */
    public void forgetRuntime(Host host) throws IOException {
        for (String each : List.of("-run", "-agent/work")) {
            delete(directory.resolve(host.name() + each));
        }
    }

    /**
     * Tears a container's checkpoint, as a full disk might.
     *
     * @param host which host
     * @param container whose
     * @throws IOException if it cannot be written
     */
    public void breakCheckpoint(Host host, String container) throws IOException {
        Files.writeString(checkpoint(host, container), "{\"version\":");
    }

    /**
     * A container's checkpoint.
     *
     * @param host which host
     * @param container whose
     * @return the file
     */
    public Path checkpoint(Host host, String container) {
        return directory.resolve(host.name() + "-run/containers/" + container + ".json");
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }

    /** Fails if the virtual machine of an agent has complained of a native. */
    @Override
    public void close() {
        agents.forEach(TestAgent::kill);
        List<String> complaints = agents.stream().flatMap(each -> each.complaintsOfJni().stream()).toList();
        plugins.forEach(CniPlugin::close);
        felixes.forEach(Felix::close);
        if (bird != null) {
            bird.close();
        }
        etcds.forEach(EtcdServer::kill);
        link.close();
        try {
            delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!complaints.isEmpty()) {
            throw new AssertionError("-Xcheck:jni: " + String.join("\n", complaints));
        }
    }
}
