package io.calicomesos.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private final LinkedBlockingQueue<Integer> expired = new LinkedBlockingQueue<>();
    private final Watchdog watchdog = new Watchdog(Duration.ofSeconds(2), Thread::new);

    @AfterEach
    void close() {
        watchdog.close();
    }

    @Test
    void onlyWhatIsNotOverExpiresOnceAndInItsOrder() throws InterruptedException {
        List<Watchdog.Watched> watched = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            watched.add(watchdog.watch(() -> expired.add(number)));
        }
        for (int i = 0; i < 100; i++) {
            if (i % 10 != 3) {
                watched.get(i).over();
            }
        }
        for (int i = 3; i < 100; i += 10) {
            assertThat(expired.poll(20, TimeUnit.SECONDS)).isEqualTo(i);
        }
        watched.forEach(Watchdog.Watched::over); // Again, and of those that have expired.
        watchdog.watch(() -> expired.add(1_000));
        assertThat(expired.poll(20, TimeUnit.SECONDS)).isEqualTo(1_000);
        assertThat(expired).isEmpty();
    }

    @Test
    void nothingExpiresBeforeItsTime() throws InterruptedException {
        long began = System.nanoTime();
        CountDownLatch due = new CountDownLatch(1);
        watchdog.watch(due::countDown);
        assertThat(due.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(2));
    }
}
