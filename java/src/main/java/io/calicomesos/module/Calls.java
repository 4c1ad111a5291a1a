package io.calicomesos.module;

import io.calicomesos.container.RefusedException;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.ipam.AddressException;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.metrics.Metrics;
import io.calicomesos.netgroup.NotEnforcedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out Mesos's calls on a thread of ours, and keeps the promises that were given for them. */
final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private final Executor thread;
    private final Duration timeout;
    private final Metrics metrics;

    /**
     * Prepares.
     *
     * @param thread where calls begin, one after the other
     * @param timeout how long one may take
     * @param metrics counts and measures them
     */
    Calls(Executor thread, Duration timeout, Metrics metrics) {
        this.thread = thread;
        this.timeout = timeout;
        this.metrics = metrics;
    }

    /**
     * Starts a call on a thread of ours, and completes its promise with what comes of it, once, whatever is thrown, and at last with
     * a failure: who waits for ever keeps a container from being destroyed.
     *
     * @param name the call's in Mesos
     * @param promise what to complete
     * @param call what to do
     */
    void answer(String name, long promise, Callable<CompletableFuture<byte[]>> call) {
        long began = System.nanoTime();
        CompletableFuture<byte[]> result = start(promise, call);
        result.orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).whenComplete((answer, thrown) -> {
            metrics.called(name, System.nanoTime() - began);
            if (thrown != null) {
                metrics.failed(name, reasonOf(causeOf(thrown)));
            }
        });
    }

    /** The same, of what may take as long as a container lives. */
    CompletableFuture<byte[]> start(long promise, Callable<CompletableFuture<byte[]>> call) {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        result.whenComplete((answer, thrown) -> {
            if (thrown == null) {
                NativePromise.succeed(promise, answer);
            } else {
                NativePromise.fail(promise, messageOf(thrown).getBytes(StandardCharsets.UTF_8));
            }
        });
        thread.execute(() -> {
            try {
                call.call().whenComplete((answer, thrown) -> {
                    if (thrown == null) {
                        result.complete(answer);
                    } else {
                        result.completeExceptionally(thrown);
                    }
                });
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /** What we refuse says all in its message; what we did not expect also says what it is. */
    private String messageOf(Throwable thrown) {
        if (thrown instanceof TimeoutException) {
            LOG.error("a call was not answered within {} ms; where the threads are: {}", timeout.toMillis(), threads());
            return "calico-mesos: no answer within " + timeout.toMillis() + " ms (parameter call_timeout): it waits for something "
                    + "that does not come, see the agent's log";
        }
        Throwable cause = causeOf(thrown);
        boolean expected = cause.getClass().getName().startsWith("io.calicomesos.") && cause.getMessage() != null;
        if (!expected) {
            LOG.error("unexpected", cause);
        }
        return "calico-mesos: " + (expected ? cause.getMessage() : cause.toString());
    }

    private static Throwable causeOf(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** For the metrics. */
    private static String reasonOf(Throwable cause) {
        if (cause instanceof RefusedException) {
            return "refused";
        }
        if (cause instanceof AddressException) {
            return "address";
        }
        if (cause instanceof EtcdException) {
            return "etcd";
        }
        if (cause instanceof NotEnforcedException) {
            return "not_enforced";
        }
        if (cause instanceof LinuxException) {
            return "kernel";
        }
        return cause instanceof TimeoutException ? "timeout" : "unexpected";
    }

    private static String threads() {
        return Thread.getAllStackTraces().entrySet().stream().filter(each -> each.getKey().getName().startsWith("calico-mesos-"))
                .map(each -> each.getKey().getName() + " at " + Stream.of(each.getValue()).limit(12).map(Object::toString)
                        .collect(Collectors.joining(" < ")))
                .sorted().collect(Collectors.joining("; "));
    }
}
