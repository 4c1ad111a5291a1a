package io.calicomesos.module;

import io.calicomesos.calico.OneLine;
import io.calicomesos.container.NodeNameException;
import io.calicomesos.container.RefusedException;
import io.calicomesos.container.TooManyException;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.ipam.AddressException;
import io.calicomesos.linux.LinuxException;
import io.calicomesos.metrics.Metrics;
import io.calicomesos.netgroup.NotEnforcedException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out Mesos's calls on a thread of ours, and keeps the promises that were given for them. */
final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    private static final byte[] UNTOLD =
            "calico-mesos: java.lang.OutOfMemoryError, with too little memory to say more: see the parameter java_heap".getBytes(StandardCharsets.UTF_8);

    private static final TimeoutException LATE = new TimeoutException();

    /** More at once are no load but a mistake, and their messages would fill the memory. */
    private static final int MOST_LAUNCHES = 1_000;

    private static final String LAUNCH = "prepare";

    /** What a call failed of, for the metrics; by anything else it is unexpected. */
    private static final Map<Class<?>, String> REASONS = Map.of(
            RefusedException.class, "refused", NodeNameException.class, "node_name", TooManyException.class, "too_many",
            AddressException.class, "address", EtcdException.class, "etcd", NotEnforcedException.class, "not_enforced",
            LinuxException.class, "kernel", TimeoutException.class, "timeout");

    private final AtomicInteger launches = new AtomicInteger();
    private final Executor thread;
    private final Watchdog watchdog;
    private final Metrics metrics;

    /**
     * Prepares.
     *
     * @param thread where calls begin, one after the other; may reject them when too many wait
     * @param watchdog says when one has taken too long
     * @param metrics counts and measures them
     */
    Calls(Executor thread, Watchdog watchdog, Metrics metrics) {
        this.thread = thread;
        this.watchdog = watchdog;
        this.metrics = metrics;
    }

    /**
     * Starts a call on a thread of ours, and completes its promise with what comes of it, once, whatever is thrown, and at last with
     * a failure: who waits for ever keeps a container from being destroyed.
     *
     * @param name the call's in Mesos
     * @param promise what to complete
     * @param call what to do
     * @param failed told why it has failed, if it has
     * @return what came of it
     */
    CompletableFuture<byte[]> answer(
            String name, long promise, Callable<CompletableFuture<byte[]>> call, Consumer<String> failed) {
        long began = System.nanoTime();
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        Watchdog.Watched watched = watchdog.watch(() -> failAtLast(result, promise, LATE));
        result.whenComplete((answer, thrown) -> {
            if (thrown == null) { // Before anything else, which may want memory that there is not.
                NativePromise.succeed(promise, answer);
            } else {
                fail(promise, thrown, failed);
            }
            watched.over();
            metrics.called(name, System.nanoTime() - began);
            if (thrown != null) {
                metrics.failed(name, REASONS.getOrDefault(causeOf(thrown).getClass(), "unexpected"));
            }
        });
        try {
            start(promise, call, result);
        } catch (Throwable e) { // C++ answers with it.
            watched.over();
            throw e;
        }
        return result;
    }

    /** The same, of a launch, which is refused at once, and holds nothing, if too many are under way. */
    void answerLaunch(long promise, Callable<CompletableFuture<byte[]>> call, Consumer<String> failed) {
        if (launches.incrementAndGet() > MOST_LAUNCHES) {
            launches.decrementAndGet();
            metrics.failed(LAUNCH, REASONS.get(TooManyException.class));
            fail(promise, new TooManyException("too many launches at once: " + MOST_LAUNCHES + " are under way on this host already"), failed);
            return;
        }
        try {
            answer(LAUNCH, promise, call, failed).whenComplete((answer, thrown) -> launches.decrementAndGet());
        } catch (Throwable e) {
            launches.decrementAndGet();
            throw e;
        }
    }

    private void start(long promise, Callable<CompletableFuture<byte[]>> call, CompletableFuture<byte[]> result) {
        try {
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
                    failAtLast(result, promise, e);
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new TooManyException("too many calls at once: those that came before have not begun yet"));
        }
    }

    /** Fails a call. Without any memory, not even its result can be completed: then its promise is, which takes none, as all here. */
    private static void failAtLast(CompletableFuture<byte[]> result, long promise, Throwable thrown) {
        try {
            result.completeExceptionally(thrown);
        } catch (Throwable e) {
            NativePromise.fail(promise, UNTOLD); // C++ leaves out a second answer: the watchdog's, when there is memory again.
        }
    }

    /** Tells what failed, whatever is lacking to tell it. */
    private void fail(long promise, Throwable thrown, Consumer<String> failed) {
        byte[] told = UNTOLD;
        try {
            String message = messageOf(thrown);
            told = OneLine.of("calico-mesos: " + message).getBytes(StandardCharsets.UTF_8);
            failed.accept(message); // Before the agent goes on: what follows is told later.
        } catch (Throwable e) {
            // Whoever waits is answered with what there is.
        }
        NativePromise.fail(promise, told);
    }

    /** What we refuse says all in its message; what we did not expect also says what it is. */
    private String messageOf(Throwable thrown) {
        if (thrown instanceof TimeoutException) {
            LOG.error("a call was not answered within {} ms; where the threads are: {}", watchdog.timeout().toMillis(), threads());
            return "no answer within " + watchdog.timeout().toMillis() + " ms (parameter call_timeout): " + Deadlock.find()
                    .map(each -> "there is a deadlock, which ends when the agent is started again: " + each)
                    .orElse("it waits for something that does not come, see the agent's log");
        }
        Throwable cause = causeOf(thrown);
        boolean expected = cause.getClass().getName().startsWith("io.calicomesos.") && cause.getMessage() != null;
        if (!expected) {
            LOG.error("unexpected", cause);
        }
        return expected ? cause.getMessage() : cause + hint(cause);
    }

    /** What an operator can do about it. */
    static String hint(Throwable thrown) {
        if (thrown instanceof LinkageError) {
            return ": a class is missing or does not fit the others; the jars in java_classpath must be all of one version, and the agent "
                    + "be started again after they are replaced";
        }
        return thrown instanceof OutOfMemoryError ? ": see the parameters java_heap and java_options" : "";
    }

    private static Throwable causeOf(Throwable thrown) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String threads() {
        return Thread.getAllStackTraces().entrySet().stream().filter(each -> each.getKey().getName().startsWith("calico-mesos-"))
                .map(each -> each.getKey().getName() + " at " + Stream.of(each.getValue()).limit(12).map(Object::toString)
                        .collect(Collectors.joining(" < ")))
                .sorted().collect(Collectors.joining("; "));
    }
}
