package io.calicomesos.doctor;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Node;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether Calico knows this host under its name, by an address that it has: if not, other hosts have no route to its containers. */
public final class NodeCheck implements Check {
    private final String name;
    private final Optional<Node> node;

    /**
     * Prepares.
     *
     * @param name {@code node_name}
     * @param node the Node of that name, if there is one
     */
    public NodeCheck(String name, Optional<Node> node) {
        this.name = name;
        this.node = node;
    }

    @Override
    public String name() {
        return "node";
    }

    @Override
    public List<String> troubles() {
        if (node.isEmpty()) {
            return List.of("etcd has no Node " + name + ": if node_name is right, make it with `calico-mesos init --node " + name
                    + "=ADDRESS/LENGTH`; if calico-node runs here, set node_name to its name, in /var/lib/calico/nodename");
        }
        List<String> addresses = node.get().spec().bgp() == null ? List.of()
                : Stream.of(node.get().spec().bgp().ipv4Address(), node.get().spec().bgp().ipv6Address())
                        .filter(each -> each != null && !each.isEmpty()).map(each -> each.replaceFirst("/.*", "")).toList();
        if (addresses.isEmpty()) {
            return List.of("Node " + name + " has no address in spec.bgp: other hosts have no route to this one's containers. Set "
                    + "spec.bgp.ipv4Address with calicoctl");
        }
        return addresses.stream().filter(each -> !isOfThisHost(each)).map(each -> "Node " + name + " has the address " + each
                + ", which no interface of this host has: if another host has that name, set node_name to this one's own; if not, correct "
                + "the Node with calicoctl").toList();
    }

    private static boolean isOfThisHost(String text) {
        if (!InetAddresses.isInetAddress(text)) {
            return false;
        }
        InetAddress address = InetAddresses.forString(text);
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            throw new IllegalStateException(e);
        }
    }
}
