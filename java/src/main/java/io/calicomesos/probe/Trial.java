package io.calicomesos.probe;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Something that was tried.
 *
 * @param what in words
 * @param expected what must come of it
 * @param found what came of it
 * @param because why, if it did not succeed; else null
 * @param milliseconds that it took
 */
public record Trial(String what, String expected, String found, String because, double milliseconds) {
    private static final String REACHED = "reached";
    private static final String DENIED = "denied";
    private static final int REACHED_MS = 3_000; // The kernel sends a lost first packet again after 1 s.
    private static final int DENIED_MS = 1_000;

    /** Whether it ended as it must. */
    public boolean asExpected() {
        return expected.equals(found);
    }

    /**
     * Tries whether one reaches another, at each of its addresses.
     *
     * @param from who connects
     * @param to to whom
     * @param allowed whether it must succeed
     * @return one for each address, in their order
     */
    public static List<CompletableFuture<Trial>> connections(Peer from, Peer to, boolean allowed) {
        List<CompletableFuture<Trial>> trials = new ArrayList<>();
        for (InetSocketAddress each : to.listening()) {
            trials.add(from.call(() -> connection(from, to, each, allowed)));
        }
        return trials;
    }

    private static Trial connection(Peer from, Peer to, InetSocketAddress address, boolean allowed) {
        int timeoutMs = allowed ? REACHED_MS : DENIED_MS;
        long beganNs = System.nanoTime();
        String because = connect(address, to.name(), timeoutMs);
        return new Trial(
                from.name() + " to " + to.name() + " (" + address.getAddress().getHostAddress() + ")", allowed ? REACHED : DENIED,
                because == null ? REACHED : DENIED, because,
                TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - beganNs) / 1_000.0);
    }

    /** Why it is not reached; null if it is. */
    private static String connect(InetSocketAddress address, String name, int timeoutMs) {
        try (Socket socket = new Socket()) {
            socket.connect(address, timeoutMs);
            socket.setSoTimeout(timeoutMs);
            String said = new String(socket.getInputStream().readNBytes(name.length() + 1), StandardCharsets.UTF_8);
            return said.equals(name) ? null : "somebody else answers there";
        } catch (SocketTimeoutException e) {
            return "no answer within " + timeoutMs + " ms";
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
