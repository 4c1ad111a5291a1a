package io.calicomesos.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Hosts joined by a bridge in a network namespace of its own: one subnet, no default route, nothing of the machine's network. */
public final class Link implements AutoCloseable {
    /** Whether this kernel has IPv6. */
    public static final boolean IPV6 = Files.exists(Path.of("/proc/sys/net/ipv6"));

    private static final String SWITCH = "lab-switch";

    private final List<Host> hosts = new ArrayList<>();

    /**
     * Makes the link and its hosts, {@code host1} at 198.19.0.1 and so on.
     *
     * @param count how many hosts
     */
    public Link(int count) {
        try {
            addNamespace(SWITCH);
            inside(SWITCH, "ip", "link", "add", "br0", "type", "bridge");
            inside(SWITCH, "ip", "link", "set", "br0", "up");
            for (int i = 1; i <= count; i++) {
                addHost(i);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void addHost(int number) {
        Host host = new Host("host" + number, "lab-host" + number, "198.19.0." + number, "fd00:198:19::" + number);
        addNamespace(host.namespace());
        hosts.add(host);
        String port = "port" + number;
        inside(SWITCH, "ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host.namespace());
        inside(SWITCH, "ip", "link", "set", port, "master", "br0", "up");
        host.run("ip", "link", "set", "lo", "up");
        host.run("ip", "address", "add", host.address() + "/24", "dev", "eth0");
        if (IPV6) {
            // Docker, for one, has IPv6 off on new interfaces. Without duplicate detection the address can be used at once.
            host.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0");
            host.run("ip", "address", "add", host.address6() + "/64", "dev", "eth0", "nodad");
        }
        host.run("ip", "link", "set", "eth0", "up");
    }

    /** Not by {@code ip -n}, which remounts / and so fails in a chroot. */
    private static void inside(String namespace, String... line) {
        Command.run(Command.join(List.of("nsenter", "--net=/run/netns/" + namespace), line).toArray(String[]::new));
    }

    private static void addNamespace(String name) {
        Command.run("ip", "netns", "add", name);
    }

    /**
     * The hosts.
     *
     * @return in their order
     */
    public List<Host> hosts() {
        return List.copyOf(hosts);
    }

    @Override
    public void close() {
        hosts.forEach(host -> Command.attempt(List.of("ip", "netns", "delete", host.namespace())));
        Command.attempt(List.of("ip", "netns", "delete", SWITCH));
    }
}
