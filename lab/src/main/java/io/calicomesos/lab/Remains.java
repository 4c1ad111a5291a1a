package io.calicomesos.lab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
            List<String> links = host.run("ip", "-o", "link").lines().filter(line -> line.contains(" cali")).toList();
            clean.put("no container interface on " + host.name(), links.isEmpty());
            List<String> routes = host.run("ip", "route").lines().filter(line -> line.startsWith("198.18.")).toList();
            clean.put("no route to a container on " + host.name(), routes.isEmpty());
            String rules = host.run("nft", "list", "ruleset");
            clean.put("no rule and no set of a container on " + host.name(),
                    !rules.contains("to-cali") && !rules.contains("group-") && !rules.contains("elements"));
        }
        return clean;
    }
}
