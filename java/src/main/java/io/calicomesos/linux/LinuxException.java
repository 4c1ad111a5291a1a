package io.calicomesos.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The kernel, or nft, refused. The message says what was being done on what, and why it failed: "creating veth cali0123
 * with peer eth0 in /proc/12/ns/net: File exists (EEXIST)".
 */
public final class LinuxException extends IOException {
    /** No such file or process; no such interface, where one was to be found by its path. */
    public static final int ENOENT = 2;
    /** It exists already. */
    public static final int EEXIST = 17;
    /** No such interface. */
    public static final int ENODEV = 19;
    /** Not a valid request; also everything that nft refuses. */
    public static final int EINVAL = 22;

    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * @param errno   the kernel's error number, as in errno(3)
     * @param message what was being done, and why it failed
     */
    public LinuxException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    // Called by the natives: what the kernel and nft say is bytes.
    private LinuxException(int errno, byte[] utf8) {
        this(errno, new String(utf8, StandardCharsets.UTF_8));
    }

    /** The kernel's error number, as in errno(3): never 0. */
    public int errno() {
        return errno;
    }
}
