package io.calicomesos.linux;

import java.nio.charset.StandardCharsets;

/** The host's nftables rules, through libnftables in this process. */
public final class Nftables {
    private Nftables() {}

    /**
     * Runs commands as nft(8) reads them from a file. All of one call are one transaction: the kernel does all of them
     * or none. Any number of threads may call this; the calls run one after the other.
     *
     * @param commands a command or more, a line each or with ';' between
     * @throws LinuxException EINVAL: a command was refused; the message is nft's own, with its line
     */
    public static void run(String commands) throws LinuxException {
        NativeLibrary.loaded().runNft(utf8(commands));
    }

    /**
     * Runs commands that list.
     *
     * @param commands such as {@code list table inet filter}
     * @return what they list, as JSON: {@code {"nftables": [...]}}, see libnftables-json(5); empty if nothing
     * @throws LinuxException EINVAL: a command was refused, also because what was to be listed is not there
     */
    public static String list(String commands) throws LinuxException {
        return new String(NativeLibrary.loaded().listNft(utf8(commands)), StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String commands) {
        if (commands.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the nft commands have a NUL in them");
        }
        return commands.getBytes(StandardCharsets.UTF_8);
    }
}
