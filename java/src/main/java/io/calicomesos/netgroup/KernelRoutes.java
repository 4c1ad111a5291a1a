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

/** The kernel's routes of our protocol, brought after {@link RemoteRoutes}. What the kernel refuses is reported, and left. */
final class KernelRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(KernelRoutes.class);

    private final RemoteRoutes wanted;
    private final Map<Cidr, Route> installed = new HashMap<>();

    KernelRoutes(RemoteRoutes wanted) {
        this.wanted = wanted;
    }

    /**
     * Begins: what a former agent left and nobody needs is taken away.
     *
     * @throws LinuxException if the kernel does not tell what is there
     */
    void begin() throws LinuxException {
        for (Route left : Route.list(Route.PROTOCOL)) {
            installed.put(new Cidr(left.destination(), left.prefix()), withoutDevice(left));
        }
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

    /** Takes all away. */
    void end() {
        Set.copyOf(installed.keySet()).forEach(this::uninstall);
    }

    private void install(Cidr destination, Route route) {
        try {
            route.replace();
            installed.put(destination, route);
        } catch (LinuxException e) {
            LOG.warn("no route to {}: {}. The hosts must share a subnet, or use calico-node", destination, e.getMessage());
        }
    }

    private void uninstall(Cidr destination) {
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
