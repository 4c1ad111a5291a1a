package io.calicomesos.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** An authority, and the certificates that it signs, as PEM files; made by the JDK's keytool. */
public final class Certificates {
    private static final String PASSWORD = "changeit";
    private static final long FOR_LONG_SECONDS = 86_400;

    private final Path directory;
    private final Path store;

    /** A certificate and its key. */
    public record Identity(Path certificate, Path key) {}

    /** Makes the authority. */
    public Certificates(Path directory) throws Exception {
        this.directory = directory;
        this.store = directory.resolve("store.p12");
        keytool("-alias", "ca", "-dname", "CN=authority", "-ext", "bc:c", "-ext", "ku=keyCertSign", "-validity", "1");
        write(ca(), "CERTIFICATE", certificate("ca").getEncoded());
    }

    /** The authority's certificate. */
    public Path ca() {
        return directory.resolve("ca.pem");
    }

    /** One for a member on 127.0.0.1. */
    public Identity member() throws Exception {
        return identity("member", "member", FOR_LONG_SECONDS, "san=ip:127.0.0.1", "eku=serverAuth,clientAuth");
    }

    /** One for a client, on files of its name; other ones take the place of those that are there. */
    public Identity client(String file, String commonName, long validSeconds) throws Exception {
        return identity(file, commonName, validSeconds, "eku=clientAuth");
    }

    /** One for a client. */
    public Identity client(String commonName) throws Exception {
        return client(commonName, commonName, FOR_LONG_SECONDS);
    }

    /** Whether a certificate is valid now. */
    public boolean isValid(Identity identity) throws Exception {
        try (InputStream in = Files.newInputStream(identity.certificate())) {
            ((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in)).checkValidity();
            return true;
        } catch (CertificateExpiredException e) {
            return false;
        }
    }

    private Identity identity(String file, String commonName, long validSeconds, String... extensions) throws Exception {
        String alias = file + System.nanoTime();
        List<String> arguments = new ArrayList<>(List.of(
                "-alias", alias, "-signer", "ca", "-dname", "CN=" + commonName, "-startdate", "-1d+" + validSeconds + "S", "-validity", "1"));
        for (String each : extensions) {
            arguments.addAll(List.of("-ext", each));
        }
        keytool(arguments.toArray(String[]::new));
        Identity identity = new Identity(directory.resolve(file + ".pem"), directory.resolve(file + ".key"));
        write(identity.certificate(), "CERTIFICATE", certificate(alias).getEncoded());
        write(identity.key(), "PRIVATE KEY", store().getKey(alias, PASSWORD.toCharArray()).getEncoded());
        return identity;
    }

    private void keytool(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-J-XX:TieredStopAtLevel=1", "-genkeypair",
                "-keyalg", "EC", "-groupname", "secp256r1", "-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("keytool: " + said);
        }
    }

    private Certificate certificate(String alias) throws Exception {
        return Optional.ofNullable(store().getCertificate(alias)).orElseThrow();
    }

    private KeyStore store() throws Exception {
        KeyStore read = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            read.load(in, PASSWORD.toCharArray());
        }
        return read;
    }

    private static void write(Path file, String what, byte[] der) throws IOException {
        writeSecret(file, "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + what + "-----\n");
    }

    /** A file that nobody but its owner can read. */
    public static Path writeSecret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
