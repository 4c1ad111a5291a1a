package io.calicomesos.container;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A mount that Mesos makes in a container's mount namespace before its command runs, as mount(2) takes it.
 *
 * @param source what is shown; none for a change of what is mounted already
 * @param target where, seen from the host; an existing file
 * @param flags as in sys/mount.h
 */
public record Mount(Optional<Path> source, Path target, int flags) {
    private static final int MS_RDONLY = 1;
    private static final int MS_NOSUID = 2;
    private static final int MS_NODEV = 4;
    private static final int MS_NOEXEC = 8;
    private static final int MS_REMOUNT = 32;
    private static final int MS_BIND = 4096;

    static Mount bind(Path source, Path target) {
        return new Mount(Optional.of(source), target, MS_BIND);
    }

    /** In two steps, as mount(2) wants it. */
    static List<Mount> bindReadOnly(Path source, Path target) {
        return List.of(
                bind(source, target),
                new Mount(Optional.empty(), target, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
    }
}
