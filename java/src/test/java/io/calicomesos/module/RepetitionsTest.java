package io.calicomesos.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is written of a log in which something fails again and again. */
class RepetitionsTest {
    private long nowMs;
    private final Repetitions repetitions = new Repetitions(() -> TimeUnit.MILLISECONDS.toNanos(nowMs));

    @Test
    void theSameLineIsWrittenOnceAMinuteWithHowOftenItWasKeptBack() {
        List<String> written = new ArrayList<>();
        for (nowMs = 0; nowMs <= 120_000; nowMs += 1_000) {
            written.addAll(say("no etcd"));
        }
        assertThat(written).containsExactly("no etcd", "no etcd (60 more since it was written last)", "no etcd (60 more since it was written last)");
    }

    @Test
    void whatWasKeptBackIsToldWithTheNextLine() {
        assertThat(say("no etcd")).containsExactly("no etcd");
        assertThat(say("no etcd")).isEmpty();
        assertThat(say("other")).containsExactly("other");
        nowMs = 60_000;
        assertThat(say("third")).containsExactly("no etcd (1 more since it was written last)", "third");
        nowMs = 120_000;
        assertThat(say("fourth")).as("each is told once").containsExactly("fourth");
    }

    @Test
    void aLineThatComesAgainAfterItsMinuteIsWrittenAsItIs() {
        assertThat(say("no etcd")).containsExactly("no etcd");
        nowMs = 60_000;
        assertThat(say("no etcd")).containsExactly("no etcd");
        nowMs = 60_001;
        assertThat(say("no etcd")).isEmpty();
    }

    @Test
    void thousandsOfDifferentLinesAreAllWrittenAndFewKept() {
        for (int i = 0; i < 10_000; i++) {
            assertThat(say("line " + i)).hasSize(1);
        }
        assertThat(say("line 9999")).isEmpty();
        assertThat(say("line 0")).as("forgotten since").hasSize(1);
    }

    @Test
    void whatComesAgainIsNotForgottenForManyThatCameOnce() {
        assertThat(say("no etcd")).hasSize(1);
        assertThat(say("no etcd")).isEmpty();
        for (int i = 0; i < 1_000; i++) {
            assertThat(say("line " + i)).hasSize(1);
        }
        assertThat(say("no etcd")).isEmpty();
    }

    @Test
    void whatIsForgottenIsToldFirst() {
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            written.addAll(say("line " + i));
            written.addAll(say("line " + i));
        }
        assertThat(written).hasSize(344).contains("line 0 (1 more since it was written last)").doesNotContain("line 44 (1 more since it was written last)");
    }

    @Test
    void anEventIsAlwaysWritten() {
        Repetitions.Line launched = new Repetitions.Line(0, "followed again");
        assertThat(repetitions.take(launched)).containsExactly(launched);
        assertThat(repetitions.take(launched)).containsExactly(launched);
    }

    private List<String> say(String text) {
        return repetitions.take(new Repetitions.Line(1, text)).stream().map(Repetitions.Line::text).toList();
    }
}
