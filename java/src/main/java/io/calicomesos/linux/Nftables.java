package io.calicomesos.linux;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;

/** The host's nftables rules, through libnftables in this process. */
public final class Nftables {
    private static final ObjectMapper JSON = new ObjectMapper();

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

    /**
     * The tables of the family inet.
     *
     * @return each as nft names it: {@code inet filter}
     * @throws LinuxException if the kernel does not tell
     */
    public static Set<String> tables() throws LinuxException {
        try {
            return JSON.readTree(list("list tables inet")).path("nftables").findValuesAsText("name").stream()
                    .map(each -> "inet " + each).collect(Collectors.toSet());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] utf8(String commands) {
        if (commands.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the nft commands have a NUL in them");
        }
        return commands.getBytes(StandardCharsets.UTF_8);
    }
}
