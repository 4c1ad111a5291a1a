package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.EtcdProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An etcd that goes and comes back. */
class LedgerOutageTest {
    private final EtcdProcess process = EtcdProcess.notStarted();
    private final LedgerHost host = new LedgerHost(process.endpoint(), "host1", Duration.ofMillis(500), Duration.ofMillis(1_500));

    @AfterEach
    void stop() {
        host.close();
        process.close();
    }

    @Test
    void aLaunchWithoutEtcdFailsAndNamesIt() {
        EtcdException failure = host.refusal(EtcdException.class, host.launch("c"));
        assertThat(failure).hasMessageStartingWith("no network within 1500 ms, since etcd at " + process.endpoint() + " does not answer: ");
        process.start();
        LedgerHost.pool(process, "default", "198.18.0.0/24", 26);
        launchUntilItWorks("d");
        assertThat(new LedgerBooks(process).addressesByHandle).as("what was given up is not launched later")
                .containsOnlyKeys(host.handle("d").value());
    }

    @Test
    void aDepartureWithoutEtcdIsDoneWhenItIsBack() throws Exception {
        process.start();
        LedgerHost.pool(process, "default", "198.18.0.0/24", 26);
        launchUntilItWorks("by-value");
        launchUntilItWorks("by-name");
        Launched launched = outcome(host.launch("departs"));
        process.kill();
        CompletableFuture<Void> byValue = host.depart("departs", launched);
        CompletableFuture<Void> byName = host.departUnknown("by-name");
        assertThat(host.refusal(Exception.class, host.launch("too-early"))).hasMessageContaining(process.endpoint().toString());
        assertThat(byValue).isNotDone();
        assertThat(byName).isNotDone();
        process.start();
        outcome(byValue);
        outcome(byName);
        outcome(host.departUnknown("too-early"));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("by-value").value());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 20, 60})
    void aLaunchThatReportedSuccessIsInEtcdAndOneThatFailedLeavesNothing(int killedAfter) throws Exception {
        process.start();
        LedgerHost.pool(process, "default", "198.18.0.0/22", 26);
        launchUntilItWorks("first");
        Map<String, CompletableFuture<Launched>> launches = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            launches.put("c" + i, host.launch("c" + i));
            if (i == killedAfter) {
                Thread.sleep(killedAfter); // Any time is right: at some it hits a transaction in flight.
                process.kill();
            }
        }
        process.start();
        List<String> given = new ArrayList<>(List.of("first"));
        for (Map.Entry<String, CompletableFuture<Launched>> each : launches.entrySet()) {
            if (outcome(each.getValue().handle((launched, thrown) -> thrown == null))) {
                given.add(each.getKey());
            }
        }
        LedgerBooks books = new LedgerBooks(process);
        for (String each : given) {
            if (!each.equals("first")) {
                assertThat(books.of(host, each)).containsExactlyElementsOf(LedgerHost.texts(launches.get(each).get()));
                assertThat(process.get(host.endpointKey(each)).orElseThrow().createRevision())
                        .isEqualTo(launches.get(each).get().revision());
            }
        }
        for (String each : launches.keySet()) {
            if (!given.contains(each)) {
                outcome(host.departUnknown(each));
            }
        }
        assertThat(new LedgerBooks(process).addressesByHandle)
                .containsOnlyKeys(given.stream().map(each -> host.handle(each).value()).toList());
        launchUntilItWorks("last");
    }

    /** After an outage a launch may still fail for a while; then nothing of it may stay, whether its outcome is known or not. */
    private void launchUntilItWorks(String container) {
        EtcdProcess.eventually(container + " is launched", () -> {
            CompletableFuture<Launched> launch = host.launch(container);
            if (outcome(launch.handle((launched, thrown) -> thrown == null))) {
                return true;
            }
            Throwable thrown = host.refusal(Throwable.class, launch);
            assertThat(thrown).isInstanceOfAny(AddressException.class, EtcdException.class); // Its pool may be heard of later.
            outcome(host.departUnknown(container));
            return false;
        });
    }
}
