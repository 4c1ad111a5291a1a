package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * A container that runs, with a TCP server in it that says its name.
 *
 * @param id its Mesos id
 * @param host where it runs
 * @param agent whose it is
 * @param netgroups its netgroups; null if it did not opt in and is on the host network
 * @param pid its process
 * @param address where its server listens
 */
public record Container(String id, Host host, TestAgent agent, List<String> netgroups, long pid, String address) {

    /** Where the servers listen. */
    public static final int PORT = 8080;

    /**
     * Launches a container.
     *
     * @param agent by whom
     * @param host where
     * @param id its Mesos id
     * @param netgroups its netgroups; null to leave it on the host network
     * @return running
     */
    public static Container launch(TestAgent agent, Host host, String id, List<String> netgroups) {
        List<String> server = List.of(
                "socat", "TCP-LISTEN:" + PORT + ",fork,reuseaddr", "SYSTEM:echo " + id);
        JsonNode launched = agent.launch(
                id, netgroups == null ? null : TestAgent.groups(netgroups.toArray(String[]::new)), server);
        if (!launched.path("ok").asBoolean()) {
            throw new IllegalStateException("container " + id + " was not launched: " + launched);
        }
        long pid = launched.path("pid").asLong();
        String address = netgroups == null ? host.address() : addressOf(agent, id);
        Container container = new Container(id, host, agent, netgroups, pid, address);
        Eventually.holds("the server of " + id + " listens", () ->
                container.attempt("ss", "-Hltn", "sport", "=", ":" + PORT).out().contains(":" + PORT));
        return container;
    }

    private static String addressOf(TestAgent agent, String id) {
        JsonNode status = agent.ask(TestAgent.line("status", id));
        JsonNode address = status.findValue("ip_address");
        if (address == null) {
            throw new IllegalStateException("the status of " + id + " has no address: " + status);
        }
        return address.asText();
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
        return attempt("socat", "-T2", "-", "TCP4:" + to.address() + ":" + PORT + ",connect-timeout=1").out().equals(to.id());
    }

    /**
     * Whether another container answers an ICMP echo request from here.
     *
     * @param to the other
     * @return it did
     */
    public boolean reachesByIcmp(Container to) {
        return attempt("ping", "-c1", "-W1", "-q", to.address()).ok();
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
