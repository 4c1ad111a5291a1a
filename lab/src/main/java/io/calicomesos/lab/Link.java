package io.calicomesos.lab;

import java.util.ArrayList;
import java.util.List;

/** Hosts joined by a bridge in a network namespace of its own: one subnet, no default route, nothing of the machine's network. */
public final class Link implements AutoCloseable {
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
            Command.run("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge");
            Command.run("ip", "-n", SWITCH, "link", "set", "br0", "up");
            for (int i = 1; i <= count; i++) {
                addHost(i);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void addHost(int number) {
        Host host = new Host("host" + number, "lab-host" + number, "198.19.0." + number);
        addNamespace(host.namespace());
        hosts.add(host);
        String port = "port" + number;
        Command.run("ip", "-n", SWITCH, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host.namespace());
        Command.run("ip", "-n", SWITCH, "link", "set", port, "master", "br0", "up");
        Command.run("ip", "-n", host.namespace(), "link", "set", "lo", "up");
        Command.run("ip", "-n", host.namespace(), "address", "add", host.address() + "/24", "dev", "eth0");
        Command.run("ip", "-n", host.namespace(), "link", "set", "eth0", "up");
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
