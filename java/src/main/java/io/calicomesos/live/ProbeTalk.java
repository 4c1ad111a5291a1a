package io.calicomesos.live;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The talk that follows the question for a probe: what was launched is answered as one line of JSON, and lives until who asked has no
 * more to say, however he ended, but not for ever; then it is removed, which is answered as a second line. On a thread of its own, one
 * probe at a time.
 */
final class ProbeTalk {
    private static final Logger LOG = LoggerFactory.getLogger(ProbeTalk.class);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Function<ProbeRequest, Probe> launcher;
    private final ScheduledExecutorService timer;
    private final ThreadFactory threads;
    private final long lifeMs;
    private final AtomicBoolean underWay = new AtomicBoolean();

    /**
     * Prepares.
     *
     * @param launcher launches what is asked for, all or in part; fails only if nothing is left
     * @param timer ends what takes too long
     * @param threads makes the thread of a talk
     * @param lifeMs how long what was launched lives at most
     */
    ProbeTalk(Function<ProbeRequest, Probe> launcher, ScheduledExecutorService timer, ThreadFactory threads, long lifeMs) {
        this.launcher = launcher;
        this.timer = timer;
        this.threads = threads;
        this.lifeMs = lifeMs;
    }

    /**
     * Begins one, unless one is under way.
     *
     * @param connection closed at the talk's end
     * @param request what is asked for
     * @return whether it has begun; if not, the connection is as it was
     */
    boolean begin(SocketChannel connection, ProbeRequest request) {
        if (!underWay.compareAndSet(false, true)) {
            return false;
        }
        Thread thread = threads.newThread(() -> {
            try (connection) {
                talk(connection, request);
            } catch (IOException e) {
                LOG.debug("who asked for a probe has gone: {}", e.toString());
            } finally {
                underWay.set(false);
            }
        });
        try {
            thread.start();
        } catch (Error e) { // There are too many.
            underWay.set(false);
            throw e;
        }
        return true;
    }

    private void talk(SocketChannel connection, ProbeRequest request) throws IOException {
        Probe probe;
        try {
            probe = launcher.apply(request);
        } catch (RuntimeException e) {
            say(connection, Map.of("error", e.toString()));
            return;
        }
        Probe.Removed removed;
        try {
            say(connection, probe.launched());
            awaitEnd(connection);
        } finally {
            removed = probe.removal().get();
        }
        say(connection, removed);
    }

    private void awaitEnd(SocketChannel connection) throws IOException {
        ScheduledFuture<?> end = timer.schedule(() -> {
            connection.close();
            return null;
        }, lifeMs, TimeUnit.MILLISECONDS);
        try {
            ByteBuffer ignored = ByteBuffer.allocate(1);
            while (connection.read(ignored.clear()) >= 0) {
                continue;
            }
        } finally {
            end.cancel(false);
        }
    }

    private static void say(SocketChannel connection, Object what) throws IOException {
        ByteBuffer left = ByteBuffer.wrap((JSON.writeValueAsString(what) + "\n").getBytes(StandardCharsets.UTF_8));
        while (left.hasRemaining()) {
            connection.write(left);
        }
    }
}
