package io.calicomesos.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Where a file is mounted in {@code /etc}, on the host or in an image. A mount needs a file to cover, which may be missing. */
final class MountPoint {
    private static final Path HOST = Path.of("/");

    private MountPoint() {}

    /** In the host's own {@code /etc}. A link there is followed by the mount. */
    static Path onHost(String name) throws IOException {
        Path file = HOST.resolve("etc").resolve(name);
        if (!Files.exists(file)) {
            create(file);
        }
        return file;
    }

    /**
     * In an image's. A link there would be followed outside the image, so a file takes its place.
     *
     * @param rootfs the image's root, seen from the host
     * @param name of the file
     * @throws RefusedException if the image's {@code /etc} leads out of it
     */
    static Path inImage(Path rootfs, String name) throws IOException, RefusedException {
        Path etc = rootfs.resolve("etc");
        if (!Files.exists(etc, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(etc, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        Path inside = etc.toRealPath();
        if (!inside.startsWith(rootfs.toRealPath())) {
            throw new RefusedException("/etc of the image in " + rootfs + " leads out of it, to " + inside
                    + ": a directory, or a relative link to one, is expected");
        }
        Path file = inside.resolve(name);
        if (Files.isSymbolicLink(file)) {
            Files.delete(file);
        }
        if (!Files.exists(file)) {
            create(file);
        }
        return file;
    }

    private static void create(Path file) throws IOException {
        Files.createFile(file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
}
