package io.calicomesos.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** An authority, and the certificates that it signs, as PEM files; made by the JDK's keytool. */
public final class Certificates {
    private static final String PASSWORD = "changeit";

    private final Path directory;
    private final Path store;

    /**
     * A certificate and its key.
     *
     * @param certificate its file
     * @param key its file, readable by its owner alone
     */
    public record Identity(Path certificate, Path key) {}

    /**
     * Makes the authority.
     *
     * @param directory where all files go
     */
    public Certificates(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("store.p12");
        keytool("ca", "-dname", "CN=authority", "-ext", "bc:c", "-ext", "ku=keyCertSign");
        write("ca");
    }

    /**
     * The authority's certificate.
     *
     * @return its file
     */
    public Path ca() {
        return directory.resolve("ca.pem");
    }

    /**
     * One for a member of etcd.
     *
     * @param host where it runs
     * @return signed by the authority
     */
    public Identity member(Host host) {
        return identity(host.name(), "-ext", "san=ip:" + host.address(), "-ext", "eku=serverAuth,clientAuth");
    }

    /**
     * One for a client.
     *
     * @param commonName whom it names
     * @return signed by the authority
     */
    public Identity client(String commonName) {
        return identity(commonName, "-ext", "eku=clientAuth");
    }

    /**
     * One for a client whose time is over.
     *
     * @param commonName whom it names
     * @return signed by the authority, and valid until yesterday
     */
    public Identity expiredClient(String commonName) {
        return identity(commonName, "-ext", "eku=clientAuth", "-startdate", "-2d");
    }

    private Identity identity(String name, String... extensions) {
        keytool(name, Command.join(List.of("-signer", "ca", "-dname", "CN=" + name), extensions).toArray(String[]::new));
        write(name);
        return new Identity(directory.resolve(name + ".pem"), directory.resolve(name + ".key"));
    }

    private void keytool(String alias, String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                "keytool", "-J-XX:TieredStopAtLevel=1", "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-keystore",
                store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD, "-validity", "1", "-alias", alias));
        line.addAll(List.of(arguments));
        Command.run(line.toArray(String[]::new));
    }

    private void write(String alias) {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore read = KeyStore.getInstance("PKCS12");
            read.load(in, PASSWORD.toCharArray());
            pem(directory.resolve(alias + ".pem"), "CERTIFICATE", read.getCertificate(alias).getEncoded());
            pem(directory.resolve(alias + ".key"), "PRIVATE KEY", read.getKey(alias, PASSWORD.toCharArray()).getEncoded());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void pem(Path file, String what, byte[] der) throws IOException {
        writeSecret(file, "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + what + "-----\n");
    }

    /**
     * Writes a file that nobody but its owner can read.
     *
     * @param file where
     * @param text what
     * @return the file
     * @throws IOException if it cannot be written
     */
    public static Path writeSecret(Path file, String text) throws IOException {
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
}
