package io.calicomesos.container;

import io.calicomesos.calico.WorkloadName;
import io.calicomesos.linux.BindMount;
import io.calicomesos.linux.LinuxException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The containers' network namespaces as files, {@code runtime_dir}/netns/&lt;workload&gt;: each lives as long as its file, also
 * when the container's first process has ended, and {@code nsenter --net=<file>} enters it. Mounts of the agent's mount
 * namespace; what other containers, cloned meanwhile, have inherited of one goes with its file.
 */
final class HeldNamespaces {
    private static final Logger LOG = LoggerFactory.getLogger(HeldNamespaces.class);

    private static final Path OWN = Path.of("/proc/self/ns/net");

    private final Path directory;

    /**
     * Makes the directory if it is missing.
     *
     * @param runtimeDirectory the parameter {@code runtime_dir}
     * @throws IOException if it cannot be made
     */
    HeldNamespaces(Path runtimeDirectory) throws IOException {
        this.directory = Files.createDirectories(runtimeDirectory.resolve("netns"));
    }

    /**
     * Holds a container's namespace, unless it is held already.
     *
     * @param workload the container's name
     * @param pid a process of it, with a network namespace of its own
     */
    void hold(WorkloadName workload, long pid) throws IOException {
        Path namespace = Path.of("/proc/" + pid + "/ns/net");
        Path file = directory.resolve(workload.value());
        if (same(namespace, OWN)) {
            throw new IOException("process " + pid + " is in the host's network namespace");
        }
        if (Files.exists(file)) {
            if (same(namespace, file)) {
                return;
            }
            release(file);
        }
        Files.createFile(file);
        BindMount.make(namespace, file);
    }

    private static boolean same(Path one, Path other) throws IOException {
        Object key = Files.readAttributes(one, BasicFileAttributes.class).fileKey();
        return key.equals(Files.readAttributes(other, BasicFileAttributes.class).fileKey());
    }

    /**
     * Lets a container's namespace go, if it is held.
     *
     * @param workload the container's name
     */
    void release(WorkloadName workload) throws IOException {
        release(directory.resolve(workload.value()));
    }

    private static void release(Path file) throws IOException {
        try {
            BindMount.remove(file);
        } catch (LinuxException e) {
            if (e.errno() == LinuxException.ENOENT) {
                return;
            }
            throw e;
        }
        Files.deleteIfExists(file);
    }

    /** Lets all go but those of some containers. One that stays is reported. */
    void releaseAllBut(Set<String> workloads) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path each : files) {
                if (!workloads.contains(each.getFileName().toString())) {
                    try {
                        release(each);
                    } catch (IOException e) {
                        LOG.error("the network namespace of a container that has gone is still held", e);
                    }
                }
            }
        }
    }
}
