package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Sixteen hosts in four processes over 256 addresses, launching and giving back at random, while a process is killed every few
 * seconds: at no revision of etcd does an address have two holders, and nothing is lost after the survivors' sweep.
 *
 * <p>System property {@code race.operations}: how many commits; {@code scripts/soak} asks for more.
 */
class LedgerRaceTest {
    private static final int OPERATIONS = Integer.getInteger("race.operations", 10_000);
    private static final int PROCESSES = 4;
    private static final int HOSTS_IN_EACH = 4;
    private static final int KILL_EVERY_MS = 3_000;

    private static final int CALICOS = 2;
    private static final int MOST_HELD_BY_CALICO = 20;

    private final AtomicLong committed = new AtomicLong();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final Set<String> heldByCalico = ConcurrentHashMap.newKeySet();
    private final AtomicLong byCalico = new AtomicLong();
    private final Random random = new Random();
    private volatile boolean over;

    @Test
    void noAddressIsEverGivenTwiceAndNoneIsLost() throws Exception {
        race(OPERATIONS, etcd -> List.of());
    }

    @Test
    void norBesideCalicosOwnAllocator() throws Exception {
        Optional<Path> program = Libcalico.program("allocator");
        assumeTrue(program.isPresent(), "libcalico-go's allocator cannot be built here");
        List<Libcalico> calicos = new ArrayList<>();
        try {
            race(OPERATIONS / 4, etcd -> {
                for (int i = 0; i < CALICOS; i++) {
                    // Under the names of hosts of ours, as Calico's plug-in beside our agent.
                    calicos.add(new Libcalico(program.get(), etcd.endpoint(), node(i, 0)));
                }
                calicos.get(0).ask("config", Libcalico.with());
                return calicos.stream().map(each -> (Runnable) () -> assignAndRelease(each)).toList();
            });
        } finally {
            calicos.forEach(Libcalico::close);
        }
    }

    /** Takes and gives back addresses at random until the race is over, then gives all back. */
    private void assignAndRelease(Libcalico calico) {
        Map<String, Set<String>> held = new LinkedHashMap<>();
        for (int i = 0; !over || !held.isEmpty(); i++) {
            if (!over && (held.isEmpty() || held.size() < random.nextInt(MOST_HELD_BY_CALICO))) {
                String handle = "cni." + System.identityHashCode(calico) + "." + i;
                Set<String> given = new HashSet<>();
                calico.ask("assign", Libcalico.with().put("handle", handle).put("v4", 1 + random.nextInt(2)))
                        .path("addresses").forEach(each -> given.add(each.asText()));
                if (!given.isEmpty()) {
                    held.put(handle, given);
                    byCalico.incrementAndGet();
                }
                for (String each : given) {
                    if (!heldByCalico.add(each)) {
                        complaints.add("TWICE by libcalico " + each);
                    }
                }
            } else if (!held.isEmpty()) {
                String handle = held.keySet().iterator().next();
                heldByCalico.removeAll(held.remove(handle));
                JsonNode answer = calico.ask("release", Libcalico.with().put("handle", handle));
                if (answer.has("error")) {
                    complaints.add("libcalico did not release " + handle + ": " + answer);
                }
            }
        }
    }

    private void race(int operations, Function<EtcdProcess, List<Runnable>> others) throws Exception {
        List<Process> workers = new ArrayList<>();
        try (EtcdProcess etcd = EtcdProcess.started(); RaceHistory history = new RaceHistory(etcd.endpoint())) {
            LedgerHost.pool(etcd, "race", "198.18.0.0/24", 28);
            for (int i = 0; i < PROCESSES; i++) {
                for (int host = 0; host < HOSTS_IN_EACH; host++) {
                    Metadata metadata = Metadata.created(node(i, host), null, UUID.randomUUID(), Instant.EPOCH);
                    etcd.put(Keys.NODES + node(i, host), LedgerHost.json(Node.of(metadata, "10.0.0.1/24", null)));
                }
                workers.add(worker(etcd, i));
            }
            int killed = 0;
            List<CompletableFuture<Void>> running = others.apply(etcd).stream().map(CompletableFuture::runAsync).toList();
            try {
                long nextKill = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(KILL_EVERY_MS);
                while (committed.get() < operations && complaints.isEmpty() && history.violations.isEmpty()) {
                    assertThat(workers).allMatch(Process::isAlive);
                    Thread.sleep(50);
                    if (System.nanoTime() > nextKill) {
                        int unlucky = random.nextInt(PROCESSES);
                        workers.get(unlucky).destroyForcibly().onExit().join();
                        workers.set(unlucky, worker(etcd, unlucky));
                        killed++;
                        nextKill = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(KILL_EVERY_MS);
                    }
                }
            } finally {
                over = true;
                workers.forEach(each -> each.destroyForcibly().onExit().join());
            }
            for (CompletableFuture<Void> each : running) {
                each.get(3, TimeUnit.MINUTES);
            }
            long grants = history.through(etcd.revision(), "/calico/end");
            etcd.delete("/calico/end");
            System.out.printf("%d commits, %d addresses given, %d times by libcalico, %d processes killed, %d revisions%n",
                    committed.get(), grants, byCalico.get(), killed, etcd.revision());
            assertThat(complaints).isEmpty();
            assertThat(history.violations).isEmpty();
            assertThat(committed.get()).isGreaterThanOrEqualTo(operations);

            sweep(etcd);
            // libcalico-go counts in a handle before it writes the block, and leaves the count behind when it loses the block.
            assertThat(audit(etcd).findings()).allMatch(
                    each -> each.kind() == Finding.Kind.HANDLE_AHEAD && each.key().startsWith(Keys.HANDLES + "cni."));
            assertThat(audit(etcd).addresses()).isZero();
            assertThat(etcd.under(Keys.HANDLES).keySet()).allMatch(each -> each.startsWith(Keys.HANDLES + "cni."));
            assertThat(etcd.under(Keys.ENDPOINTS)).isEmpty();
        } finally {
            workers.forEach(Process::destroyForcibly);
        }
    }

    private Process worker(EtcdProcess etcd, int number) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), RaceWorker.class.getName(),
                etcd.endpoint().toString(), "198.18.0.0", "256"));
        for (int i = 0; i < HOSTS_IN_EACH; i++) {
            line.add(node(number, i));
        }
        Process process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        Thread reader = new Thread(() -> read(process));
        reader.setDaemon(true);
        reader.start();
        return process;
    }

    private static String node(int process, int host) {
        return "host" + process + "-" + host;
    }

    private void read(Process process) {
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("COMMITTED ")) {
                    committed.addAndGet(Long.parseLong(line.substring("COMMITTED ".length())));
                } else {
                    complaints.add(line);
                }
            }
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Each host gives back what its killed life left. */
    private static void sweep(EtcdProcess etcd) throws Exception {
        for (int process = 0; process < PROCESSES; process++) {
            for (int i = 0; i < HOSTS_IN_EACH; i++) {
                try (LedgerHost host = new LedgerHost(etcd, node(process, i))) {
                    for (WorkloadName left : LedgerHost.outcome(host.ledger.workloads())) {
                        LedgerHost.outcome(host.departUnknown(left.value()));
                    }
                }
            }
        }
    }

    private static AuditReport audit(EtcdProcess process) throws Exception {
        try (Etcd etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(20))) {
            return LedgerHost.outcome(new AuditReader(etcd).read());
        }
    }
}
