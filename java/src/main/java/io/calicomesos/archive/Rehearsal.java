package io.calicomesos.archive;

import io.calicomesos.cli.CalicoMesos;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.Parameter;
import io.calicomesos.ipam.AddressException;
import io.calicomesos.netmodules.NetModules;
import io.calicomesos.netmodules.Request;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Does what the command and the module do, far enough to load what they load, with an etcd that has nothing: then Java archives these
 * classes as it ends. An operator's machine needs no etcd for it, and nothing outside of a directory is written.
 */
public final class Rehearsal {
    private static final String NODE = "rehearsal";

    private Rehearsal() {}

    /**
     * Runs it; fails if something ends otherwise than it must on an empty etcd.
     *
     * @param arguments a directory for what is written
     */
    public static void main(String[] arguments) {
        try {
            rehearse(Path.of(arguments[0]));
            System.exit(0);
        } catch (Throwable e) { // The threads of the etcd would keep the process alive.
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void rehearse(Path directory) throws Exception {
        EmptyEtcd etcd = new EmptyEtcd(); // Not closed: this process ends, and what is still connected would complain.
        succeeds("init", "--etcd-endpoints", etcd.endpoint(), "--pool", "198.18.0.0/16", "--node", NODE + "=198.18.0.1/24");
        succeeds("ipam", "check", "--etcd-endpoints", etcd.endpoint());
        launch(etcd, directory);
        loadOurs();
    }

    private static void succeeds(String... command) {
        int status = CalicoMesos.run(command);
        if (status != 0) {
            throw new IllegalStateException(String.join(" ", command) + " ended with " + status);
        }
    }

    /** What net-modules asks for does most of what the module does, with neither a Mesos nor a container. */
    private static void launch(EmptyEtcd etcd, Path directory) throws Exception {
        Configuration configuration = Configuration.read(
                Map.of(Parameter.ETCD_ENDPOINTS.key(), etcd.endpoint(), Parameter.NODE_NAME.key(), NODE, Parameter.ENFORCER.key(), "felix",
                        Parameter.RUNTIME_DIR.key(), directory.resolve("run").toString(),
                        Parameter.STATE_DIR.key(), directory.resolve("state").toString()),
                NODE);
        NetModules netModules = new NetModules(configuration);
        refused(netModules, new Request.Allocate("uid", 1, 0, List.of("netgroup"), Map.of("label", "value")));
        refused(netModules, new Request.Isolate(
                "container", ProcessHandle.current().pid(), List.of(InetAddress.getByName("198.18.0.7")), List.of("netgroup"), Map.of()));
        netModules.answer(new Request.Cleanup("container"));
    }

    private static void refused(NetModules netModules, Request request) throws Exception {
        try {
            netModules.answer(request);
        } catch (CompletionException e) {
            if (e.getCause() instanceof AddressException) {
                return; // There is no pool.
            }
            throw e;
        }
        throw new IllegalStateException("an etcd without a pool gave addresses");
    }

    private static void loadOurs() throws Exception {
        Path jar = Path.of(Rehearsal.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            List<String> names = file.stream().map(JarEntry::getName).filter(each -> each.endsWith(".class")).toList();
            for (String each : names) {
                String type = each.substring(0, each.length() - ".class".length()).replace('/', '.');
                Class.forName(type, false, Rehearsal.class.getClassLoader());
            }
        }
    }
}
