package io.calicomesos.module;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.container.ContainerPath;
import io.calicomesos.module.wire.ContainerLimitation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.mesos.Protos.ContainerID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Watches that cannot begin at once. */
class WatchesTest {
    private static final byte[] WEB = ContainerID.newBuilder().setValue("web").build().toByteArray();
    private static final int FAILURES = 3;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger attempts = new AtomicInteger();

    @AfterEach
    void stop() {
        timer.shutdownNow();
    }

    @Test
    void oneThatIsRejectedIsBegunAgain() throws Exception {
        CompletableFuture<byte[]> watch = watch(container -> lost(), work -> {
            if (attempts.incrementAndGet() <= FAILURES) {
                throw new RejectedExecutionException("too many");
            }
            work.run();
        });
        assertLimited(watch);
    }

    @Test
    void soIsOneThatThrows() throws Exception {
        assertLimited(watch(container -> {
            if (attempts.incrementAndGet() <= FAILURES) {
                throw new OutOfMemoryError("planted");
            }
            return lost();
        }, Runnable::run));
    }

    @Test
    void soIsOneThatFailsLater() throws Exception {
        assertLimited(watch(container -> attempts.incrementAndGet() <= FAILURES
                ? CompletableFuture.failedFuture(new IllegalStateException("planted")) : lost(), Runnable::run));
    }

    @Test
    void atAContainersEndThereIsNothingToTell() throws Exception {
        assertThat(watch(container -> CompletableFuture.completedFuture(Optional.empty()), Runnable::run).get(10, TimeUnit.SECONDS)).isNull();
    }

    private CompletableFuture<byte[]> watch(Function<ContainerPath, CompletableFuture<Optional<String>>> losses, Executor thread) {
        return new Watches(container -> {
            assertThat(container).isEqualTo(new ContainerPath(List.of("web")));
            return losses.apply(container);
        }, thread, timer, Duration.ofMillis(1)).begin(WEB);
    }

    private static CompletableFuture<Optional<String>> lost() {
        return CompletableFuture.completedFuture(Optional.of("its interface has gone"));
    }

    private void assertLimited(CompletableFuture<byte[]> watch) throws Exception {
        assertThat(ContainerLimitation.parseFrom(watch.get(10, TimeUnit.SECONDS)).getMessage()).isEqualTo("calico-mesos: its interface has gone");
        assertThat(attempts).hasValue(FAILURES + 1);
    }
}
