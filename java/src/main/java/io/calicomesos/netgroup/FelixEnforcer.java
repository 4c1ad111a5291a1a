package io.calicomesos.netgroup;

import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.Etcd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;

/**
 * calico-node's Felix on this host programs rules and routes from the endpoints in etcd: here a launch just waits until it says
 * that it has. Felix says so once the interface is up, and drops what comes and goes by an interface that it does not know yet.
 */
public final class FelixEnforcer implements Enforcer {
    /** Where Felix says that an endpoint's rules are in, if it is not told otherwise. */
    public static final Path USUAL_STATUS_DIRECTORY = EndpointStatus.USUAL_DIRECTORY;

    private final EndpointStatus status;
    private final BuiltinLeftovers leftovers;
    private final EndpointToHostAction hostAction;

    private FelixEnforcer(EndpointStatus status, BuiltinLeftovers leftovers, EndpointToHostAction hostAction) {
        this.status = status;
        this.leftovers = leftovers;
        this.hostAction = hostAction;
    }

    /**
     * Prepares; {@link #start} begins.
     *
     * @param etcd where Felix's settings are
     * @param node this host's name
     * @param statusDirectory where Felix says that an endpoint's rules are in; empty: in its usual place, if it exists
     * @param timeout how long a launch waits for that
     * @param executor one thread of its own
     * @return the enforcer
     */
    public static FelixEnforcer of(
            Etcd etcd, NodeName node, Optional<Path> statusDirectory, Duration timeout, ScheduledExecutorService executor) {
        EndpointStatus status = new EndpointStatus(statusDirectory, timeout, executor);
        return new FelixEnforcer(
                status, new BuiltinLeftovers(node, status, executor), new EndpointToHostAction(etcd, node, executor));
    }

    /**
     * What is wrong with what Felix does with containers' traffic to their host, as far as etcd says.
     *
     * @param configurations Felix's settings, by the names of the FelixConfigurations
     * @param node this host's name
     * @return what cuts executors off from their agent, and the command that changes it; empty if nothing does
     */
    public static Optional<String> hostActionComplaint(Map<String, FelixConfiguration> configurations, String node) {
        Map<String, Optional<String>> actions = new HashMap<>();
        configurations.forEach((name, each) -> actions.put(name, EndpointToHostAction.of(each)));
        return EndpointToHostAction.complaint(actions, "node." + node);
    }

    @Override
    public void start() {
        status.warnIfAbsent();
        leftovers.remove();
        hostAction.start();
    }

    @Override
    public CompletableFuture<Void> admit(Member member) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> attached(Member member) {
        return status.up(member);
    }

    @Override
    public CompletableFuture<Void> dismiss(Member member) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> disconnect(Member member) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Optional<Progress>> progress() {
        return CompletableFuture.completedFuture(Optional.empty());
    }

    @Override
    public void close() {
        hostAction.close();
    }
}
