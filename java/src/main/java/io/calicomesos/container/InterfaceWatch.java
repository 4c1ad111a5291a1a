package io.calicomesos.container;

import io.calicomesos.linux.LinkMonitor;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.linux.Veth;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices when somebody else takes away an interface that a container lives by: the kernel tells. */
public final class InterfaceWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceWatch.class);

    private final LinkMonitor monitor;
    /** By the host end, the container that lives by it. */
    private final Map<String, ContainerPath> attached = new ConcurrentHashMap<>();
    private final Map<ContainerPath, CompletableFuture<Optional<String>>> losses = new ConcurrentHashMap<>();

    /**
     * Begins to listen.
     *
     * @param thread for this alone; it waits for the kernel until this is closed
     * @throws LinuxException if the kernel does not tell
     */
    public InterfaceWatch(Executor thread) throws LinuxException {
        this.monitor = new LinkMonitor();
        thread.execute(this::listen);
    }

    private void listen() {
        try {
            for (Optional<List<String>> gone = monitor.next(); gone.isPresent(); gone = monitor.next()) {
                List<String> names = gone.get();
                (names.isEmpty() ? attached.keySet() : names).forEach(this::look);
            }
        } catch (LinuxException | RuntimeException e) {
            LOG.error("interfaces that are taken away from containers go unnoticed before the agent starts again", e);
        }
    }

    /** What the kernel said may be of an earlier interface of that name. */
    private void look(String hostInterface) {
        ContainerPath container = attached.get(hostInterface);
        try {
            if (container != null && !Veth.exists(hostInterface) && attached.remove(hostInterface, container)) {
                LOG.error("container {}: its interface {} was taken away by somebody else", container, hostInterface);
                loss(container).complete(Optional.of("the interface " + hostInterface + " on the host, by which container " + container
                        + " has its network, was taken away by somebody else"));
            }
        } catch (LinuxException e) {
            LOG.error("container {}: whether its interface {} is there", container, hostInterface, e);
        }
    }

    private CompletableFuture<Optional<String>> loss(ContainerPath container) {
        return losses.computeIfAbsent(container, each -> new CompletableFuture<>());
    }

    /**
     * Has an eye on a container's interfaces.
     *
     * @param container its id
     * @param hostInterfaces their host ends, which were there a moment ago
     */
    void attached(ContainerPath container, List<String> hostInterfaces) {
        hostInterfaces.forEach(each -> attached.put(each, container));
        hostInterfaces.forEach(this::look);
    }

    /**
     * Has it no longer: they are about to be taken away by ourselves.
     *
     * @param container its id
     * @param hostInterfaces their host ends
     */
    void detaching(ContainerPath container, List<String> hostInterfaces) {
        hostInterfaces.forEach(each -> attached.remove(each, container));
        CompletableFuture<Optional<String>> loss = losses.remove(container);
        if (loss != null) {
            loss.complete(Optional.empty());
        }
    }

    /**
     * Waits for the loss of an interface.
     *
     * @param container whose
     * @return what was lost; nothing, when the container's own end comes first
     */
    CompletableFuture<Optional<String>> of(ContainerPath container) {
        return loss(container);
    }

    /** Ends the listening. */
    @Override
    public void close() {
        monitor.close();
    }
}
