package io.calicomesos.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EtcdTest {
    private final EtcdProcess process = EtcdProcess.notStarted();
    private final Etcd etcd = new Etcd(
            EtcdAccess.open(List.of(process.endpoint(), URI.create("http://127.0.0.1:1"))), Duration.ofMillis(500));

    @AfterEach
    void stop() {
        etcd.close();
        process.close();
    }

    @Test
    void anEtcdThatDoesNotAnswerIsNamedWithWhatWasAttempted() {
        EtcdException failure = failure(etcd.get(Etcd.bytes("/calico/x"), GetOption.DEFAULT));
        assertThat(failure).hasMessageStartingWith("etcd at " + etcd.endpoints() + " did not answer the read of /calico/x: ");
        assertThat(failure.getMessage()).contains(process.endpoint() + ",http://127.0.0.1:1").doesNotContain("\n");
        assertThat(failure(etcd.commit(List.of(), List.of(put("/calico/a")), List.of())))
                .hasMessageStartingWith("etcd at " + etcd.endpoints() + " did not answer the transaction: ")
                .extracting(EtcdException::outcomeUnknown).isEqualTo(true);
    }

    @Test
    void aTransactionThatWasGivenUpIsNeverSentLater() throws Exception {
        failure(etcd.commit(List.of(), List.of(put("/calico/given-up")), List.of()));
        process.start();
        EtcdProcess.eventually("it answers again", () -> !etcd.commit(List.of(), List.of(put("/calico/later")), List.of())
                .handle((committed, thrown) -> thrown != null).get());
        assertThat(process.under("/calico/")).containsOnlyKeys("/calico/later");
    }

    /** gRPC by itself would have tried eight times in that minute, and every two minutes in the end. */
    @Test
    void itIsTriedAgainAndAgainHoweverLongItIsAway() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        try (ServerSocket nobody = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Etcd away = new Etcd(EtcdAccess.open(List.of(URI.create("http://127.0.0.1:" + nobody.getLocalPort()))), Duration.ofMillis(200))) {
            Thread accepting = new Thread(() -> {
                try {
                    while (true) {
                        nobody.accept().close();
                        attempts.incrementAndGet();
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            });
            accepting.start();
            EtcdProcess.eventually("it was tried 20 times", () -> {
                failure(away.get(Etcd.bytes("/calico/x"), GetOption.DEFAULT));
                return attempts.get() >= 20;
            });
        }
    }

    @Test
    void aTransactionThatEtcdRefusesWasNotCarriedOut() {
        process.start();
        List<Op> tooMany = IntStream.range(0, 200).mapToObj(i -> put("/calico/k" + i)).toList();
        EtcdProcess.eventually("it is refused", () -> {
            EtcdException failure = failure(etcd.commit(List.of(), tooMany, List.of()));
            return !failure.outcomeUnknown() && failure.getMessage().contains("too many operations");
        });
        assertThat(process.under("/calico/")).isEmpty();
    }

    private static Op put(String key) {
        return Op.put(Etcd.bytes(key), Etcd.bytes("v"), PutOption.DEFAULT);
    }

    private static EtcdException failure(CompletableFuture<?> future) {
        Throwable thrown = catchThrowableOfType(ExecutionException.class, () -> future.get(60, TimeUnit.SECONDS)).getCause();
        assertThat(thrown).isInstanceOf(EtcdException.class);
        return (EtcdException) thrown;
    }
}
