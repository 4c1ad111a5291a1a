package io.calicomesos.cli;

import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.stream.Collectors;

/** An etcd that a command asks, and whoever waits for it is told so. */
final class EtcdConnection implements AutoCloseable {
    /** How long one request of a command may take. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Progress progress;
    private final Etcd etcd;

    /**
     * Opens.
     *
     * @param access where etcd is
     * @param err where is said that it takes long
     */
    EtcdConnection(EtcdAccess access, PrintWriter err) {
        etcd = new Etcd(access, TIMEOUT);
        progress = new Progress(err, "asking etcd at "
                + access.endpoints().stream().map(URI::toString).collect(Collectors.joining(", ")));
    }

    Etcd etcd() {
        return etcd;
    }

    @Override
    public void close() {
        progress.end();
        etcd.close();
    }
}
