package io.calicomesos.linux;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The interface, of kind ifb, by which what a container sends takes a detour to be limited. {@link Veth#attach} makes it; alone of
 * all that belongs to a veth, it does not go away with it.
 */
public final class EgressDevice {
    /** Felix calls it so, and finds ours in its place. */
    private static final String PREFIX = "bwcali";
    private static final int LENGTH = 15;

    private EgressDevice() {}

    /** The name of that of a host end, as Felix makes it: the prefix, and what fits of the name's SHA-512 in hex digits. */
    static String of(String hostInterface) {
        String hash = Hashing.sha512().hashString(hostInterface, StandardCharsets.UTF_8).toString();
        return PREFIX + hash.substring(0, LENGTH - PREFIX.length());
    }

    /** Takes that of a host end away; returns whether there was one. */
    static boolean remove(String hostInterface) throws LinuxException {
        return NativeLibrary.loaded().removeEgressDevice(of(hostInterface));
    }

    /**
     * Takes those away whose host end has gone. Others may be made meanwhile.
     *
     * @return their names
     * @throws IOException if the kernel does not tell which interfaces there are, or cannot take one away
     */
    public static Set<String> removeOrphans() throws IOException {
        Set<String> orphans = orphans();
        // The host end is made first: looked for once more, that of one which was seen is there, wherever it is in the list.
        if (!orphans.isEmpty()) {
            orphans.retainAll(orphans());
        }
        for (String each : orphans) {
            NativeLibrary.loaded().removeEgressDevice(each);
        }
        return orphans;
    }

    private static Set<String> orphans() throws IOException {
        // Two lines of headings; then in each a name before a colon.
        Set<String> interfaces = Files.readAllLines(Path.of("/proc/thread-self/net/dev")).stream().skip(2)
                .map(line -> line.substring(0, line.indexOf(':')).strip()).collect(Collectors.toSet());
        Set<String> used = interfaces.stream().map(EgressDevice::of).collect(Collectors.toSet());
        return interfaces.stream().filter(each -> each.startsWith(PREFIX) && !used.contains(each)).collect(Collectors.toCollection(HashSet::new));
    }
}
