package io.calicomesos.lab;

import java.util.List;

/**
 * A host: a network namespace with one interface on the lab's link.
 *
 * @param name its name in Calico
 * @param namespace the name of its network namespace
 * @param address its IPv4 address on the link, 198.19.0.0/24
 * @param address6 its IPv6 address on the link, fd00:198:19::/64; on a kernel without IPv6 it is just a text
 */
public record Host(String name, String namespace, String address, String address6) {

    /**
     * Puts a command into this host's network. Not by {@code ip netns exec}, which hides the cgroups.
     *
     * @param line the program and its arguments
     * @return the line to run
     */
    public List<String> inside(String... line) {
        return Command.join(List.of("nsenter", "--net=/run/netns/" + namespace), line);
    }

    /**
     * Runs a program on this host that must succeed.
     *
     * @param line the program and its arguments
     * @return what it wrote
     */
    public String run(String... line) {
        return Command.run(inside(line).toArray(String[]::new));
    }

    /**
     * How many calls have failed on this host.
     *
     * @param call the agent's, such as prepare
     * @param reason what of, as docs/metrics.md has it
     * @return how many since the agent was started
     */
    public int failures(String call, String reason) {
        String metric = "calico_mesos_call_failures_total{call=\"" + call + "\",reason=\"" + reason + "\"} ";
        return run("curl", "-sS", "-f", "--retry", "5", "--retry-connrefused", "http://127.0.0.1:19091/metrics").lines().filter(each -> each.startsWith(metric))
                .mapToInt(each -> (int) Double.parseDouble(each.substring(metric.length()))).findFirst().orElse(0);
    }

    /**
     * Runs a program on this host that may fail.
     *
     * @param line the program and its arguments
     * @return how it ended
     */
    public Command.Ended attempt(String... line) {
        return Command.attempt(inside(line));
    }
}
