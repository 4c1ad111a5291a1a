package io.calicomesos.container;

import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.MacAddress;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;

/**
 * Everything about one network of a container that follows from its id, its host and the network's place alone, so that it is the
 * same again after a restart.
 *
 * @param endpoint its endpoint's name; the last part is the container end of its veth
 * @param hostInterface the host end of its veth
 * @param mac the container end's address
 */
record Attachment(EndpointName endpoint, InterfaceName hostInterface, MacAddress mac) {

    /**
     * Of a container's network.
     *
     * @param node its host
     * @param container its id
     * @param place of the network among the container's, from 0
     */
    static Attachment of(NodeName node, ContainerPath container, int place) {
        EndpointName endpoint = EndpointName.of(node, WorkloadName.of(container.values()), "eth" + place);
        return new Attachment(endpoint, InterfaceName.of(endpoint), MacAddress.of(endpoint));
    }

    /**
     * Under which the addresses of all networks of a container are held: they are given in one transaction and given back in one.
     * (Calico's plug-in, which is called for one network at a time, has a handle for each.)
     */
    static HandleId handle(NodeName node, ContainerPath container) {
        return HandleId.of(node, WorkloadName.of(container.values()));
    }
}
