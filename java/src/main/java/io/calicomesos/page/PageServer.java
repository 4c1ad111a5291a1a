package io.calicomesos.page;

import com.google.common.io.Resources;
import com.google.common.net.HostAndPort;
import com.google.common.net.HttpHeaders;
import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.calicomesos.config.EnforcerKind;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.live.ReportClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Serves the page over HTTP, for reading only. There is no password: it is for the loopback. A page of somebody else's that a browser
 * here shows gets nothing out of it: requests must name an address or {@code localhost} as their host, which a name that was bound
 * anew to the loopback is not.
 */
public final class PageServer implements AutoCloseable {
    private static final int MOST_THREADS = 64;
    private static final int MOST_LOOKERS = 32;
    private static final long ALIVE_MS = 10_000; // A looker that has gone is noticed by writing to it.
    private static final long REACH_SECONDS = 10;
    private static final String REQUEST_SECONDS = "10";
    private static final int LAST_PORT = 65_535;
    private static final int MISDIRECTED = 421;
    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, File> FILES = Map.of(
            "/", new File("page.html", "text/html; charset=utf-8"),
            "/page.css", new File("page.css", "text/css; charset=utf-8"),
            "/page.js", script("page.js"),
            "/hosts.js", script("hosts.js"),
            "/addresses.js", script("addresses.js"),
            "/recent.js", script("recent.js"),
            "/elements.js", script("elements.js"),
            "/icon.svg", new File("icon.svg", "image/svg+xml"));

    private final LivePage page;
    private final HttpServer server;
    private final AtomicInteger lookers = new AtomicInteger();
    private final ExecutorService threads = new ThreadPoolExecutor(
            0, MOST_THREADS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
            new ThreadFactoryBuilder().setNameFormat("calico-mesos-page-%d").setDaemon(true).build());

    /**
     * A file of the page.
     *
     * @param name beside this class
     * @param type for HTTP
     */
    private record File(String name, String type) {
        byte[] read() throws IOException {
            return Resources.toByteArray(Resources.getResource(PageServer.class, name));
        }
    }

    /**
     * Listens; {@link #start} begins to answer.
     *
     * @param address where
     * @param etcd what is shown
     * @param node this host's name in Calico
     * @param enforcer by whose rules it is said who reaches whom
     * @param module whose recent launches are shown, if it answers
     * @throws IOException if it cannot listen there
     */
    public PageServer(InetSocketAddress address, Etcd etcd, String node, EnforcerKind enforcer, ReportClient module) throws IOException {
        System.setProperty("sun.net.httpserver.maxReqTime", REQUEST_SECONDS); // Else whoever asks half a request holds a thread for ever.
        this.server = HttpServer.create(address, 0);
        this.page = new LivePage(etcd, node, enforcer, module);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    private static File script(String name) {
        return new File(name, "text/javascript; charset=utf-8");
    }

    /** Begins. */
    public void start() {
        page.start();
        server.start();
    }

    /**
     * Where it listens.
     *
     * @return with the port that was found, if any would do
     */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        page.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Headers headers = exchange.getResponseHeaders();
            headers.set(HttpHeaders.CONTENT_SECURITY_POLICY, POLICY);
            headers.set(HttpHeaders.X_CONTENT_TYPE_OPTIONS, "nosniff");
            headers.set(HttpHeaders.REFERRER_POLICY, "no-referrer");
            headers.set("Cross-Origin-Resource-Policy", "same-origin");
            headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
            String path = exchange.getRequestURI().getPath();
            if (!isNamedByAddress(exchange.getRequestHeaders().getFirst(HttpHeaders.HOST))) {
                refuse(exchange, MISDIRECTED, "ask by an IP address, or as localhost: a name may lead elsewhere");
            } else if (!exchange.getRequestMethod().equals("GET")) {
                refuse(exchange, NOT_ALLOWED, "only GET is known");
            } else if (FILES.containsKey(path)) {
                send(exchange, OK, FILES.get(path).type(), FILES.get(path).read());
            } else if (path.equals("/events")) {
                events(exchange);
            } else if (path.equals("/reach")) {
                reach(exchange);
            } else {
                refuse(exchange, NOT_FOUND, "there is no such page");
            }
        }
    }

    /** Whether it is no name that whoever owns it could bind to an address of this host. */
    private static boolean isNamedByAddress(String host) {
        try {
            String name = HostAndPort.fromString(String.valueOf(host)).getHost();
            return name.equals("localhost") || InetAddresses.isInetAddress(name);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Server-sent events: all that the page shows, now and after each change. */
    private void events(HttpExchange exchange) throws IOException {
        if (lookers.incrementAndGet() > MOST_LOOKERS) {
            lookers.decrementAndGet();
            refuse(exchange, UNAVAILABLE, MOST_LOOKERS + " look already");
            return;
        }
        page.looks();
        try {
            exchange.getResponseHeaders().set(HttpHeaders.CONTENT_TYPE, "text/event-stream");
            exchange.sendResponseHeaders(OK, 0);
            OutputStream out = exchange.getResponseBody();
            long version = 0;
            while (!page.isClosed()) {
                Optional<LivePage.Shown> shown = page.after(version, ALIVE_MS);
                if (shown.isPresent()) {
                    version = shown.get().version();
                    out.write(utf8("data: "));
                    out.write(shown.get().json());
                    out.write(utf8("\n\n"));
                } else {
                    out.write(utf8(": alive\n\n"));
                }
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            page.looksAway();
            lookers.decrementAndGet();
        }
    }

    private void reach(HttpExchange exchange) throws IOException {
        Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
        String port = query.getOrDefault("port", "80");
        if (!query.containsKey("id") || !port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > LAST_PORT) {
            refuse(exchange, BAD_REQUEST, "a container's id and a port from 1 to " + LAST_PORT + " are expected");
            return;
        }
        try {
            byte[] json = page.reach(query.get("id"), Integer.parseInt(port)).get(REACH_SECONDS, TimeUnit.SECONDS);
            send(exchange, OK, "application/json", json);
        } catch (ExecutionException | TimeoutException e) {
            refuse(exchange, UNAVAILABLE, "who reaches it could not be found out");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new HashMap<>();
        for (String each : String.valueOf(raw).split("&")) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                try {
                    query.put(each.substring(0, equals), URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    // Left out, and missed.
                }
            }
        }
        return query;
    }

    private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
        send(exchange, status, "text/plain; charset=utf-8", utf8("calico-mesos: " + why + "\n"));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set(HttpHeaders.CONTENT_TYPE, type);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
