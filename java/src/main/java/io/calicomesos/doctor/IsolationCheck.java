package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether an agent names both network/calico and network/cni. Mesos refuses to start with both, so it is also looked for where an agent
 * gets its settings when it starts: in the environment of its unit, and in the directory of a file for each option.
 */
public final class IsolationCheck implements Check {
    private static final String OURS = "network/calico";
    private static final String OTHER = "network/cni";

    /** Files of {@code NAME=value}: ours, and those of the distributions' and Mesosphere's packages. */
    private static final List<String> ENVIRONMENTS = List.of(
            "calico-mesos/agent.env", "default/mesos", "default/mesos-slave", "default/mesos-agent", "sysconfig/mesos-slave",
            "sysconfig/mesos-agent");

    /** Files with an option's value and nothing else. */
    private static final List<String> OPTIONS = List.of("mesos-slave/isolation", "mesos-agent/isolation");

    private static final Pattern ASSIGNMENT = Pattern.compile("(?:export\\s+)?MESOS_ISOLATION=[\"']?([^\"'\\s]*)[\"']?\\s*");

    private final List<Agent> agents;
    private final Path etc;

    /**
     * Prepares.
     *
     * @param agents those that run here
     * @param etc {@code /etc}
     */
    public IsolationCheck(List<Agent> agents, Path etc) {
        this.agents = List.copyOf(agents);
        this.etc = etc;
    }

    @Override
    public String name() {
        return "isolation";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        agents.forEach(each -> add(troubles, each.name(), each.option("isolation")));
        try {
            for (String each : ENVIRONMENTS) {
                Optional<String> last = lines(each).stream().map(ASSIGNMENT::matcher).filter(Matcher::matches).map(one -> one.group(1))
                        .reduce((former, latter) -> latter);
                add(troubles, etc.resolve(each).toString(), last);
            }
            for (String each : OPTIONS) {
                add(troubles, etc.resolve(each).toString(), lines(each).stream().findFirst());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return troubles;
    }

    private static void add(List<String> troubles, String who, Optional<String> isolation) {
        List<String> names = isolation.map(text -> List.of(text.strip().split(","))).orElse(List.of());
        if (names.contains(OURS) && names.contains(OTHER)) {
            troubles.add(who + " has --isolation=" + isolation.get().strip() + ", with which Mesos does not start: leave " + OTHER
                    + " out, in whose place " + OURS + " stands");
        }
    }

    private List<String> lines(String file) throws IOException {
        Path path = etc.resolve(file);
        return Files.isRegularFile(path) ? Files.readAllLines(path) : List.of();
    }
}
