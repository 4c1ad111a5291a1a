package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.etcd.EtcdProcess;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/**
 * Our allocator and libcalico-go's in turns at random, on hosts of their own and on one that they share, in pools that are soon
 * full: after each step both see the same addresses with the same holders, and what the one refuses the other would.
 *
 * <p>System property {@code turns.seed}.
 */
class LibcalicoTurnsTest {
    private static final int STEPS = 120;
    private static final int ADDRESSES = 32;

    private final Map<String, Set<String>> held = new TreeMap<>();
    private final Map<String, Launched> launched = new TreeMap<>();
    private final List<LedgerHost> ours = new ArrayList<>();
    private final List<Libcalico> theirs = new ArrayList<>();

    @Test
    void bothSeeAfterEachStepWhatTheOtherDid() throws Exception {
        Optional<Path> program = Libcalico.program("allocator");
        assumeTrue(program.isPresent(), "libcalico-go's allocator cannot be built here");
        long seed = Long.getLong("turns.seed", System.nanoTime());
        System.out.println("LibcalicoTurnsTest: -Dturns.seed=" + seed);
        Random random = new Random(seed);
        try (EtcdProcess process = EtcdProcess.started()) {
            LedgerHost.pool(process, "turns", "198.18.0.0/27", 29);
            for (String node : List.of("host1", "host2", "host3")) {
                process.put(Keys.NODES + node, LedgerHost.json(
                        Node.of(Metadata.created(node, null, UUID.randomUUID(), Instant.EPOCH), "198.19.0.1/24", null)));
            }
            ours.addAll(List.of(new LedgerHost(process, "host1"), new LedgerHost(process, "host2")));
            theirs.addAll(List.of(
                    new Libcalico(program.get(), process.endpoint(), "host1"), new Libcalico(program.get(), process.endpoint(), "host3")));
            for (int step = 0; step < STEPS; step++) {
                String what = "seed " + seed + ", step " + step + ": " + turn(random, step);
                assertThat(new LedgerBooks(process).addressesByHandle).as("ours see, %s", what).isEqualTo(held);
                assertThat(seenByLibcalico()).as("theirs see, %s", what).isEqualTo(held);
            }
        } finally {
            ours.forEach(LedgerHost::close);
            theirs.forEach(Libcalico::close);
        }
    }

    /** Somebody takes or gives back; what it did goes into the books. */
    private String turn(Random random, int step) throws Exception {
        int who = random.nextInt(4);
        int taken = held.values().stream().mapToInt(Set::size).sum();
        boolean takes = random.nextInt(ADDRESSES) >= taken / 2; // Often full.
        String handle = (who < 2 ? "mesos.host" + (who + 1) : "cni") + "." + who + "-" + step;
        if (takes) {
            Set<String> given = who < 2 ? launch(ours.get(who), handle) : assign(theirs.get(who - 2), handle);
            assertThat(given).as("%s, while %s are taken", handle, taken).hasSize(taken < ADDRESSES ? 1 : 0);
            if (!given.isEmpty()) {
                assertThat(held.values()).allSatisfy(each -> assertThat(each).doesNotContainAnyElementsOf(given));
                held.put(handle, given);
            }
            return handle + " gets " + given;
        }
        List<String> its = held.keySet().stream().filter(each -> each.contains("." + who + "-")).toList();
        if (its.isEmpty()) {
            return "nothing to give back";
        }
        String gone = its.get(random.nextInt(its.size()));
        if (who < 2) {
            LedgerHost.outcome(ours.get(who).depart(containerOf(gone), launched.remove(gone)));
        } else {
            assertThat(theirs.get(who - 2).ask("release", Libcalico.with().put("handle", gone)).path("error").asText()).isEmpty();
        }
        held.remove(gone);
        return gone + " goes";
    }

    private Set<String> launch(LedgerHost host, String handle) throws Exception {
        try {
            Launched outcome = LedgerHost.outcome(host.launch(containerOf(handle)));
            launched.put(handle, outcome);
            return new TreeSet<>(LedgerHost.texts(outcome));
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(AddressException.class);
            return Set.of();
        }
    }

    private static Set<String> assign(Libcalico libcalico, String handle) {
        JsonNode answer = libcalico.ask("assign", Libcalico.with().put("handle", handle).put("v4", 1));
        Set<String> given = new TreeSet<>();
        answer.path("addresses").forEach(each -> given.add(each.asText()));
        assertThat(given.isEmpty()).as(answer.toString()).isEqualTo(answer.path("kind").asText().equals("limit"));
        return given;
    }

    private Map<String, Set<String>> seenByLibcalico() {
        Map<String, Set<String>> seen = new TreeMap<>();
        Set<String> all = new HashSet<>();
        for (JsonNode block : theirs.get(0).ask("blocks", Libcalico.with()).path("blocks")) {
            for (JsonNode each : block.path("addresses")) {
                assertThat(all.add(each.path("address").asText())).isTrue();
                seen.computeIfAbsent(each.path("handle").asText(), handle -> new TreeSet<>()).add(each.path("address").asText());
            }
        }
        return seen;
    }

    private static String containerOf(String handle) {
        return handle.substring(handle.lastIndexOf('.') + 1);
    }
}
