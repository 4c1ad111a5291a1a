package io.calicomesos.container;

import io.calicomesos.calico.WorkloadName;
import io.calicomesos.config.Configuration;
import io.calicomesos.config.Dns;
import io.calicomesos.config.Network;
import io.calicomesos.linux.UtsNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.mesos.Protos.NetworkInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a container with a network of its own has beside it: {@code /etc/hosts}, {@code /etc/hostname} and
 * {@code /etc/resolv.conf}, which are mounted from {@code runtime_dir}/files/&lt;workload&gt;, its host name, and a file by which
 * its network namespace is found. They live as long as the container, whatever becomes of the agent.
 */
public final class NetworkFiles {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkFiles.class);

    private static final String HOSTS = "hosts";
    private static final String HOSTNAME = "hostname";
    private static final String RESOLV_CONF = "resolv.conf";
    private static final List<String> ALL = List.of(HOSTS, HOSTNAME, RESOLV_CONF);
    private static final Path ETC = Path.of("/etc");

    private final Configuration configuration;
    private final Path directory;
    private final HeldNamespaces namespaces;
    private final ResolvConf resolvConf =
            new ResolvConf(ETC.resolve(RESOLV_CONF), Path.of("/run/systemd/resolve", RESOLV_CONF));

    /**
     * Makes the directories if they are missing.
     *
     * @param configuration the agent's settings
     * @throws IOException if they cannot be made
     */
    public NetworkFiles(Configuration configuration) throws IOException {
        this.configuration = configuration;
        this.directory = Files.createDirectories(configuration.runtimeDirectory().resolve("files"));
        this.namespaces = new HeldNamespaces(configuration.runtimeDirectory());
    }

    /**
     * Writes the files of a container with a network of its own, as far as they do not depend on its addresses.
     *
     * @param container its id
     * @param name its host name
     * @param networkInfos its NetworkInfos; the first whose network has DNS settings decides on them
     * @param rootfs the root of its image, if it has one
     * @return the mounts that it needs
     * @throws RefusedException if its image cannot have them
     */
    List<Mount> write(ContainerPath container, HostName name, List<NetworkInfo> networkInfos, Optional<Path> rootfs)
            throws RefusedException {
        Path files = of(container);
        try {
            Files.createDirectories(files);
            write(files.resolve(HOSTS), ""); // There to be mounted.
            write(files.resolve(HOSTNAME), name + "\n");
            Optional<Dns> dns = networkInfos.stream().map(each -> configuration.networks().get(each.getName()))
                    .filter(each -> each != null).map(Network::dns).flatMap(Optional::stream).findFirst()
                    .or(configuration::dns);
            Files.deleteIfExists(files.resolve(RESOLV_CONF)); // Of an earlier life.
            if (dns.isPresent()) {
                write(files.resolve(RESOLV_CONF), ResolvConf.of(dns.get()));
            }
            return mounts(files, rootfs);
        } catch (IOException e) {
            throw new UncheckedIOException("the network files of container " + container + " cannot be made: " + e, e);
        }
    }

    /**
     * Writes what depends on them.
     *
     * @param container its id, of one whose other files are written
     * @param name its host name
     * @param addresses its addresses, at least one
     */
    void writeHosts(ContainerPath container, HostName name, List<String> addresses) {
        try {
            Files.writeString(of(container).resolve(HOSTS), HostsFile.of(name, addresses));
        } catch (IOException e) {
            throw new UncheckedIOException("the network files of container " + container + " cannot be made: " + e, e);
        }
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--")); // Any user in the container reads it.
    }

    /**
     * The mounts of a nested container that shares the network of the one it is nested in, and so its files.
     *
     * @param container its id
     * @param rootfs the root of its image, if it has one
     * @return none if nothing is known of that network's files: an older version made it
     * @throws RefusedException if its image cannot have them
     */
    public List<Mount> share(ContainerPath container, Optional<Path> rootfs) throws RefusedException {
        for (Optional<ContainerPath> each = container.parent(); each.isPresent(); each = each.get().parent()) {
            Path files = of(each.get());
            if (Files.exists(files)) {
                try {
                    return mounts(files, rootfs);
                } catch (IOException e) {
                    throw new UncheckedIOException("the network files of container " + container + " cannot be made: " + e, e);
                }
            }
        }
        return List.of();
    }

    /**
     * The mounts of a container with an image on the host's network: the host's files, which it cannot change.
     *
     * @param rootfs the root of its image
     * @throws RefusedException if its image cannot have them
     */
    public List<Mount> ofHost(Path rootfs) throws RefusedException {
        List<Mount> mounts = new ArrayList<>();
        try {
            for (String name : ALL) {
                if (Files.exists(ETC.resolve(name))) {
                    mounts.addAll(Mount.bindReadOnly(ETC.resolve(name), MountPoint.inImage(rootfs, name)));
                }
            }
            return mounts;
        } catch (IOException e) {
            throw new UncheckedIOException("the network files of the image in " + rootfs + " cannot be made: " + e, e);
        }
    }

    /** Also over the host's files where there is an image: a command executor runs outside of it. */
    private List<Mount> mounts(Path files, Optional<Path> rootfs) throws IOException, RefusedException {
        List<Mount> mounts = new ArrayList<>();
        for (String name : ALL) {
            Path own = files.resolve(name);
            if (Files.exists(own)) {
                mounts.add(Mount.bind(own, MountPoint.onHost(name)));
                if (rootfs.isPresent()) {
                    mounts.add(Mount.bind(own, MountPoint.inImage(rootfs.get(), name)));
                }
            }
        }
        Optional<Path> ofHost = Files.exists(files.resolve(RESOLV_CONF)) ? Optional.empty() : resolvConf.ofHost();
        if (ofHost.isPresent()) {
            if (!ofHost.get().equals(ETC.resolve(RESOLV_CONF))) {
                mounts.addAll(Mount.bindReadOnly(ofHost.get(), MountPoint.onHost(RESOLV_CONF)));
            }
            if (rootfs.isPresent()) {
                mounts.addAll(Mount.bindReadOnly(ofHost.get(), MountPoint.inImage(rootfs.get(), RESOLV_CONF)));
            }
        }
        return mounts;
    }

    /**
     * Gives a container with a network of its own its host name, and holds its network namespace.
     *
     * @param container its id; of one without files there is nothing to do
     * @param pid its first process, which has not begun to run the task
     * @throws IOException if the kernel refuses
     */
    void isolate(ContainerPath container, long pid) throws IOException {
        Path files = of(container);
        if (Files.exists(files)) {
            UtsNamespace.setHostName(pid, Files.readString(files.resolve(HOSTNAME)).strip());
            namespaces.hold(WorkloadName.of(container.values()), pid);
        }
    }

    /**
     * Removes what a container had here. What cannot be removed is reported, and removed when the agent starts again.
     *
     * @param container its id; one without files is no error
     */
    void remove(ContainerPath container) {
        try {
            namespaces.release(WorkloadName.of(container.values()));
            remove(of(container));
        } catch (IOException e) {
            LOG.error("container {}: its files stay in {}", container, directory, e);
        }
    }

    private static void remove(Path files) throws IOException {
        for (String name : ALL) {
            Files.deleteIfExists(files.resolve(name));
        }
        Files.deleteIfExists(files);
    }

    /**
     * Takes over what a former agent left, and removes what is of nobody.
     *
     * @param known the containers that live, or whose cleanup Mesos will ask for
     * @param living those of them that live, each with its first process
     */
    void recover(Set<ContainerPath> known, Map<ContainerPath, Long> living) {
        Set<String> kept = known.stream().map(each -> WorkloadName.of(each.values()).value()).collect(Collectors.toSet());
        try {
            namespaces.releaseAllBut(kept);
            try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
                for (Path each : all) {
                    if (!kept.contains(each.getFileName().toString())) {
                        remove(each);
                    }
                }
            }
        } catch (IOException e) { // Nobody's files are no reason to keep the agent from starting.
            LOG.error("files of containers that have gone stay in {}", directory, e);
        }
        living.forEach(this::holdAgain);
    }

    /** The mounts of a former agent are gone if it had a mount namespace of its own. */
    private void holdAgain(ContainerPath container, long pid) {
        try {
            if (Files.exists(of(container)) && Files.exists(Path.of("/proc/" + pid))) {
                namespaces.hold(WorkloadName.of(container.values()), pid);
            }
        } catch (IOException e) {
            LOG.warn("the network namespace of container {} is not held: {}", container, e.getMessage());
        }
    }

    private Path of(ContainerPath container) {
        return directory.resolve(WorkloadName.of(container.values()).value());
    }
}
