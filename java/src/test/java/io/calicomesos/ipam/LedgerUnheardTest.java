package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.EtcdProcess;
import io.calicomesos.etcd.EtcdProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions that etcd commits while its answer is lost. */
class LedgerUnheardTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    private EtcdProxy proxy;
    private LedgerHost host;

    @AfterEach
    void stopLedger() {
        host.close();
        proxy.close();
    }

    @BeforeEach
    void startLedgerBehindProxy() throws Exception {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "default", "198.18.0.0/24", 26);
        proxy = new EtcdProxy(process);
        start(Duration.ofSeconds(60));
        outcome(host.launch("first"));
    }

    private void start(Duration launchTimeout) {
        host = new LedgerHost(proxy.endpoint(), "host1", Duration.ofMillis(500), launchTimeout);
    }

    @Test
    void aLaunchThatWasCommittedUnheardIsReportedAsItWasCommitted() throws Exception {
        proxy.loseAnswers();
        CompletableFuture<Launched> launch = host.launch("unheard");
        EtcdProcess.Value endpoint = committed("unheard");
        proxy.recover();
        Launched launched = outcome(launch);
        assertThat(launched.revision()).isEqualTo(endpoint.createRevision());
        assertThat(new LedgerBooks(process).of(host, "unheard")).containsExactlyElementsOf(LedgerHost.texts(launched)).hasSize(1);
        outcome(host.depart("unheard", launched));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
    }

    @Test
    void aLaunchFailsInItsTimeHoweverLongItsTransactionMayTakeAndWhatComesOfThatIsGivenBack() throws Exception {
        host.close();
        host = new LedgerHost(proxy.endpoint(), "host1", Duration.ofMinutes(5), Duration.ofMillis(700));
        EtcdProcess.eventually("it has read all", () -> {
            CompletableFuture<Launched> launch = host.launch("second");
            boolean launched = outcome(launch.handle((its, thrown) -> thrown == null));
            outcome(host.departUnknown("second"));
            return launched;
        });
        proxy.loseAnswers();
        CompletableFuture<Launched> launch = host.launch("unheard");
        committed("unheard");
        assertThat(host.refusal(EtcdException.class, launch)).hasMessageStartingWith("no network within 700 ms");
        CompletableFuture<Void> departed = host.departUnknown("unheard");
        proxy.recover();
        outcome(departed);
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
    }

    @Test
    void aLaunchThatFailedButWasCommittedIsGivenBack() throws Exception {
        restart(Duration.ofMillis(700));
        proxy.loseAnswers();
        CompletableFuture<Launched> launch = host.launch("unheard");
        committed("unheard");
        host.refusal(Exception.class, launch);
        proxy.recover();
        outcome(host.departUnknown("unheard"));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
        assertThat(process.get(host.endpointKey("unheard"))).isEmpty();
    }

    @Test
    void ofALaunchWithoutDocumentsNobodyKnowsWhichAttemptWasCommitted() throws Exception {
        proxy.loseAnswers();
        Launch launch = new Launch(
                new HandleId("held"), List.of(new Wishes(List.of(new Wish.Any(4)), List.of())), given -> List.of(), Duration.ofSeconds(60));
        CompletableFuture<Launched> launched = host.ledger.launch(launch);
        EtcdProcess.eventually("it is committed", () -> process.get(Keys.handle(launch.handle())).isPresent());
        proxy.recover();
        assertThat(host.refusal(TakenException.class, launched)).hasMessageContaining("exists already, under held");
        outcome(host.ledger.depart(Departure.ofUnknown(launch.handle())));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
    }

    @Test
    void aDepartureThatWasCommittedUnheardIsDoneOnce() throws Exception {
        Launched launched = outcome(host.launch("departs"));
        proxy.loseAnswers();
        CompletableFuture<Void> departure = host.depart("departs", launched);
        EtcdProcess.eventually("it is committed", () -> process.get(host.endpointKey("departs")).isEmpty());
        proxy.recover();
        outcome(departure);
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
    }

    @Test
    void manyLaunchesAndDeparturesUnheardEndAsTheyWere() throws Exception {
        Launched departing = outcome(host.launch("departing", 3));
        proxy.loseAnswers();
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        CompletableFuture<Void> departure = null;
        for (int i = 0; i < 50; i++) {
            launches.add(host.launch("c" + i));
            if (i == 20) {
                departure = host.depart("departing", departing);
            }
        }
        committed("c0");
        proxy.recover();
        outcome(departure);
        for (CompletableFuture<Launched> each : launches) {
            outcome(each);
        }
        Map<String, ?> handles = new LedgerBooks(process).handles;
        assertThat(handles).hasSize(51).doesNotContainKey(host.handle("departing").value());
        for (int i = 0; i < 50; i++) {
            assertThat(new LedgerBooks(process).of(host, "c" + i))
                    .containsExactlyElementsOf(LedgerHost.texts(launches.get(i).get()));
        }
    }

    private void restart(Duration launchTimeout) {
        host.close();
        start(launchTimeout);
        EtcdProcess.eventually("it works", () -> host.launch("warm").handle((launched, thrown) -> thrown == null).get());
        host.departUnknown("warm").join();
    }

    private EtcdProcess.Value committed(String container) {
        EtcdProcess.eventually(container + " is committed", () -> process.get(host.endpointKey(container)).isPresent());
        return process.get(host.endpointKey(container)).orElseThrow();
    }
}
