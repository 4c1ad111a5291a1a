package io.calicomesos.linux;

import java.nio.charset.StandardCharsets;

/** A container's UTS namespace, which holds its host name. */
public final class UtsNamespace {
    /** The longest host name that the kernel takes, in bytes. */
    public static final int MAX_HOST_NAME = 64;

    private UtsNamespace() {}

    /**
     * Names a container. The name of this host stays as it is.
     *
     * @param pid a process of the container, with a UTS namespace of its own
     * @param name the host name, 1 to {@link #MAX_HOST_NAME} bytes
     * @throws LinuxException ENOENT: the process has gone. EINVAL: it has no UTS namespace of its own
     */
    public static void setHostName(long pid, String name) throws LinuxException {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > MAX_HOST_NAME) {
            throw new IllegalArgumentException("host name \"" + name + "\" has not 1 to " + MAX_HOST_NAME + " bytes");
        }
        NativeLibrary.loaded().setHostName("/proc/" + pid + "/ns/uts", name);
    }
}
