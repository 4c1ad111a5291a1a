package io.calicomesos.container;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.HandleId;
import io.calicomesos.ipam.Departure;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What was begun for a container and must come to an end, whatever dies: as it stands in the {@link Journal}.
 *
 * @param container its id
 * @param kind a launch may have been committed; a departure has to be
 * @param handle the IPAM handle that holds its addresses, or will
 * @param endpoints of a departure: the keys of its endpoints, and the revision at which each was created
 * @param addresses of a departure: what it held
 * @param known of a departure: whether endpoints and addresses are all of it; if not, etcd is asked
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Intent(
        ContainerPath container, Kind kind, String handle, Map<String, Long> endpoints, List<String> addresses, boolean known) {

    /** Which way. */
    enum Kind { LAUNCH, DEPARTURE }

    /** Copies, and refuses what could not be brought to an end. */
    Intent {
        Objects.requireNonNull(container, "container");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(handle, "handle");
        endpoints = Map.copyOf(endpoints);
        addresses = List.copyOf(addresses);
        departure(handle, endpoints, addresses, known);
    }

    static Intent ofLaunch(ContainerPath container, HandleId handle) {
        return new Intent(container, Kind.LAUNCH, handle.value(), Map.of(), List.of(), false);
    }

    static Intent of(ContainerPath container, Departure departure) {
        return new Intent(container, Kind.DEPARTURE, departure.handle().value(), departure.endpoints(),
                departure.addresses().stream().map(InetAddresses::toAddrString).toList(), departure.known());
    }

    /** How what it is about is given back. */
    Departure departure() {
        return departure(handle, endpoints, addresses, known);
    }

    private static Departure departure(String handle, Map<String, Long> endpoints, List<String> addresses, boolean known) {
        return new Departure(new HandleId(handle), endpoints, addresses.stream().map(InetAddresses::forString).toList(), known);
    }
}
