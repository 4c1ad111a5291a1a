package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A container that runs, with a server in it that says its name, by TCP and UDP.
 *
 * @param id its Mesos id
 * @param host where it runs
 * @param agent whose it is
 * @param netgroups its netgroups; null if it did not opt in and is on the host network
 * @param pid its process
 * @param addresses where its server listens
 */
public record Container(String id, Host host, TestAgent agent, List<String> netgroups, long pid, List<String> addresses) {

    /** Where the servers listen. */
    public static final int PORT = 8080;

    /**
     * Launches a container with an IPv4 address.
     *
     * @param agent by whom
     * @param host where
     * @param id its Mesos id
     * @param netgroups its netgroups; null to leave it on the host network
     * @return running
     */
    public static Container launch(TestAgent agent, Host host, String id, List<String> netgroups) {
        ObjectNode info = netgroups == null ? null : TestAgent.groups(netgroups.toArray(String[]::new));
        return launch(agent, host, id, netgroups, info);
    }

    /**
     * Launches a container with addresses of its own.
     *
     * @param agent by whom
     * @param host where
     * @param id its Mesos id
     * @param netgroups its netgroups
     * @param ipVersions 4, 6 or both: for each an address, in this order
     * @return running
     */
    public static Container launch(TestAgent agent, Host host, String id, List<String> netgroups, int... ipVersions) {
        ObjectNode info = TestAgent.groups(netgroups.toArray(String[]::new));
        for (int each : ipVersions) {
            info.withArray("ip_addresses").addObject().put("protocol", "IPv" + each);
        }
        return launch(agent, host, id, netgroups, info);
    }

    /**
     * Launches a container.
     *
     * @param agent by whom
     * @param host where
     * @param id its Mesos id
     * @param netgroups its netgroups; null to leave it on the host network
     * @param info its NetworkInfo; null likewise
     * @return running
     */
    public static Container launch(TestAgent agent, Host host, String id, List<String> netgroups, ObjectNode info) {
        ObjectNode line = TestAgent.line("launch", id);
        return launched(agent, host, id, netgroups, info == null ? line : TestAgent.containerInfo(line, info));
    }

    /**
     * Launches a container in several networks.
     *
     * @param agent by whom
     * @param host where
     * @param id its Mesos id
     * @param infos its NetworkInfos
     * @return running; its netgroups are those of all
     */
    public static Container launchIn(TestAgent agent, Host host, String id, ObjectNode... infos) {
        List<String> netgroups = Stream.of(infos).flatMap(info -> StreamSupport.stream(info.path("groups").spliterator(), false))
                .map(JsonNode::asText).toList();
        return launched(agent, host, id, netgroups, TestAgent.containerInfo(TestAgent.line("launch", id), infos));
    }

    private static Container launched(TestAgent agent, Host host, String id, List<String> netgroups, ObjectNode line) {
        List.of(Build.prober().toString(), "serve", id, Integer.toString(PORT)).forEach(line.withArray("command")::add);
        JsonNode launched = agent.ask(line);
        if (!launched.path("ok").asBoolean()) {
            throw new IllegalStateException("container " + id + " was not launched: " + launched);
        }
        long pid = launched.path("pid").asLong();
        List<String> addresses = netgroups == null ? addressesOf(host) : addressesOf(agent, id);
        Container container = new Container(id, host, agent, netgroups, pid, addresses);
        Eventually.holds("the server of " + id + " listens", () ->
                container.attempt("ss", "-Hltn", "sport", "=", ":" + PORT).out().contains(":" + PORT));
        return container;
    }

    private static List<String> addressesOf(Host host) {
        return Link.IPV6 ? List.of(host.address(), host.address6()) : List.of(host.address());
    }

    private static List<String> addressesOf(TestAgent agent, String id) {
        JsonNode status = agent.ask(TestAgent.line("status", id));
        List<String> addresses = status.findValuesAsText("ip_address");
        if (addresses.isEmpty()) {
            throw new IllegalStateException("the status of " + id + " has no address: " + status);
        }
        return addresses;
    }

    /**
     * Its first address.
     *
     * @return where its server listens
     */
    public String address() {
        return addresses.get(0);
    }

    /**
     * Its address of a family.
     *
     * @param ipVersion 4 or 6
     * @return none if it has no such address
     */
    public Optional<String> address(int ipVersion) {
        return addresses.stream().filter(each -> (each.indexOf(':') < 0 ? 4 : 6) == ipVersion).findFirst();
    }

    /**
     * Runs a program in the container's network.
     *
     * @param line the program and its arguments
     * @return how it ended
     */
    public Command.Ended attempt(String... line) {
        return Command.attempt(Command.join(List.of("nsenter", "--net=/proc/" + pid + "/ns/net"), line));
    }

    /**
     * Whether a TCP connection from here to another container succeeds and reaches that very one.
     *
     * @param to the other
     * @return its name came back
     */
    public boolean reachesByTcp(Container to) {
        return reachesByTcp(to, to.address());
    }

    /**
     * Whether a TCP connection from here to an address of another container succeeds and reaches that very one.
     *
     * @param to the other
     * @param address one of its addresses, of either family
     * @return its name came back
     */
    public boolean reachesByTcp(Container to, String address) {
        String peer = address.indexOf(':') < 0 ? "TCP4:" + address : "TCP6:[" + address + "]";
        return attempt("socat", "-T2", "-", peer + ":" + PORT + ",connect-timeout=1").out().equals(to.id());
    }

    /**
     * Whether another container answers an ICMP echo request from here.
     *
     * @param to the other
     * @return it did
     */
    public boolean reachesByIcmp(Container to) {
        return reachesByIcmp(to.address());
    }

    /**
     * Whether an address answers an ICMP echo request from here.
     *
     * @param address of either family
     * @return it did
     */
    public boolean reachesByIcmp(String address) {
        return attempt("ping", "-c1", "-W1", "-q", address).ok();
    }

    /**
     * Whether the netgroups say that this one may reach another.
     *
     * @param to the other
     * @return they share one, or the other is public, or one of them is on the network of the other's host
     */
    public boolean mayReach(Container to) {
        if (to.netgroups == null) {
            // A host: its own containers reach it, as executors must. Another host's are dropped on nobody's way there.
            return true;
        }
        if (netgroups == null) {
            return host.equals(to.host) || to.netgroups.contains("public");
        }
        return to.netgroups.contains("public") || netgroups.stream().anyMatch(to.netgroups::contains);
    }

    /**
     * How the netgroups read.
     *
     * @return for a table
     */
    public String groups() {
        return netgroups == null ? "host network" : String.join("+", netgroups);
    }
}
