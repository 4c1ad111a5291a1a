package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One TCP connection, a byte every 10 ms; were it lost, there would be no second. */
public final class TcpStream implements AutoCloseable {
    private static final long ENOUGH_BYTES = 20;

    private final Path received;
    private final Process server;
    private final Process client;

    /**
     * Opens the connection.
     *
     * @param from a process in whose network it begins
     * @param to a process in whose network it ends
     * @param address of the latter, IPv4
     * @param port free there
     */
    public TcpStream(long from, long to, String address, int port) {
        try {
            received = Files.createTempFile("received", ".txt");
            server = inNetworkOf(to, "socat", "-u", "TCP4-LISTEN:" + port, "OPEN:" + received + ",append");
            Eventually.holds("it listens", () -> Command.attempt(List.of(
                    "nsenter", "--net=/proc/" + to + "/ns/net", "ss", "-Hltn", "sport", "=", ":" + port)).out().contains(":" + port));
            client = inNetworkOf(from, "bash", "-c",
                    "exec 3<>/dev/tcp/" + address + "/" + port + "; while echo -n x >&3; do sleep 0.01; done");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Process inNetworkOf(long pid, String... line) throws IOException {
        return new ProcessBuilder(Command.join(List.of("nsenter", "--net=/proc/" + pid + "/ns/net"), line)).start();
    }

    /** Waits until more bytes have arrived. */
    public void flows() {
        long before = size();
        Eventually.holds("bytes arrive", () -> size() > before + ENOUGH_BYTES);
        if (!client.isAlive()) {
            throw new IllegalStateException("the connection has ended");
        }
    }

    private long size() {
        try {
            return Files.size(received);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.destroy();
        server.destroy();
        received.toFile().delete();
    }
}
