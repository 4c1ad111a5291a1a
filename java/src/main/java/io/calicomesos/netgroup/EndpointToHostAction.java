package io.calicomesos.netgroup;

import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.Mirror;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Felix does with what containers send to their own host, {@code defaultEndpointToHostAction}, followed in etcd: that of
 * this node's FelixConfiguration, else of {@code default}, else Drop, which cuts executors off from their agent. Felix's own
 * environment and configuration file win over both and cannot be seen from here, so this only ever warns.
 */
final class EndpointToHostAction implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointToHostAction.class);

    private static final String DEFAULT = "default";

    private final String ofNode;
    private final Mirror mirror;
    private final Map<String, Optional<String>> actions = new HashMap<>(); // By resource; the executor's thread's.
    private String told;

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd what is followed
     * @param node this host's name
     * @param executor one thread
     */
    EndpointToHostAction(Etcd etcd, NodeName node, ScheduledExecutorService executor) {
        this.ofNode = "node." + node.value();
        this.mirror = new Mirror(etcd, Keys.FELIX_CONFIGURATIONS, new Follower(), executor, executor);
    }

    /** Starts, in the background. */
    void start() {
        mirror.start();
    }

    @Override
    public void close() {
        mirror.close();
    }

    /** What a resource says; empty if nothing. */
    static Optional<String> of(FelixConfiguration configuration) {
        return Optional.ofNullable(configuration.spec().defaultEndpointToHostAction()).filter(each -> !each.isEmpty());
    }

    /**
     * What is wrong with the settings, as an operator is told.
     *
     * @param actions the settings by the names of the FelixConfigurations that there are; empty where one does not say
     * @param ofNode the name of the node's own
     * @return empty if executors reach their agent
     */
    static Optional<String> complaint(Map<String, Optional<String>> actions, String ofNode) {
        Optional<String> own = actions.getOrDefault(ofNode, Optional.empty());
        Optional<String> action = own.or(() -> actions.getOrDefault(DEFAULT, Optional.empty()));
        if (action.isPresent() && !action.get().toLowerCase(Locale.ROOT).equals("drop")) {
            return Optional.empty();
        }
        String resource = own.isPresent() ? ofNode : DEFAULT;
        String spec = "\"spec\":{\"defaultEndpointToHostAction\":\"Accept\"}}'";
        return Optional.of("executors in containers cannot reach their agent: defaultEndpointToHostAction "
                + (action.isPresent() ? "is " + action.get() + " in FelixConfiguration " + resource
                        : "is set neither in FelixConfiguration " + ofNode + " nor in " + DEFAULT + ", which means Drop")
                + ", unless Felix's environment or file says otherwise. To change it: "
                + (actions.containsKey(resource) ? "calicoctl patch felixconfiguration " + resource + " --patch '{" + spec
                        : "echo '{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"FelixConfiguration\",\"metadata\":{\"name\":\""
                                + resource + "\"}," + spec + " | calicoctl create -f -"));
    }

    private void changed() {
        String now = complaint(actions, ofNode).orElse("");
        if (now.equals(told)) {
            return;
        }
        if (!now.isEmpty()) {
            LOG.warn(now);
        } else if (told != null) {
            LOG.info("defaultEndpointToHostAction lets executors reach their agent now");
        }
        told = now;
    }

    private final class Follower implements Mirror.Follower {
        @Override
        public void snapshot(List<Mirror.Entry> entries) {
            actions.clear();
            entries.forEach(this::read);
            changed();
        }

        @Override
        public void put(Mirror.Entry entry) {
            read(entry);
            changed();
        }

        @Override
        public void deleted(String key) {
            actions.remove(nameOf(key));
            changed();
        }

        private void read(Mirror.Entry entry) {
            try {
                actions.put(nameOf(entry.key()), of(Json.read(FelixConfiguration.class, entry.key(), entry.value())));
            } catch (MalformedValueException | IllegalArgumentException e) {
                LOG.warn("ignored: {}", e.getMessage()); // What it said before still holds.
            }
        }

        private static String nameOf(String key) {
            return key.substring(Keys.FELIX_CONFIGURATIONS.length());
        }
    }
}
