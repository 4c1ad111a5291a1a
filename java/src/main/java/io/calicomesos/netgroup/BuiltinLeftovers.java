package io.calicomesos.netgroup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.calicomesos.calico.NodeName;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Nftables;
import io.calicomesos.linux.Route;
import io.calicomesos.linux.Veth;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the builtin enforcer left on a host whose enforcer is Felix now. Its table protects the containers that were launched
 * behind it, so it stays until Felix says that its own rules for all of them are in; then it goes, and with it the routes.
 * Meanwhile both hold, and new containers, which the old table does not know, are cut off.
 */
final class BuiltinLeftovers {
    private static final Logger LOG = LoggerFactory.getLogger(BuiltinLeftovers.class);

    private static final int LOOK_EVERY_MS = 200;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final NodeName node;
    private final EndpointStatus status;
    private final ScheduledExecutorService executor;
    private boolean warned;

    BuiltinLeftovers(NodeName node, EndpointStatus status, ScheduledExecutorService executor) {
        this.node = node;
        this.status = status;
        this.executor = executor;
    }

    /** Looks for them, and takes them away as soon as that is safe. */
    void remove() {
        executor.execute(this::look);
    }

    private void look() {
        try {
            Set<String> unprotected = behindTheTable();
            unprotected.removeAll(status.interfaces(node));
            if (unprotected.isEmpty()) {
                takeAway();
                return;
            }
            if (!warned) {
                warned = true;
                LOG.warn("the builtin enforcer's table {} stays until Felix says that its rules are in for {}: is calico-node running? "
                        + "Containers launched meanwhile are cut off. By hand: nft delete table {}", Ruleset.TABLE, unprotected,
                        Ruleset.TABLE);
            }
            executor.schedule(this::look, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        } catch (LinuxException | JsonProcessingException e) {
            LOG.error("what the builtin enforcer left stays: by hand, nft delete table {}, and ip route flush proto {}",
                    Ruleset.TABLE, Route.PROTOCOL, e);
        }
    }

    /** The interfaces that there are of those for which the table has a chain; none if there is no table. */
    private static Set<String> behindTheTable() throws LinuxException, JsonProcessingException {
        Set<String> interfaces = new TreeSet<>();
        for (JsonNode each : JSON.readTree(Nftables.list("list chains inet")).path("nftables")) {
            JsonNode chain = each.path("chain");
            String name = chain.path("name").asText();
            if (("inet " + chain.path("table").asText()).equals(Ruleset.TABLE) && name.startsWith(Ruleset.CHAIN_PREFIX + "cali")) {
                interfaces.add(name.substring(Ruleset.CHAIN_PREFIX.length()));
            }
        }
        for (String each : Set.copyOf(interfaces)) {
            if (!Veth.exists(each)) {
                interfaces.remove(each);
            }
        }
        return interfaces;
    }

    private static void takeAway() throws LinuxException {
        for (String table : Nftables.tables()) {
            if (table.equals(Ruleset.TABLE) || table.equals(OutgoingNat.TABLE)) {
                Nftables.run("delete table " + table);
                LOG.info("the builtin enforcer's table {} is taken away: Felix enforces", table);
            }
        }
        for (Route each : Route.list(Route.PROTOCOL)) {
            each.delete();
            LOG.info("the builtin enforcer's route to {}/{} is taken away", each.destination().getHostAddress(), each.prefix());
        }
    }
}
