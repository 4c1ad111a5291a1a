package io.calicomesos.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a client and its etcd. It can lose the answers: etcd does what it is asked, and the client never hears; and it can
 * hold them back for a time.
 */
public final class EtcdProxy implements AutoCloseable {
    private final ServerSocket server;
    private final URI etcd;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean losing;
    private volatile long delayMs;

    /** Starts it. */
    public EtcdProxy(EtcdProcess process) {
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.etcd = process.endpoint();
        inBackground(this::accept);
    }

    /** What the client is told instead of etcd's own. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** From now on no answer gets through. */
    public void loseAnswers() {
        losing = true;
    }

    /** From now on each answer comes so much later. */
    public void delayAnswers(long milliseconds) {
        delayMs = milliseconds;
    }

    /** Breaks all connections; new ones work. */
    public void recover() {
        losing = false;
        sockets.forEach(EtcdProxy::close);
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            Socket upstream = new Socket(etcd.getHost(), etcd.getPort());
            sockets.add(client);
            sockets.add(upstream);
            inBackground(() -> pump(client, upstream, false));
            inBackground(() -> pump(upstream, client, true));
        }
    }

    private void pump(Socket from, Socket to, boolean answers) throws IOException, InterruptedException {
        byte[] buffer = new byte[65_536];
        try (from; to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (answers && delayMs > 0) {
                    Thread.sleep(delayMs);
                }
                if (!answers || !losing) {
                    out.write(buffer, 0, count);
                    out.flush();
                }
            }
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void inBackground(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException | InterruptedException e) {
                // The connection, or the proxy, was closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        recover();
    }
}
