package io.calicomesos.lab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What containers leave on a host, looked at with ip and nft. */
public final class Remains {
    private Remains() {}

    /**
     * Looks.
     *
     * @param hosts where
     * @return by what is looked for, whether it is clean
     */
    public static Map<String, Boolean> of(Host... hosts) {
        Map<String, Boolean> clean = new LinkedHashMap<>();
        for (Host host : hosts) {
            clean.put("no container interface on " + host.name(), Eventually.does(() -> !hasContainerInterface(host))); // Nobody waits for it.
            List<String> routes = Stream.of("-4", "-6").flatMap(family -> host.run("ip", family, "route").lines())
                    .filter(line -> line.startsWith("198.18.") || line.startsWith("fd00:198:18:")).toList();
            clean.put("no route to a container on " + host.name(), routes.isEmpty());
            String rules = host.run("nft", "list", "ruleset");
            clean.put("no rule and no set of a container on " + host.name(),
                    !rules.contains("to-cali") && !rules.contains("group-") && !rules.contains("elements"));
        }
        return clean;
    }

    private static boolean hasContainerInterface(Host host) {
        return host.run("ip", "-o", "link").lines().anyMatch(line -> line.contains(" cali") || line.contains(" bwcali"));
    }
}
