package io.calicomesos.netgroup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.InterfaceName;
import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Felix's word that an endpoint's rules are in the kernel: a file for each endpoint of this host whose interface is up, in
 * {@code endpoint-status} under Felix's {@code EndpointStatusPathPrefix}. It is made when the rules are in, in both families, and
 * deleted when the interface or the endpoint goes; its name is {@code <orchestrator> <namespace>%2F<workload> <endpoint>}.
 *
 * <p>While somebody waits, the executor looks every 10 ms for the files waited for, and else never.
 */
final class EndpointStatus {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointStatus.class);

    /** Felix's default. */
    static final Path USUAL_DIRECTORY = Path.of("/var/run/calico/endpoint-status");

    private static final int LOOK_EVERY_MS = 10;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern FILE = Pattern.compile("mesos [^ %]+%2F([^ %]+) ([^ %]+)");

    /** A launch that waits, until {@code System.nanoTime()} is {@code deadlineNs}. */
    private record Waiting(Member member, Path file, long deadlineNs, CompletableFuture<Void> up) {}

    private final Path directory;
    private final boolean required;
    private final Duration timeout;
    private final ScheduledExecutorService executor;
    private final Queue<Waiting> waiting = new ArrayDeque<>(); // The executor's thread's.

    /**
     * Looks for nothing yet.
     *
     * @param directory where the files are; empty: in the usual place, and as long as that does not exist nobody waits
     * @param timeout how long a launch waits
     * @param executor one thread
     */
    EndpointStatus(Optional<Path> directory, Duration timeout, ScheduledExecutorService executor) {
        this.directory = directory.orElse(USUAL_DIRECTORY);
        this.required = directory.isPresent();
        this.timeout = timeout;
        this.executor = executor;
    }

    /** Tells the operator if launches cannot wait. */
    void warnIfAbsent() {
        if (!Files.isDirectory(directory)) {
            LOG.warn("{} does not exist: {} until Felix makes it. It does where its endpointStatusPathPrefix is {} and that exists; if "
                    + "calico-node runs in a container, that directory must be the host's. felix_status_dir names another", directory,
                    required ? "launches fail" : "launches do not wait for their rules", directory.getParent());
        }
    }

    /**
     * Waits for a container's file.
     *
     * @param member its endpoint, whose interface is up
     * @return completed when the rules are in; fails with a {@link NotEnforcedException} after the timeout
     */
    CompletableFuture<Void> up(Member member) {
        CompletableFuture<Void> up = new CompletableFuture<>();
        executor.execute(() -> {
            if (!required && !Files.isDirectory(directory)) {
                up.complete(null);
                return;
            }
            waiting.add(new Waiting(member, directory.resolve(fileOf(member)), System.nanoTime() + timeout.toNanos(), up));
            if (waiting.size() == 1) {
                look();
            }
        });
        return up;
    }

    /** The file's name. Nothing in our names but the slash is escaped there. */
    static String fileOf(Member member) {
        Key.Endpoint key = (Key.Endpoint) Keys.parse(member.key()).orElseThrow();
        EndpointName name = EndpointName.parse(key.name()).orElseThrow();
        return name.orchestrator() + " " + key.namespace() + "%2F" + name.workload() + " " + name.endpoint();
    }

    private void look() {
        for (Iterator<Waiting> all = waiting.iterator(); all.hasNext(); ) {
            Waiting each = all.next();
            if (isUp(each)) {
                all.remove();
                each.up().complete(null);
            } else if (System.nanoTime() - each.deadlineNs() > 0) {
                all.remove();
                each.up().completeExceptionally(new NotEnforcedException("Felix has not said within " + timeout.toMillis()
                        + " ms that the rules of this container are in, by the file '" + each.file() + "': is calico-node running, "
                        + "and is its endpointStatusPathPrefix " + directory.getParent() + "?"));
            }
        }
        if (!waiting.isEmpty()) {
            executor.schedule(this::look, LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private static boolean isUp(Waiting launch) {
        try {
            String text = Files.readString(launch.file());
            // An older Felix writes nothing into it; half of what it writes is no JSON, and it is looked at again.
            return text.isEmpty() || isOf(launch.member(), JSON.readTree(text));
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException | IllegalArgumentException e) {
            LOG.debug("{}: {}", launch.file(), e.toString());
            return false;
        }
    }

    /** Whether a status is of this very endpoint, and not of an earlier container of its name, which Felix has yet to see gone. */
    private static boolean isOf(Member member, JsonNode status) {
        Set<String> addresses = new HashSet<>();
        for (String family : new String[] {"ipv4Nets", "ipv6Nets"}) {
            status.path(family).forEach(each ->
                    addresses.add(InetAddresses.toAddrString(InetAddresses.forString(each.asText().replaceFirst("/.*", "")))));
        }
        return status.path("ifaceName").asText().equals(member.interfaceName()) && addresses.equals(member.addresses());
    }

    /**
     * The interfaces of this host's Mesos containers whose rules are in.
     *
     * @param node this host
     * @return their names; none if Felix says nothing
     */
    Set<String> interfaces(NodeName node) {
        Set<String> interfaces = new HashSet<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path each : (Iterable<Path>) files::iterator) {
                Matcher file = FILE.matcher(each.getFileName().toString());
                if (file.matches()) {
                    interfaces.add(InterfaceName.of(
                            new EndpointName(node.value(), EndpointName.MESOS, file.group(1), file.group(2))).value());
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("{}: {}", directory, e.toString());
        }
        return interfaces;
    }
}
