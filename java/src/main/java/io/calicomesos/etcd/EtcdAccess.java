package io.calicomesos.etcd;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where etcd is, and as whom it is spoken to. Holds the names of files and no secret: the files are read whenever a client is made,
 * so that what is replaced on disk is used without a restart.
 *
 * @param endpoints client URLs of the members: all {@code http://host:port}, or all {@code https://host:port}
 * @param caCertFile PEM, the certificates that sign those of the members; none: the authorities that Java knows
 * @param certFile PEM, the client's certificate, followed by those between it and the authority; none if etcd wants none
 * @param keyFile PEM, its private key in PKCS #8, readable by its owner alone; there if the certificate is
 * @param username etcd's user; none if etcd knows no users, or knows them by their certificates
 * @param passwordFile the user's password on a line, readable by its owner alone; there if the user is
 */
public record EtcdAccess(
        List<URI> endpoints, Optional<Path> caCertFile, Optional<Path> certFile, Optional<Path> keyFile, Optional<String> username,
        Optional<Path> passwordFile) {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdAccess.class);

    private static final int MAX_BYTES = 1 << 20; // More is no certificate, no key and no password.

    public EtcdAccess {
        endpoints = List.copyOf(endpoints);
    }

    /** Without TLS and without a user. */
    public static EtcdAccess open(List<URI> endpoints) {
        return new EtcdAccess(endpoints, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /**
     * What connections are encrypted with, as the files are now.
     *
     * @return none for {@code http://}
     * @throws IllegalArgumentException if a file cannot be used, with its name and what to do
     */
    Optional<SslContext> sslContext() {
        if (!"https".equals(endpoints.get(0).getScheme())) {
            return Optional.empty();
        }
        SslContextBuilder builder = GrpcSslContexts.forClient();
        caCertFile.ifPresent(file -> builder.trustManager(certificates(file, read(file))));
        certFile.ifPresent(file -> {
            byte[] chain = read(file);
            warnIfNotValid(file, certificates(file, chain)[0]);
            Path key = keyFile.orElseThrow();
            byte[] pem = secret(key);
            try {
                builder.keyManager(new ByteArrayInputStream(chain), new ByteArrayInputStream(pem));
            } catch (IllegalArgumentException e) { // No cause of ours: it might quote the key.
                throw new IllegalArgumentException("etcd's key file " + key + " holds no private key in PKCS #8 without a password: it must "
                        + "begin with -----BEGIN PRIVATE KEY-----; `openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW` makes one of another key");
            }
        });
        try {
            return Optional.of(builder.build());
        } catch (SSLException e) {
            throw new IllegalArgumentException("TLS to etcd at " + endpoints + " cannot be set up: " + e.getMessage(), e);
        }
    }

    /**
     * The same for connections that are not gRPC's.
     *
     * @return none for {@code http://}
     * @throws IllegalArgumentException if a file cannot be used, with its name and what to do
     */
    public Optional<SSLContext> tls() {
        return sslContext().map(context -> ((JdkSslContext) context).context()); // There is no other provider among our jars.
    }

    /**
     * The user's password, as the file is now.
     *
     * @throws IllegalArgumentException if the file cannot be used, with its name and what to do
     */
    String password() {
        Path file = passwordFile.orElseThrow();
        String password = new String(secret(file), StandardCharsets.UTF_8).stripTrailing();
        if (password.isEmpty() || password.lines().count() != 1) {
            throw new IllegalArgumentException("etcd's password file " + file + " has " + password.lines().count()
                    + " lines: one is expected, with the password");
        }
        return password;
    }

    private static byte[] secret(Path file) {
        try {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            for (PosixFilePermission each : mode) {
                if (!each.name().startsWith("OWNER_")) {
                    throw new IllegalArgumentException("etcd's secret file " + file + " has mode " + PosixFilePermissions.toString(mode)
                            + ": nobody but its owner may have access to it; chmod 600 " + file);
                }
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        return read(file);
    }

    static X509Certificate[] certificates(Path file, byte[] pem) {
        try {
            X509Certificate[] all = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem))
                    .toArray(X509Certificate[]::new);
            if (all.length > 0) {
                return all;
            }
        } catch (CertificateException e) {
            // Said below.
        }
        throw new IllegalArgumentException("etcd's certificate file " + file + " holds no certificate in PEM: it must begin with "
                + "-----BEGIN CERTIFICATE-----");
    }

    /** Not refused: the clock may be wrong, and the file may be replaced any time. */
    private static void warnIfNotValid(Path file, X509Certificate certificate) {
        try {
            certificate.checkValidity();
        } catch (CertificateException e) {
            LOG.warn("etcd's certificate file {} is valid from {} to {}, which is not now; replace it and its key, and they are read again",
                    file, certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
        }
    }

    static byte[] read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("etcd's file " + file + " is larger than " + MAX_BYTES + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static IllegalArgumentException unreadable(Path file, IOException e) {
        return new IllegalArgumentException("etcd's file " + file + " cannot be read: "
                + (e instanceof NoSuchFileException ? "there is none" : e.toString()), e);
    }
}
