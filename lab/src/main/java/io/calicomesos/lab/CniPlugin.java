package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Calico's own CNI plug-in, with its IPAM, on a host: as another runtime beside Mesos drives it. */
public final class CniPlugin implements AutoCloseable {
    private static final String INTERFACE = "eth0";

    private final Host host;
    private final String etcd;
    private final Path directory;
    private final Map<String, Process> processes = new ConcurrentHashMap<>();

    /**
     * Installs it.
     *
     * @param program the plug-in {@code calico}
     * @param host where
     * @param etcd the datastore's client URL
     * @param directory its executables and what it keeps
     */
    CniPlugin(Path program, Host host, String etcd, Path directory) {
        this.host = host;
        this.etcd = etcd;
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            for (String name : List.of("calico", "calico-ipam")) { // One program, by the name it is called with.
                Files.createSymbolicLink(directory.resolve(name), program);
            }
            Files.writeString(directory.resolve("nodename"), host.name()); // As calico-node does, to say that it runs.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a container that says its name as {@link Container} does, and adds it to a network.
     *
     * @param id its id
     * @param network the network's name, which is also that of its profile
     * @return running
     */
    public Container add(String id, String network) {
        Process process = inNamespaceOfItsOwn(id);
        Command.Ended added = call("ADD", id, network, "");
        if (!added.ok()) {
            end(id);
            throw new IllegalStateException("container " + id + " was not added to " + network + ": " + added.out());
        }
        try (Writer go = process.outputWriter()) {
            go.write("\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String address = added.out().replaceFirst("(?s).*\"address\": *\"([0-9.]+)/32\".*", "$1");
        Container container = new Container(id, host, null, List.of(network), process.pid(), List.of(address));
        Eventually.holds("the server of " + id + " listens", () ->
                container.attempt("ss", "-Hltn", "sport", "=", ":" + Container.PORT).out().contains(":" + Container.PORT));
        return container;
    }

    /**
     * Asks for an address by its value, for a container that ends at once.
     *
     * @param id the container's id
     * @param network the network's name
     * @param address the address
     * @return what the plug-in said
     */
    public Command.Ended addWithAddress(String id, String network, String address) {
        inNamespaceOfItsOwn(id);
        try {
            return call("ADD", id, network, "IP=" + address);
        } finally {
            end(id);
        }
    }

    /**
     * Takes a container from its network, and ends it.
     *
     * @param id its id
     * @param network the network's name
     * @return what the plug-in said
     */
    public Command.Ended delete(String id, String network) {
        Command.Ended deleted = call("DEL", id, network, "");
        end(id);
        return deleted;
    }

    /** A process that waits, until it is told to go on, in a network namespace that is empty. */
    private Process inNamespaceOfItsOwn(String id) {
        Process process;
        try {
            process = new ProcessBuilder("unshare", "--net", "bash", "-c", "read && exec \"$0\" serve \"$1\" \"$2\"",
                    Build.prober().toString(), id, Integer.toString(Container.PORT))
                    .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        processes.put(id, process);
        Eventually.holds(id + " has a network namespace of its own", () -> !networkOf(process.pid()).equals(networkOf(
                ProcessHandle.current().pid())));
        return process;
    }

    private static Path networkOf(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Command.Ended call(String command, String id, String network, String arguments) {
        return call(command, id, network, arguments, processes.get(id).pid());
    }

    /**
     * Calls it, as a runtime does.
     *
     * @param command ADD or DEL
     * @param id the container's id
     * @param network the network's name
     * @param arguments CNI_ARGS
     * @param pid a process in the container's network namespace
     * @return what it said
     */
    public Command.Ended call(String command, String id, String network, String arguments, long pid) {
        Path configuration = directory.resolve(id + ".json");
        try {
            Files.writeString(configuration, "{\"cniVersion\":\"0.3.1\",\"name\":\"" + network + "\",\"type\":\"calico\","
                    + "\"datastore_type\":\"etcdv3\",\"etcd_endpoints\":\"" + etcd + "\",\"nodename_file\":\"" + directory.resolve("nodename") + "\","
                    + "\"log_level\":\"warning\",\"log_file_path\":\"" + directory.resolve("cni.log") + "\","
                    + "\"ipam\":{\"type\":\"calico-ipam\"},\"ipam_lock_file\":\"" + directory.resolve("ipam.lock") + "\"}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ProcessBuilder plugin = new ProcessBuilder(host.inside(directory.resolve("calico").toString())).redirectInput(configuration.toFile());
        plugin.environment().putAll(Map.of("CNI_COMMAND", command, "CNI_CONTAINERID", id, "CNI_IFNAME", INTERFACE,
                "CNI_NETNS", "/proc/" + pid + "/ns/net", "CNI_ARGS", arguments, "CNI_PATH", directory.toString()));
        return Command.attempt(plugin);
    }

    private void end(String id) {
        processes.remove(id).destroyForcibly().onExit().join();
    }

    /** Ends its containers, without a word to the plug-in. */
    @Override
    public void close() {
        List.copyOf(processes.keySet()).forEach(this::end);
    }
}
