package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calico's own Felix on a host, as calico-node runs it. It writes the routes to other hosts itself, if it can: else {@link Bird} does. */
public final class Felix implements AutoCloseable {

    /** With what Felix enforces; v3.28 only by iptables. */
    public enum Mode { NFTABLES, IPTABLES }

    private static final int CONFIGURATION_CHANGED = 129; // Felix's exit status when it wants to be started again.
    private static final int HEALTH_PORT = 9099;

    private final Path program;
    private final Host host;
    private final String etcd;
    private final Path directory;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private Process process;

    /**
     * Starts Felix, and waits until it is in sync.
     *
     * @param program calico-felix
     * @param host where
     * @param etcd the datastore's client URL
     * @param directory its status files and log
     * @param mode with what it enforces
     * @param defaultEndpointToHostAction {@code FELIX_DEFAULTENDPOINTTOHOSTACTION}; null to leave it unset
     */
    Felix(Path program, Host host, String etcd, Path directory, Mode mode, String defaultEndpointToHostAction) {
        this.program = program;
        this.host = host;
        this.etcd = etcd;
        this.directory = directory;
        settings.putAll(Map.of(
                "FELIXHOSTNAME", host.name(), "BPFENABLED", "false", "XDPENABLED", "false", "IPINIPENABLED", "false",
                "VXLANENABLED", "false", "WIREGUARDENABLED", "false", "USAGEREPORTINGENABLED", "false",
                "ENDPOINTREPORTINGENABLED", "true", "IPV6SUPPORT", Boolean.toString(Link.IPV6)));
        settings.putAll(Map.of(
                "DebugSkipCTLBCleanup", "true", // This build has no libbpf.
                "PROGRAMCLUSTERROUTES", "Enabled", "ENDPOINTSTATUSPATHPREFIX", directory.toString(),
                "HEALTHENABLED", "true", "HEALTHHOST", "127.0.0.1", "HEALTHPORT", Integer.toString(HEALTH_PORT),
                "LOGFILEPATH", "none", "LOGSEVERITYFILE", "none", "LOGSEVERITYSYS", "none", "LOGSEVERITYSCREEN", "INFO"));
        boolean nftables = mode == Mode.NFTABLES && !Interop.OLDER;
        settings.put(nftables ? "NFTABLESMODE" : "IPTABLESBACKEND", nftables ? "Enabled" : "NFT");
        if (defaultEndpointToHostAction != null) {
            settings.put("DEFAULTENDPOINTTOHOSTACTION", defaultEndpointToHostAction);
        }
        start();
    }

    /** Starts it on what it left. */
    public void start() {
        List<String> line = new ArrayList<>(List.of("env", "DATASTORE_TYPE=etcdv3", "ETCD_ENDPOINTS=" + etcd));
        settings.forEach((key, value) -> line.add("FELIX_" + key + "=" + value));
        // It writes /var/lib/calico/mtu, which is not to be the machine's. It ends with its shell: started anew, as by runsv, when
        // its settings in etcd change.
        line.addAll(List.of("unshare", "--mount", "--propagation=unchanged", "bash", "-c",
                "mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/calico && trap 'kill -9 $pid; exit' TERM && while true; do "
                        + "\"$0\" --config-file=/nonexistent & pid=$!; wait $pid; [ $? = " + CONFIGURATION_CHANGED + " ] || exit; done",
                program.toString()));
        try {
            Files.createDirectories(directory);
            process = new ProcessBuilder(host.inside(line.toArray(String[]::new))).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("felix.log").toFile())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.holds("Felix on " + host.name() + " is ready", () -> host.attempt(
                "curl", "-sf", "--noproxy", "*", "http://127.0.0.1:" + HEALTH_PORT + "/readiness").ok());
    }

    /**
     * Where it says that an endpoint's rules are in.
     *
     * @return the directory
     */
    public Path statusDirectory() {
        return directory.resolve("endpoint-status");
    }

    /**
     * The files there.
     *
     * @return their names
     */
    public List<String> status() {
        String[] names = statusDirectory().toFile().list();
        return names == null ? List.of() : List.of(names);
    }

    /** Ends it, its rules stay. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    /** Takes away, as an operator would, the tables that a Felix that has ended left in nftables mode. */
    public void removeTables() {
        host.run("nft", "list", "tables").lines().filter(each -> each.endsWith(" calico"))
                .forEach(each -> host.run("nft", "delete", each));
    }
}
