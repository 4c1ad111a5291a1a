package io.calicomesos.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Property
    void eachWaitIsAtMostTwiceAsLongAndAtLeastHalfOfThat(
            @ForAll @IntRange(min = 1, max = 1_000) int first, @ForAll @IntRange(min = 1, max = 100) int factor,
            @ForAll @IntRange(min = 1, max = 20) int failures) {
        Backoff backoff = new Backoff(first, (long) first * factor);
        assertThat(backoff.isReset()).isTrue();
        for (int i = 0; i < failures; i++) {
            long step = Math.min((long) first << i, (long) first * factor);
            assertThat(backoff.nextMs()).isBetween(step / 2, step);
            assertThat(backoff.isReset()).isEqualTo(factor == 1);
        }
        backoff.reset();
        assertThat(backoff.isReset()).isTrue();
        assertThat(backoff.nextMs()).isBetween(first / 2L, (long) first);
    }

    /** A thousand hosts that an etcd has failed at once: in no tenth of the time that they may wait, a third of them come back. */
    @Test
    void manyThatFailAtOnceDoNotComeBackAtOnce() {
        List<Backoff> hosts = Stream.generate(() -> new Backoff(100, 2_000)).limit(1_000).toList();
        for (int failures = 0; failures < 8; failures++) {
            long stepMs = Math.min(100L << failures, 2_000);
            List<Long> waits = hosts.stream().map(Backoff::nextMs).toList();
            for (int tenth = 0; tenth < 10; tenth++) {
                long from = stepMs * (10 + tenth) / 20;
                long to = stepMs * (11 + tenth) / 20;
                assertThat(waits.stream().filter(wait -> wait >= from && wait <= to).count()).isLessThan(333);
            }
        }
    }
}
