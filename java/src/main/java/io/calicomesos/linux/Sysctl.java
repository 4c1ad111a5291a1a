package io.calicomesos.linux;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The kernel's settings under /proc/sys. Those whose names begin with {@code net.} are those of this host's network
 * namespace.
 */
public final class Sysctl {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.@/-]+");
    private static final Pattern VALUE = Pattern.compile("\\p{Print}+");

    private Sysctl() {}

    /**
     * @param name as sysctl(8) writes it: {@code net.ipv4.ip_forward}; where a part has a dot itself, as have some
     *             interfaces' names, with slashes: {@code net/ipv4/conf/eth0.7/forwarding}
     * @return the value, without the newline at its end
     * @throws LinuxException ENOENT: this kernel has none of that name
     */
    public static String read(String name) throws LinuxException {
        return new String(NativeLibrary.loaded().readSysctl(path(name)), StandardCharsets.UTF_8);
    }

    /**
     * Writes the value, unless it is there already.
     *
     * @param name  as for {@link #read}
     * @param value printable ASCII, as the kernel takes it
     * @return whether it was another before
     * @throws LinuxException ENOENT: this kernel has none of that name. EINVAL: it takes no such value. EROFS:
     *                        /proc/sys cannot be written here
     */
    public static boolean write(String name, String value) throws LinuxException {
        String path = path(name);
        checkValue(name, value);
        return NativeLibrary.loaded().writeSysctl(path, value);
    }

    /**
     * Writes a value in a container's network namespace, unless it is there already.
     *
     * @param networkNamespace the container's: {@code /proc/<pid>/ns/net}, or where such a file is bound
     * @param name as for {@link #read}, beginning with {@code net.} or {@code net/}
     * @param value as for {@link #write}
     * @return whether it was another before
     * @throws LinuxException as for {@link #write}. ENOENT also: the container's process has gone. EINVAL also: the namespace is
     *                        this process's own
     */
    public static boolean writeIn(String networkNamespace, String name, String value) throws LinuxException {
        String path = path(name);
        checkValue(name, value);
        if (!path.startsWith("net/")) {
            throw new IllegalArgumentException("\"" + name + "\" is not of a network namespace: its name does not begin with net.");
        }
        return NativeLibrary.loaded().writeSysctlIn(networkNamespace, path, value);
    }

    private static void checkValue(String name, String value) {
        if (!VALUE.matcher(value).matches()) {
            throw new IllegalArgumentException("value \"" + value + "\" of " + name + " is not printable ASCII");
        }
    }

    private static String path(String name) {
        String path = name.indexOf('/') >= 0 ? name : name.replace('.', '/');
        if (!NAME.matcher(name).matches() || path.startsWith("/") || ("/" + path + "/").contains("/../")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a sysctl");
        }
        return path;
    }
}
