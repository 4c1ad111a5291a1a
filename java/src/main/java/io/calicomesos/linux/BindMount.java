package io.calicomesos.linux;

import java.nio.file.Path;

/** Mounts of one file over another, in this process's mount namespace. */
public final class BindMount {
    private BindMount() {}

    /**
     * Shows a file where another stands.
     *
     * @param source the file; also one of {@code /proc/<pid>/ns/}, whose namespace then lives as long as the mount
     * @param target where it is shown; an existing file
     * @throws LinuxException ENOENT: one of them is not there
     */
    public static void make(Path source, Path target) throws LinuxException {
        NativeLibrary.loaded().makeBindMount(source.toString(), target.toString());
    }

    /**
     * Takes away all that is mounted over a file. Who still uses it keeps it.
     *
     * @param target the file
     * @return whether there was something
     * @throws LinuxException ENOENT: there is no such file
     */
    public static boolean remove(Path target) throws LinuxException {
        return NativeLibrary.loaded().removeBindMount(target.toString());
    }
}
