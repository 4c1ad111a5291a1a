package io.calicomesos.container;

import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.MacAddress;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.WorkloadName;

/**
 * Everything about a container's network that follows from its id and its host alone, so that it is the same again after a
 * restart.
 *
 * @param workload its name in Calico
 * @param endpoint its endpoint's name
 * @param handle under which its addresses are held
 * @param hostInterface the host end of its veth
 * @param mac the container end's address
 */
record Attachment(WorkloadName workload, EndpointName endpoint, HandleId handle, InterfaceName hostInterface, MacAddress mac) {

    /** The container's own end. */
    static final String CONTAINER_INTERFACE = "eth0";

    static Attachment of(NodeName node, ContainerPath container) {
        WorkloadName workload = WorkloadName.of(container.values());
        EndpointName endpoint = EndpointName.of(node, workload, CONTAINER_INTERFACE);
        return new Attachment(
                workload, endpoint, HandleId.of(node, workload), InterfaceName.of(endpoint), MacAddress.of(endpoint));
    }
}
