package io.calicomesos.netgroup;

import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Sysctl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That this host forwards packets, as it must for its containers. Nothing here is ever switched off again: others may have come
 * to depend on it.
 */
final class Forwarding {
    private static final Logger LOG = LoggerFactory.getLogger(Forwarding.class);
    private static final Path INTERFACES = Path.of("/proc/sys/net/ipv6/conf");

    private Forwarding() {}

    /**
     * Switches {@code net.ipv4.ip_forward} on.
     *
     * @throws LinuxException if the kernel refuses
     */
    static void ipv4() throws LinuxException {
        Sysctl.write("net.ipv4.ip_forward", "1");
    }

    /**
     * Switches {@code net.ipv6.conf.all.forwarding} on, which is every interface's. To be called once a container of this host
     * has an IPv6 address, not before: a host that forwards no longer heeds router advertisements, and at that moment the kernel
     * takes away the default routes that it has from them, unless the interface's {@code accept_ra} is 2. So where they are
     * heeded up to now, {@code accept_ra} becomes 2 first: the launch of a container does not cut its host off.
     *
     * @throws LinuxException if the kernel refuses; not if it has no IPv6, which is only reported
     */
    static void ipv6() throws LinuxException {
        try {
            if (Sysctl.read("net.ipv6.conf.all.forwarding").equals("1")) {
                return;
            }
            List<String> heeding = interfaces().stream().filter(Forwarding::keepHeedingAdvertisements).toList();
            Sysctl.write("net.ipv6.conf.all.forwarding", "1");
            LOG.info("net.ipv6.conf.all.forwarding is 1 now, for containers with IPv6 addresses; accept_ra is 2 now on {}",
                    heeding.isEmpty() ? "no interface" : String.join(", ", heeding));
        } catch (LinuxException e) {
            if (e.errno() != LinuxException.ENOENT) {
                throw e;
            }
            LOG.warn("a container of this host has an IPv6 address, but this kernel has no IPv6");
        }
    }

    private static boolean keepHeedingAdvertisements(String networkInterface) {
        String settings = "net/ipv6/conf/" + networkInterface + "/";
        try {
            return Sysctl.read(settings + "forwarding").equals("0") && Sysctl.read(settings + "accept_ra").equals("1")
                    && Sysctl.write(settings + "accept_ra", "2");
        } catch (LinuxException | IllegalArgumentException e) { // It has gone meanwhile, or has a name that Sysctl does not take.
            LOG.warn("interface {} may no longer heed router advertisements: {}", networkInterface, e.getMessage());
            return false;
        }
    }

    private static List<String> interfaces() {
        try (Stream<Path> all = Files.list(INTERFACES)) {
            return all.map(each -> each.getFileName().toString())
                    .filter(each -> !each.equals("all") && !each.equals("default") && !each.equals("lo")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
