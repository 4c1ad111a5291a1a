package io.calicomesos.etcd;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Response;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.Errors;
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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * etcd, for the life of the agent. Every request has a deadline that gRPC itself enforces, so that a request which
 * was given up is never sent later. Nothing is retried here: only the caller knows what is safe to repeat.
 *
 * <p>Answers come on gRPC's threads: what takes long or belongs to a thread is to be handed over. The calling thread must have a
 * context class loader, which Vert.x asks for.
 */
public final class Etcd implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Etcd.class);

    /** In gRPC's message, over several lines. */
    private static final Pattern NO_CONNECTION = Pattern.compile("Last Pick Failure=.*?cause=([^\n]+)", Pattern.DOTALL);

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final EtcdAccess access;
    private final Duration requestTimeout;
    private final String endpoints;
    private final List<Consumer<Exchange>> exchanges = new CopyOnWriteArrayList<>();
    private final List<Runnable> backInTime = new CopyOnWriteArrayList<>();
    private volatile Client client;
    private volatile Progress progress = Progress.NONE;
    private volatile long heardNs; // When etcd last answered, or the client was made.
    private volatile boolean closed;

    /**
     * Makes the client; connects in the background.
     *
     * @param access where etcd is, and as whom it is spoken to
     * @param requestTimeout how long one request may take, connecting included
     * @throws IllegalArgumentException if a file that {@code access} names cannot be used
     */
    public Etcd(EtcdAccess access, Duration requestTimeout) {
        this.access = access;
        this.requestTimeout = requestTimeout;
        this.endpoints = access.endpoints().stream().map(URI::toString).collect(Collectors.joining(","));
        this.client = connect();
    }

    /**
     * To be told when etcd turns out to hold an earlier state than it once did, as after a backup was restored: what was read before
     * may never have been. Whatever is under way then fails, the watches too, after everybody was told.
     *
     * @param told called on any thread
     */
    public void onBackInTime(Runnable told) {
        backInTime.add(told);
    }

    /**
     * To be told of every request and its answer.
     *
     * @param told called on any thread
     */
    public void onExchange(Consumer<Exchange> told) {
        exchanges.add(told);
    }

    private Client connect() {
        heardNs = System.nanoTime();
        ClientBuilder builder = Client.builder();
        access.sslContext().ifPresent(builder::sslContext);
        access.username().ifPresent(name -> builder.user(bytes(name)).password(bytes(access.password())));
        return builder
                .endpoints(access.endpoints())
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
     * and later, up to every two minutes, and jetcd gives no way to tell it otherwise (etcd-io/jetcd #778, #1209). The files of the
     * certificates and of the password are read again: if they were replaced, that may be why.
     */
    private void connectAnew() {
        Optional<Client> old;
        synchronized (access) {
            if (System.nanoTime() - heardNs < requestTimeout.toNanos()) {
                return;
            }
            old = replaceClient();
        }
        old.ifPresent(Client::close); // What is under way on it fails, its watches too: whoever asked asks again.
    }

    /** Gives the client that is to be closed, outside of the lock: then whoever waits for it is told. None if there is no other. */
    private Optional<Client> replaceClient() {
        Client old = client;
        if (closed) {
            return Optional.empty();
        }
        try {
            client = connect();
            return Optional.of(old);
        } catch (IllegalArgumentException e) {
            LOG.error("connections to etcd are made as before: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Takes note of how far etcd is.
     *
     * @param before how far it was when the request was sent
     * @param header of its answer
     * @return what is wrong with the answer, if anything: then nothing may be concluded from it
     */
    private Optional<String> advance(Progress before, Response.Header header) {
        Progress now = before.to(header);
        synchronized (access) {
            if (before.restores() == progress.restores() && !now.isBehind(before)) {
                progress = progress.isBehind(now) ? now : progress;
                return Optional.empty();
            }
        }
        String what = "it was at " + before + ", and is now at " + now;
        goBack(before, now, what);
        return Optional.of("etcd has gone back: " + what);
    }

    /**
     * Tells that etcd holds an earlier state than it once did, which follows from what it holds, though it is further than ever.
     *
     * @param what shows that
     */
    public void goBack(String what) {
        Progress now = progress;
        goBack(now, now, what);
    }

    private void goBack(Progress before, Progress now, String what) {
        Optional<Client> old;
        synchronized (access) {
            if (before.restores() != progress.restores()) {
                return; // It is known.
            }
            progress = now.afterRestore();
            old = replaceClient();
        }
        backInTime.forEach(Runnable::run);
        LOG.error("etcd has gone back: {}, at {}. Was a backup restored? Everything is read anew; addresses that were given since that "
                + "backup may be given again: docs/etcd.md says what to do", what, endpoints);
        old.ifPresent(Client::close);
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
        return answered(Exchange.Request.TRANSACTION, "transaction", kv -> kv.txn()
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
        return answered(Exchange.Request.READ, "read of " + key.toString(StandardCharsets.UTF_8), kv -> kv.get(key, option));
    }

    /**
     * Asks one member, over a connection of its own, whether it is well.
     *
     * @param endpoint one of {@code access}'s
     * @return completed when it has answered; fails with {@link EtcdException} if it does not within the request timeout, whose
     *     message is just the reason
     */
    public CompletableFuture<Void> answers(URI endpoint) {
        return client.getMaintenanceClient().statusMember("ip:///" + endpoint.getAuthority()).handle((status, thrown) -> {
            if (thrown != null) {
                Throwable root = Throwables.getRootCause(thrown);
                throw new EtcdException(reason(root.getMessage()), true, root);
            }
            return null;
        });
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

    private <T extends Response> CompletableFuture<T> answered(
            Exchange.Request kind, String what, Function<KV, CompletableFuture<T>> request) {
        long began = System.nanoTime();
        Progress before = progress;
        CompletableFuture<T> answered = new CompletableFuture<>();
        withValidToken(request).whenComplete((answer, thrown) -> {
            try {
                if (thrown == null) {
                    heard(kind, what, began, before, answer, answered);
                } else {
                    unheard(kind, what, began, thrown, answered);
                }
            } catch (RuntimeException | Error e) { // No memory for what follows, perhaps: whoever waits must not wait for ever.
                answered.completeExceptionally(e);
            }
        });
        return answered;
    }

    private <T extends Response> void heard(
            Exchange.Request kind, String what, long began, Progress before, T answer, CompletableFuture<T> answered) {
        heardNs = System.nanoTime();
        Optional<String> wrong = advance(before, answer.getHeader());
        if (wrong.isPresent()) {
            tell(kind, began, Exchange.Result.UNKNOWN);
            answered.completeExceptionally(new EtcdException(
                    "the answer of etcd at " + endpoints + " to the " + what + " was not used: " + wrong.get(), true, null));
            return;
        }
        boolean lost = answer instanceof TxnResponse transaction && !transaction.isSucceeded();
        tell(kind, began, lost ? Exchange.Result.CONFLICT : Exchange.Result.DONE);
        answered.complete(answer);
    }

    private void unheard(Exchange.Request kind, String what, long began, Throwable thrown, CompletableFuture<?> answered) {
        EtcdException explained = explain(what, thrown);
        tell(kind, began, explained.outcomeUnknown() ? Exchange.Result.UNKNOWN : Exchange.Result.REFUSED);
        if (explained.outcomeUnknown()) {
            connectAnew();
        } else {
            heardNs = System.nanoTime();
        }
        answered.completeExceptionally(explained);
    }

    private void tell(Exchange.Request kind, long began, Exchange.Result result) {
        Exchange exchange = new Exchange(kind, System.nanoTime() - began, result);
        exchanges.forEach(each -> each.accept(exchange));
    }

    /** A request that etcd refused for its token, which was too old, was not carried out, and jetcd gets another one with the next. */
    private <T> CompletableFuture<T> withValidToken(Function<KV, CompletableFuture<T>> request) {
        KV kv;
        CompletableFuture<T> sent;
        try {
            kv = client.getKVClient();
            sent = request.apply(kv);
        } catch (RuntimeException | Error e) { // jetcd makes threads at the first, and there may be none to be had.
            return CompletableFuture.failedFuture(e);
        }
        return sent.handle((answer, thrown) -> {
            if (thrown == null) {
                return CompletableFuture.completedFuture(answer);
            }
            boolean oldToken = Throwables.getCausalChain(thrown).stream()
                    .anyMatch(each -> Errors.isInvalidTokenError(each) || Errors.isAuthStoreExpired(each));
            return oldToken ? request.apply(kv) : CompletableFuture.<T>failedFuture(thrown);
        }).thenCompose(Function.identity());
    }

    private EtcdException explain(String what, Throwable thrown) {
        Status status = Throwables.getCausalChain(thrown).stream()
                .map(each -> Status.fromThrowable(each))
                .filter(each -> each.getCode() != Status.Code.UNKNOWN)
                .findFirst().orElse(Status.UNKNOWN);
        // UNAUTHENTICATED is none of them: the member that should have checked the password may be away, or the file may be replaced.
        boolean refused = switch (status.getCode()) {
            case INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION -> true;
            default -> false;
        };
        Throwable root = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (status.getCode() == Status.Code.UNAUTHENTICATED) {
            root = Throwables.getRootCause(root); // Why there is no token.
        }
        return new EtcdException(
                "etcd at " + endpoints + (refused ? " refused the " : " did not answer the ") + what + ": " + reason(root.getMessage()),
                !refused, root);
    }

    /** In one line; of a request that waited for a connection, why there was none. */
    private static String reason(String text) {
        if (text == null) {
            return "no message";
        }
        Matcher connecting = NO_CONNECTION.matcher(text);
        return connecting.find() ? "no connection: " + connecting.group(1) : text.lines().findFirst().orElse("no message");
    }

    /** Closes the connections; requests under way fail. */
    @Override
    public void close() {
        synchronized (access) {
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

    /**
     * A value as jetcd wants it, of which it makes copies enough.
     *
     * @param value its bytes; they must not be changed any more
     * @return the same
     */
    public static ByteSequence bytes(byte[] value) {
        return ByteSequence.from(UnsafeByteOperations.unsafeWrap(value));
    }

    /**
     * How far etcd was, by the header of an answer. Answers overtake each other; but one is never behind what was known when its request
     * was sent, since all our requests are linearizable.
     *
     * @param restores how often it has gone back so far
     * @param cluster its id
     * @param term raft's, which grows with each election, and begins anew in a restored cluster
     * @param revision the store's
     */
    private record Progress(int restores, long cluster, long term, long revision) {
        static final Progress NONE = new Progress(0, 0, 0, 0);

        Progress to(Response.Header header) {
            return new Progress(restores, header.getClusterId(), header.getRaftTerm(), header.getRevision());
        }

        Progress afterRestore() {
            return new Progress(restores + 1, cluster, term, revision);
        }

        boolean isBehind(Progress other) {
            return revision < other.revision || term < other.term || other.revision > 0 && cluster != other.cluster;
        }

        @Override
        public String toString() {
            return "revision " + revision + " (raft term " + term + ", cluster " + Long.toHexString(cluster) + ")";
        }
    }

    /**
     * Gives every unary call a deadline; streams (watches) have none. Its answer is taken by the thread that reads it, and wakes no other:
     * nobody waits on that one.
     */
    private record Deadline(Duration timeout) implements ClientInterceptor {
        @Override
        public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            boolean unary = method.getType() == MethodDescriptor.MethodType.UNARY;
            return next.newCall(
                    method,
                    unary ? options.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS).withExecutor(MoreExecutors.directExecutor())
                            : options);
        }
    }
}
