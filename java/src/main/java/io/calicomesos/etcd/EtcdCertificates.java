package io.calicomesos.etcd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The certificates between us and etcd, to be looked at: nothing is trusted by them here. */
public final class EtcdCertificates {
    private static final int TIMEOUT_MS = 2_000;

    private EtcdCertificates() {}

    /**
     * Those in a file.
     *
     * @param file PEM
     * @return all of them
     * @throws IllegalArgumentException if it holds none, with its name and what to do
     */
    public static List<X509Certificate> in(Path file) {
        return List.of(EtcdAccess.certificates(file, EtcdAccess.read(file)));
    }

    /**
     * Those that a member shows to whoever connects, valid or not.
     *
     * @param endpoint its client URL
     * @return its own first; none without TLS, or if it does not answer within some seconds
     */
    public static List<X509Certificate> shownBy(URI endpoint) {
        if (!"https".equals(endpoint.getScheme())) {
            return List.of();
        }
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), TIMEOUT_MS);
            plain.setSoTimeout(TIMEOUT_MS);
            SSLContext context = SSLContext.getInstance("TLS");
            Seen seen = new Seen();
            context.init(null, new TrustManager[] {seen}, null);
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, endpoint.getHost(), endpoint.getPort(), true)) {
                socket.startHandshake();
            } catch (IOException e) {
                // It wants a certificate of ours, say: its own were seen before.
            }
            return seen.chain;
        } catch (IOException | GeneralSecurityException e) {
            return List.of();
        }
    }

    /** Notes what is shown. */
    private static final class Seen implements X509TrustManager {
        private List<X509Certificate> chain = List.of();

        @Override
        public void checkClientTrusted(X509Certificate[] shown, String type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] shown, String type) {
            chain = List.of(shown);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
