package io.calicomesos.doctor;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Whether Calico knows this host under its name, by an address that it has, and under no other: if not, other hosts have no route to its
 * containers, or the containers of one host are taken for another's.
 */
public final class NodeCheck implements Check {
    private final String name;
    private final Collection<Node> nodes;
    private final Path calicoNodeName;

    /**
     * Prepares.
     *
     * @param name {@code node_name}
     * @param nodes all that there are
     * @param calicoNodeName where calico-node leaves its name: {@code /var/lib/calico/nodename}
     */
    public NodeCheck(String name, Collection<Node> nodes, Path calicoNodeName) {
        this.name = name;
        this.nodes = nodes;
        this.calicoNodeName = calicoNodeName;
    }

    @Override
    public String name() {
        return "node";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        Optional<Node> own = nodes.stream().filter(each -> each.metadata().name().equals(name)).findFirst();
        List<Node> others = nodes.stream().filter(each -> !each.metadata().name().equals(name))
                .filter(each -> each.addresses().stream().anyMatch(NodeCheck::isOfThisHost)).toList();
        if (own.isEmpty() && others.isEmpty()) {
            troubles.add("etcd has no Node " + name + ": if node_name is right, make it with `calico-mesos init --node " + name
                    + "=ADDRESS/LENGTH`; if calico-node runs here, set node_name to its name, in " + calicoNodeName);
        }
        others.forEach(each -> troubles.add("node_name is " + name + ", but Node " + each.metadata().name() + " has the address "
                + each.addresses().stream().filter(NodeCheck::isOfThisHost).map(InetAddresses::toAddrString).findFirst().orElseThrow() + " of this host"
                + (own.isEmpty() ? ", and there is no Node " + name + ": set node_name to " + each.metadata().name()
                        : ": if this host was called so before, delete that Node with calicoctl; if not, give each host its own address")));
        if (own.isPresent() && own.get().addresses().isEmpty()) {
            troubles.add("Node " + name + " has no address in spec.bgp: other hosts have no route to this one's containers. Set "
                    + "spec.bgp.ipv4Address with calicoctl");
        }
        own.map(Node::addresses).orElse(List.of()).stream().filter(each -> !isOfThisHost(each))
                .forEach(each -> troubles.add("Node " + name + " has the address " + InetAddresses.toAddrString(each)
                        + ", which no interface of this host has: if another host has that name, set node_name to this one's own; if not, "
                        + "correct the Node with calicoctl"));
        calicoNode().filter(each -> !each.equals(name)).ifPresent(each -> troubles.add("node_name is " + name + ", but calico-node on this "
                + "host goes by " + each + " (" + calicoNodeName + "): set node_name to that; if calico-node is gone, delete the file"));
        return troubles;
    }

    private Optional<String> calicoNode() {
        try {
            return Files.isRegularFile(calicoNodeName)
                    ? Optional.of(Files.readString(calicoNodeName).strip()).filter(each -> !each.isEmpty()) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOfThisHost(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            throw new IllegalStateException(e);
        }
    }
}
