package io.calicomesos.netgroup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every endpoint of the cluster, by what it is and by its addresses. An address is one endpoint's, but for a while two may have
 * it, when the one that has gone is heard of last.
 */
final class Endpoints {
    private final Map<EndpointId, Endpoint> byId = new HashMap<>();
    private final Map<Address, Object> byAddress = new HashMap<>(); // An Endpoint; a List of them where there are several.

    Endpoint get(EndpointId id) {
        return byId.get(id);
    }

    Collection<Endpoint> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    Set<EndpointId> ids() {
        return new HashSet<>(byId.keySet());
    }

    /** Adds one that is not there. */
    void add(Endpoint endpoint) {
        byId.put(endpoint.id(), endpoint);
        for (Address address : endpoint.addresses()) {
            List<Endpoint> holders = new ArrayList<>(holders(address));
            holders.add(endpoint);
            keep(address, holders);
        }
    }

    /** Takes one away, as it was added. */
    void remove(Endpoint endpoint) {
        byId.remove(endpoint.id());
        for (Address address : endpoint.addresses()) {
            List<Endpoint> holders = new ArrayList<>(holders(address));
            holders.remove(endpoint);
            keep(address, holders);
        }
    }

    /** Those that have an address. */
    @SuppressWarnings("unchecked")
    List<Endpoint> holders(Address address) {
        Object held = byAddress.get(address);
        if (held == null) {
            return List.of();
        }
        return held instanceof Endpoint endpoint ? List.of(endpoint) : (List<Endpoint>) held;
    }

    private void keep(Address address, List<Endpoint> holders) {
        switch (holders.size()) {
            case 0 -> byAddress.remove(address);
            case 1 -> byAddress.put(address, holders.get(0));
            default -> byAddress.put(address, List.copyOf(holders));
        }
    }
}
