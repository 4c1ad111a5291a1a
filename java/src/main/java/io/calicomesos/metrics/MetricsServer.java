package io.calicomesos.metrics;

import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers Prometheus over HTTP. */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);

    private final Metrics metrics;
    private final InetSocketAddress address;
    private HTTPServer server;
    private boolean closed;

    /**
     * Prepares.
     *
     * @param metrics what to answer with
     * @param address where to listen
     */
    public MetricsServer(Metrics metrics, InetSocketAddress address) {
        this.metrics = metrics;
        this.address = address;
    }

    /**
     * Starts. One that cannot is said, and is no reason to fail anything else.
     *
     * @param executor does it in the background
     */
    public void start(Executor executor) {
        executor.execute(this::listen);
    }

    private synchronized void listen() {
        if (closed) {
            return;
        }
        metrics.ofJava();
        try {
            server = HTTPServer.builder().inetAddress(address.getAddress()).port(address.getPort()).registry(metrics.registry()).buildAndStart();
        } catch (IOException e) {
            LOG.warn("there are no metrics at {} (parameter metrics_address): {}", address, e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (server != null) {
            server.close();
        }
    }
}
