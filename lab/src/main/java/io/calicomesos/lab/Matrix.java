package io.calicomesos.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Who reaches whom, by TCP, UDP and ICMP at each address: as texts such as {@code a to b: udp 198.18.0.3}. */
public final class Matrix {
    private static final String[] PROTOCOLS = {"tcp", "udp", "icmp"};

    private Matrix() {}

    /**
     * Who may, as the netgroups say.
     *
     * @param containers those on the host network too
     * @return all pairs and ways
     */
    public static Set<String> expected(List<Container> containers) {
        Set<String> expected = new TreeSet<>();
        for (Container from : containers) {
            for (Container to : containers) {
                for (String address : from == to ? List.<String>of() : to.addresses()) {
                    for (String protocol : PROTOCOLS) {
                        if (from.address(address.indexOf(':') < 0 ? 4 : 6).isPresent() && from.mayReach(to)) {
                            expected.add(way(from, to, protocol + " " + address));
                        }
                    }
                }
            }
        }
        return expected;
    }

    /**
     * Who does: each container tries all others, all at once.
     *
     * @param containers all
     * @param timeoutMs how long an answer may take
     * @return all pairs and ways of which an answer came, from the very container
     */
    public static Set<String> reached(List<Container> containers, int timeoutMs) {
        ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, containers.size()));
        try {
            List<CompletableFuture<Set<String>>> found = containers.stream().map(from ->
                    CompletableFuture.supplyAsync(() -> reachedFrom(from, containers, timeoutMs), executor)).toList();
            Set<String> reached = new TreeSet<>();
            found.forEach(each -> reached.addAll(each.join()));
            return reached;
        } finally {
            executor.shutdown();
        }
    }

    private static Set<String> reachedFrom(Container from, List<Container> containers, int timeoutMs) {
        List<String> line = new ArrayList<>(List.of(
                Build.prober().toString(), "probe", Integer.toString(Container.PORT), Integer.toString(timeoutMs)));
        containers.stream().filter(to -> to != from).forEach(to -> to.addresses().forEach(each -> line.add(to.id() + "@" + each)));
        Command.Ended ended = from.attempt(line.toArray(String[]::new));
        if (!ended.ok()) {
            throw new IllegalStateException("probing from " + from.id() + ": " + ended.out());
        }
        Set<String> reached = new TreeSet<>();
        for (String answer : ended.out().lines().toList()) {
            String address = answer.substring(answer.indexOf(' ') + 1);
            containers.stream().filter(to -> to.addresses().contains(address)).forEach(to -> reached.add(way(from, to, answer)));
        }
        return reached;
    }

    private static String way(Container from, Container to, String answer) {
        return from.id() + " to " + to.id() + ": " + answer;
    }
}
