package io.calicomesos.doctor;

import io.calicomesos.calico.FelixConfiguration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * With the enforcer felix: whether calico-node lives on this host. Felix says so in etcd every 30 s, unless its {@code reportingInterval}
 * is 0, under {@code /calico/felix/v2/<region>/host/<node>/status}, which etcd forgets after 90 s (Calico's status reports); without a
 * Felix no endpoint ever gets its rules.
 */
public final class FelixStatusCheck implements Check {
    /** What its keys begin with. */
    public static final String PREFIX = "/calico/felix/v2/";

    private static final Pattern NONE = Pattern.compile("\"?0(\\.0+)?(ns|us|ms|s|m|h)?\"?");

    private final String node;
    private final Set<String> keys;
    private final Map<String, FelixConfiguration> configurations;

    /**
     * Prepares.
     *
     * @param node {@code node_name}
     * @param keys all below {@link #PREFIX}
     * @param configurations Felix's settings, by their names
     */
    public FelixStatusCheck(String node, Set<String> keys, Map<String, FelixConfiguration> configurations) {
        this.node = node;
        this.keys = Set.copyOf(keys);
        this.configurations = Map.copyOf(configurations);
    }

    @Override
    public String name() {
        return "calico-node";
    }

    @Override
    public List<String> troubles() {
        if (!reports() || has("status")) {
            return List.of();
        }
        String gone = has("last_reported_status") ? "calico-node has said nothing of itself for 90 s as node " + node
                : "calico-node has never said that it runs as node " + node;
        return List.of("enforcer is felix, but " + gone + " (etcd has no " + PREFIX + "no-region/host/" + node + "/status): no container "
                + "gets its rules. Start calico-node on this host, under that name and with this etcd; or set enforcer to builtin");
    }

    private boolean has(String key) {
        return keys.stream().anyMatch(each -> each.startsWith(PREFIX) && each.endsWith("/host/" + node + "/" + key));
    }

    /** The node's own setting wins over the one for all. */
    private boolean reports() {
        return Stream.of("node." + node, "default").filter(configurations::containsKey)
                .map(each -> configurations.get(each).spec().other().get("reportingInterval")).filter(each -> each != null && !each.isNull())
                .findFirst().filter(each -> NONE.matcher(each.toString()).matches()).isEmpty();
    }
}
