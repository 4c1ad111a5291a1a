package io.calicomesos.etcd;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.MoreExecutors;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.WatchOption;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * etcd, for the life of the agent. Every request has a deadline that gRPC itself enforces, so that a request which
 * was given up is never sent later. Nothing is retried here: only the caller knows what is safe to repeat.
 *
 * <p>Answers come on gRPC's threads: what takes long or belongs to a thread is to be handed over. The calling thread must have a
 * context class loader, which Vert.x asks for.
 */
public final class Etcd implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final List<URI> members;
    private final Duration requestTimeout;
    private final String endpoints;
    private volatile Client client;
    private volatile long heardNs; // When etcd last answered, or the client was made.
    private volatile boolean closed;

    /**
     * Makes the client; connects in the background.
     *
     * @param endpoints the members' client URLs, {@code http://host:port}
     * @param requestTimeout how long one request may take, connecting included
     */
    public Etcd(List<URI> endpoints, Duration requestTimeout) {
        this.members = List.copyOf(endpoints);
        this.requestTimeout = requestTimeout;
        this.endpoints = endpoints.stream().map(URI::toString).collect(Collectors.joining(","));
        this.client = connect();
    }

    private Client connect() {
        heardNs = System.nanoTime();
        return Client.builder()
                .endpoints(members)
                .connectTimeout(CONNECT_TIMEOUT)
                .keepaliveTime(Duration.ofSeconds(10))
                .keepaliveTimeout(Duration.ofSeconds(5))
                .keepaliveWithoutCalls(true)
                .waitForReady(true)
                .retryMaxAttempts(0)
                .maxInboundMessageSize(64 << 20)
                .executorService(MoreExecutors.newDirectExecutorService())
                .interceptor(new Deadline(requestTimeout))
                .build();
    }

    /**
     * After a request that was not answered: if nothing else was either for so long, connects anew. gRPC by itself tries later
     * and later, up to every two minutes, and jetcd gives no way to tell it otherwise (etcd-io/jetcd #778, #1209).
     */
    private void connectAnew() {
        Client old;
        synchronized (members) {
            if (closed || System.nanoTime() - heardNs < requestTimeout.toNanos()) {
                return;
            }
            old = client;
            client = connect();
        }
        old.close(); // What is under way on it fails, its watches too: whoever asked asks again.
    }

    /**
     * Commits a transaction.
     *
     * @param comparisons all must hold for {@code then} to be carried out
     * @param then what is done if they hold
     * @param otherwise what is done if not, usually reads of what was compared
     * @return the answer; fails with {@link EtcdException}
     */
    public CompletableFuture<TxnResponse> commit(List<Cmp> comparisons, List<Op> then, List<Op> otherwise) {
        return explained("transaction", client.getKVClient().txn()
                .If(comparisons.toArray(Cmp[]::new))
                .Then(then.toArray(Op[]::new))
                .Else(otherwise.toArray(Op[]::new))
                .commit());
    }

    /**
     * Reads a key or a range.
     *
     * @param key the key, or the first of the range
     * @param option the range, limit and revision
     * @return the answer; fails with {@link EtcdException}
     */
    public CompletableFuture<GetResponse> get(ByteSequence key, GetOption option) {
        return explained("read of " + key.toString(StandardCharsets.UTF_8), client.getKVClient().get(key, option));
    }

    Watch.Watcher watch(ByteSequence key, WatchOption option, Watch.Listener listener) {
        return client.getWatchClient().watch(key, option, listener);
    }

    /**
     * The endpoints, for messages.
     *
     * @return comma-separated URLs
     */
    public String endpoints() {
        return endpoints;
    }

    private <T> CompletableFuture<T> explained(String what, CompletableFuture<T> future) {
        return future.handle((value, thrown) -> {
            if (thrown == null) {
                heardNs = System.nanoTime();
                return CompletableFuture.completedFuture(value);
            }
            EtcdException explained = explain(what, thrown);
            if (explained.outcomeUnknown()) {
                connectAnew();
            } else {
                heardNs = System.nanoTime();
            }
            return CompletableFuture.<T>failedFuture(explained);
        }).thenCompose(Function.identity());
    }

    private EtcdException explain(String what, Throwable thrown) {
        Throwable root = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        Status status = Throwables.getCausalChain(thrown).stream()
                .map(each -> Status.fromThrowable(each))
                .filter(each -> each.getCode() != Status.Code.UNKNOWN)
                .findFirst().orElse(Status.UNKNOWN);
        boolean refused = switch (status.getCode()) {
            case INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION -> true;
            default -> false;
        };
        return new EtcdException(
                "etcd at " + endpoints + " did not answer the " + what + ": " + firstLine(root.getMessage()), !refused, root);
    }

    private static String firstLine(String text) {
        return text == null ? "no message" : text.lines().findFirst().orElse("no message");
    }

    /** Closes the connections; requests under way fail. */
    @Override
    public void close() {
        synchronized (members) {
            closed = true;
            client.close();
        }
    }

    /**
     * A key or value as jetcd wants it.
     *
     * @param text UTF-8 text
     * @return its bytes
     */
    public static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    /** Gives every unary call a deadline; streams (watches) have none. */
    private record Deadline(Duration timeout) implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            boolean unary = method.getType() == MethodDescriptor.MethodType.UNARY;
            return next.newCall(
                    method,
                    unary ? options.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS) : options);
        }
    }
}
