package io.calicomesos.container;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Whose the roots of trees are, whatever their networks: Mesos says of a nested container what its root may do. */
final class Owners {
    private final Map<ContainerPath, Owner> roots = new ConcurrentHashMap<>();

    /** Remembers whose a container is, if it is the root of a tree. */
    void remember(ContainerPath container, Owner owner) {
        if (container.parent().isEmpty()) {
            roots.put(container, owner);
        }
    }

    void forget(ContainerPath container) {
        roots.remove(container);
    }

    /**
     * Whose a container is, its root considered.
     *
     * @param container its id
     * @param itself what Mesos says of it alone
     */
    Owner of(ContainerPath container, Owner itself) {
        Owner root = roots.get(container.root());
        return root == null ? itself : itself.under(root);
    }
}
