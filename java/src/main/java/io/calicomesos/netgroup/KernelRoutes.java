package io.calicomesos.netgroup;

import io.calicomesos.calico.Cidr;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Route;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's routes of our protocol, brought after {@link RemoteRoutes}. What the kernel refuses is reported, and tried again now and
 * then; what is taken away from it is put back: it drops by itself the routes by an interface that goes down.
 */
final class KernelRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(KernelRoutes.class);

    private final RemoteRoutes wanted;
    private final Map<Cidr, Route> installed = new HashMap<>();
    private final Map<Cidr, Route> refused = new HashMap<>();
    private boolean untold;

    KernelRoutes(RemoteRoutes wanted) {
        this.wanted = wanted;
    }

    /** Begins: what a former agent left and nobody needs is taken away. */
    void begin() {
        installed.putAll(present().orElse(Map.of()));
        program();
        for (Cidr destination : Set.copyOf(installed.keySet())) {
            if (wanted.routeTo(destination).isEmpty()) {
                uninstall(destination);
            }
        }
    }

    /** Makes and takes away what has changed. */
    void program() {
        for (Cidr destination : wanted.takeChanged()) {
            Optional<Route> route = wanted.routeTo(destination);
            if (route.isEmpty()) {
                uninstall(destination);
            } else if (!route.get().equals(installed.get(destination))) {
                install(destination, route.get());
            }
        }
    }

    /** Puts back what somebody else took away, or the kernel itself. Costs a look at all of the kernel's routes. */
    void repair() {
        present().ifPresent(present -> {
            Map<Cidr, Route> missing = new HashMap<>(refused);
            installed.forEach((destination, route) -> {
                if (!route.equals(present.get(destination))) {
                    LOG.warn("the route to {} was taken away: it is made again", destination);
                    missing.put(destination, route);
                }
            });
            missing.forEach(this::install);
        });
    }

    /** Those that are there; none if the kernel does not tell, or tells what libnl does not understand, as of a tunnel for each route. */
    private Optional<Map<Cidr, Route>> present() {
        try {
            Map<Cidr, Route> present = new HashMap<>();
            for (Route each : Route.list(Route.PROTOCOL)) {
                present.put(new Cidr(each.destination(), each.prefix()), withoutDevice(each));
            }
            untold = false;
            return Optional.of(present);
        } catch (LinuxException e) {
            if (!untold) { // Once.
                LOG.warn("routes that a former agent left stay, and those that are taken away are not made again: {}", e.getMessage());
            }
            untold = true;
            return Optional.empty();
        }
    }

    /** Takes all away. */
    void end() {
        Set.copyOf(installed.keySet()).forEach(this::uninstall);
    }

    private void install(Cidr destination, Route route) {
        try {
            route.replace();
            installed.put(destination, route);
            refused.remove(destination);
        } catch (LinuxException e) {
            installed.remove(destination);
            if (!route.equals(refused.put(destination, route))) { // Once.
                LOG.warn("no route to {}: {}. The hosts must share a subnet, or use calico-node", destination, e.getMessage());
            }
        }
    }

    private void uninstall(Cidr destination) {
        refused.remove(destination);
        Route route = installed.get(destination);
        if (route == null) {
            return;
        }
        try {
            route.delete();
            installed.remove(destination);
        } catch (LinuxException e) {
            LOG.warn("the route to {} stays: {}", destination, e.getMessage());
        }
    }

    /** A route that a former agent left, as it was when it was asked for: the device was the kernel's to find. */
    private static Route withoutDevice(Route left) {
        return left.gateway().map(gateway -> Route.via(left.destination(), left.prefix(), gateway)).orElse(left);
    }
}
