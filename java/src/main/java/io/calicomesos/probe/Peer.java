package io.calicomesos.probe;

import io.calicomesos.linux.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** One that connects and is connected to: by TCP, at a port that the kernel chose, it says its name to whoever comes. */
public final class Peer implements AutoCloseable {
    private static final int ANY_PORT = 0;
    private static final int DISCARD_PORT = 9;
    private static final int BACKLOG = 50;

    private final String name;
    private final Optional<Path> namespace;
    private final List<InetAddress> addresses;
    private final List<ServerSocket> servers;

    private Peer(String name, Optional<Path> namespace, List<InetAddress> addresses, List<ServerSocket> servers) {
        this.name = name;
        this.namespace = namespace;
        this.addresses = addresses;
        this.servers = servers;
        servers.forEach(each -> daemon(() -> serve(each)));
    }

    /**
     * A container.
     *
     * @param name what it says
     * @param sandbox its process
     * @param addresses that it has there
     * @throws IOException if it cannot listen
     */
    public static Peer container(String name, Sandbox sandbox, List<InetAddress> addresses) throws IOException {
        Path namespace = sandbox.networkNamespace();
        return new Peer(name, Optional.of(namespace), addresses, NetworkNamespace.call(namespace, () -> listen(addresses)).join());
    }

    /**
     * This host, at those of its addresses by which it sends to others.
     *
     * @param name what it says
     * @param others to whom
     * @throws IOException if it cannot listen
     */
    public static Peer host(String name, List<InetAddress> others) throws IOException {
        List<InetAddress> addresses = others.stream().map(Peer::addressTo).distinct().toList();
        return new Peer(name, Optional.empty(), addresses, listen(addresses));
    }

    private static InetAddress addressTo(InetAddress other) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(other, DISCARD_PORT)); // Nothing is sent: the kernel just chooses.
            return socket.getLocalAddress();
        } catch (IOException e) {
            throw new UncheckedIOException("this host has no way to " + other.getHostAddress() + ": " + e.getMessage(), e);
        }
    }

    private static List<ServerSocket> listen(List<InetAddress> addresses) throws IOException {
        List<ServerSocket> servers = new ArrayList<>();
        for (InetAddress each : addresses) {
            servers.add(new ServerSocket(ANY_PORT, BACKLOG, each));
        }
        return servers;
    }

    private void serve(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                connection.getOutputStream().write(name.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                continue; // It was closed, or who came has gone.
            }
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "calico-mesos-peer");
        thread.setDaemon(true);
        thread.start();
    }

    String name() {
        return name;
    }

    /** Where it listens. */
    List<InetSocketAddress> listening() {
        return servers.stream().map(each -> new InetSocketAddress(each.getInetAddress(), each.getLocalPort())).toList();
    }

    /** Does something with sockets of its own. */
    <T> CompletableFuture<T> call(Callable<T> work) {
        if (namespace.isPresent()) {
            return NetworkNamespace.call(namespace.get(), work);
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        daemon(() -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /** Ends its servers. */
    @Override
    public void close() throws IOException {
        for (ServerSocket each : servers) {
            each.close();
        }
    }
}
