package io.calicomesos.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A launch, and when it was sent and answered.
 *
 * @param id of the container
 * @param sentNs {@link System#nanoTime} when it was sent
 * @param answeredNs the same when its answer came
 * @param answer what was answered
 */
record TimedLaunch(String id, long sentNs, CompletableFuture<Long> answeredNs, CompletableFuture<JsonNode> answer) {
    static TimedLaunch send(TestAgent agent, String id, ObjectNode line) {
        long sentNs = System.nanoTime();
        CompletableFuture<JsonNode> answer = agent.send(line).orTimeout(60, TimeUnit.SECONDS);
        return new TimedLaunch(id, sentNs, answer.thenApply(each -> System.nanoTime()), answer);
    }

    boolean succeeded() {
        return answer.join().path("ok").asBoolean();
    }

    String error() {
        return answer.join().path("error").asText();
    }

    long tookMs() {
        return TimeUnit.NANOSECONDS.toMillis(answeredNs.join() - sentNs);
    }

    /** How long the slowest of them took. */
    static long slowestMs(List<TimedLaunch> launches) {
        return launches.stream().mapToLong(TimedLaunch::tookMs).max().orElseThrow();
    }

    /** How long after a moment the first of them was answered. */
    static long firstAnswerMs(List<TimedLaunch> launches, long afterNs) {
        return TimeUnit.NANOSECONDS.toMillis(launches.stream().mapToLong(each -> each.answeredNs().join()).min().orElseThrow() - afterNs);
    }
}
