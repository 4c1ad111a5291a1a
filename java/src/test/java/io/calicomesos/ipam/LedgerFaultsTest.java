package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.EtcdProcess;
import io.calicomesos.etcd.EtcdProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An etcd in trouble of its own: full, slow, or cleaning up. */
class LedgerFaultsTest {
    private static final long QUOTA = 16 << 20;

    private final EtcdProcess process = EtcdProcess.notStarted("--quota-backend-bytes=" + QUOTA);
    private LedgerHost host;

    @AfterEach
    void stop() {
        host.close();
        process.close();
    }

    private void start(int pools) throws Exception {
        process.start();
        LedgerHost.pool(process, "default", "198.18.0.0/" + pools, 26);
        host = new LedgerHost(process, "host1");
        outcome(host.launch("first"));
    }

    @Test
    void aFullEtcdRefusesLaunchesAtOnceAndTakesDeparturesWhenThereIsSpaceAgain() throws Exception {
        start(24);
        Launched departing = outcome(host.launch("departs"));
        process.fill();
        EtcdException refused = host.refusal(EtcdException.class, host.launch("refused"));
        assertThat(refused).hasMessageContaining("refused the transaction").hasMessageContaining("database space exceeded");
        assertThat(refused.outcomeUnknown()).isFalse();
        CompletableFuture<Void> departure = host.depart("departs", departing);
        host.refusal(EtcdException.class, host.launch("refused-too"));
        assertThat(departure).isNotDone();
        process.makeSpace();
        outcome(departure);
        outcome(host.launch("last"));
        assertThat(new LedgerBooks(process).addressesByHandle)
                .containsOnlyKeys(host.handle("first").value(), host.handle("last").value());
    }

    @Test
    void compactionAndDefragmentationDuringLaunchesFailNone() throws Exception {
        start(22);
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            launches.add(host.launch("c" + i));
            if (i % 20 == 0) {
                outcome(launches.get(i)); // Since the last compaction, something was written.
                process.compact();
            }
            if (i % 50 == 0) {
                process.defragment();
            }
        }
        for (CompletableFuture<Launched> each : launches) {
            outcome(each);
        }
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(201);
    }

    /** Answers come later than the requests' time is over: nothing can be launched, and nothing stays of what was tried. */
    @Test
    void anEtcdSlowerThanARequestsTimeFailsLaunchesInTimeAndLosesNothing() throws Exception {
        start(24);
        try (EtcdProxy proxy = new EtcdProxy(process);
                LedgerHost slow = new LedgerHost(proxy.endpoint(), "host2", Duration.ofMillis(700), Duration.ofMillis(2_500))) {
            EtcdProcess.eventually("it works", () -> slow.launch("warm").handle((launched, thrown) -> thrown == null).get());
            proxy.delayAnswers(2_000);
            List<CompletableFuture<Launched>> launches = List.of(slow.launch("a"), slow.launch("b"), slow.launch("c"));
            for (CompletableFuture<Launched> each : launches) {
                assertThat(slow.refusal(Throwable.class, each)).isInstanceOf(EtcdException.class)
                        .hasMessageContaining(proxy.endpoint().toString());
            }
            proxy.delayAnswers(0);
            for (String each : List.of("a", "b", "c", "warm")) {
                outcome(slow.departUnknown(each));
            }
        }
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
    }

    @Test
    void anEtcdThatIsJustSlowServesAll() throws Exception {
        start(24);
        try (EtcdProxy proxy = new EtcdProxy(process);
                LedgerHost slow = new LedgerHost(proxy.endpoint(), "host2", Duration.ofSeconds(10), Duration.ofSeconds(60))) {
            proxy.delayAnswers(200);
            List<CompletableFuture<Launched>> launches = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                launches.add(slow.launch("c" + i));
            }
            for (CompletableFuture<Launched> each : launches) {
                outcome(each);
            }
        }
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(31);
    }
}
