package io.calicomesos.module;

import io.calicomesos.container.ContainerPath;
import io.calicomesos.container.MesosMessage;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.mesos.Protos.ContainerID;

/** Reads Mesos's container ids. */
final class ContainerIds {
    private static final ContainerPath UNREADABLE = new ContainerPath(List.of("?"));

    private ContainerIds() {}

    /**
     * Reads one.
     *
     * @param containerId mesos.ContainerID
     * @return it with its parents
     * @throws IOException if it is none
     */
    static ContainerPath pathOf(byte[] containerId) throws IOException {
        Deque<String> values = new ArrayDeque<>();
        for (ContainerID id = MesosMessage.read("ContainerID", containerId, ContainerID::parseFrom); ; id = id.getParent()) {
            values.addFirst(id.getValue());
            if (!id.hasParent()) {
                return new ContainerPath(List.copyOf(values));
            }
        }
    }

    /** The same for whoever has something to say of it, even if it cannot be read. */
    static ContainerPath nameOf(byte[] containerId) {
        try {
            return pathOf(containerId);
        } catch (IOException e) {
            return UNREADABLE;
        }
    }
}
