package io.calicomesos.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS, with a real etcd that asks for certificates. */
class EtcdAccessTest {
    private static final Duration TIMEOUT = Duration.ofMillis(1_500);

    @TempDir
    private static Path directory;
    private static Certificates certificates;
    @AutoClose
    private static EtcdProcess process;

    @BeforeAll
    static void startEtcd() throws Exception {
        certificates = new Certificates(directory);
        process = EtcdProcess.startedWithTls(certificates);
    }

    @Test
    void whoHasACertificateReadsAndWrites() throws Exception {
        try (Etcd etcd = new Etcd(tls(certificates.client("agent")), TIMEOUT)) {
            assertWorks(etcd);
        }
    }

    @Test
    void whoHasNoneIsToldSo() {
        try (Etcd etcd = new Etcd(tls(Optional.of(certificates.ca()), Optional.empty()), TIMEOUT)) {
            EtcdProcess.eventually("it is told", () -> failure(etcd).getMessage().matches(".*(bad_certificate|certificate_required).*"));
        }
    }

    @Test
    void anEtcdThatTheAuthorityDidNotSignIsNotSpokenTo() throws Exception {
        Certificates others = new Certificates(Files.createDirectory(directory.resolve("others")));
        try (Etcd etcd = new Etcd(tls(Optional.of(others.ca()), Optional.of(certificates.client("agent"))), TIMEOUT)) {
            EtcdProcess.eventually("it is told", () -> failure(etcd).getMessage().matches("(?s).*no connection: javax.net.ssl.SSLHandshakeException: .*PKIX path .*"));
        }
    }

    /** The name in a member's certificate counts: another's will not do. */
    @Test
    void aMemberWithAnotherNameIsNotSpokenTo() throws Exception {
        EtcdAccess access = new EtcdAccess(
                List.of(URI.create("https://localhost:" + process.tlsEndpoint().getPort())), Optional.of(certificates.ca()),
                Optional.of(certificates.client("agent").certificate()), Optional.of(certificates.client("agent").key()), Optional.empty(),
                Optional.empty());
        try (Etcd etcd = new Etcd(access, TIMEOUT)) {
            EtcdProcess.eventually("it is told", () -> failure(etcd).getMessage().endsWith("No name matching localhost found"));
        }
    }

    @Test
    void aCertificateThatExpiresAndIsReplacedOnDiskNeedsNoRestart() throws Exception {
        Certificates.Identity shortLived = certificates.client("short", "agent", 12);
        try (EtcdLog log = new EtcdLog(); Etcd etcd = new Etcd(tls(shortLived), TIMEOUT)) {
            assertWorks(etcd);
            process.kill();
            EtcdProcess.eventually("it has expired, and is named", () -> {
                if (process.isAlive()) {
                    failure(etcd);
                } else if (!certificates.isValid(shortLived)) {
                    process.start(); // Not before, or a connection would be made that outlives the certificate.
                }
                return !log.with("etcd's certificate file " + shortLived.certificate() + " is valid from").isEmpty();
            });
            assertThat(failure(etcd).outcomeUnknown()).isTrue();
            certificates.client("short", "agent", 3_600);
            EtcdProcess.eventually("it works", () -> get(etcd).handle((read, thrown) -> thrown == null).get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw-r--r--", "rw----r--", "rw--w----"})
    void aKeyThatOthersCanReadIsRefusedWithItsModeAndWhatToDo(String mode) throws Exception {
        Certificates.Identity client = certificates.client("agent");
        Path key = Files.setPosixFilePermissions(
                Files.copy(client.key(), directory.resolve("open-" + mode)), PosixFilePermissions.fromString(mode));
        EtcdAccess access = tls(new Certificates.Identity(client.certificate(), key));
        assertThatThrownBy(() -> new Etcd(access, TIMEOUT)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("etcd's secret file " + key + " has mode " + mode + ": nobody but its owner may have access to it; chmod 600 " + key);
    }

    @Test
    void aKeyOfAnotherFormIsRefusedWithWhatToDoAndNotQuoted() throws Exception {
        String line = "MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY";
        Path key = Certificates.writeSecret(
                directory.resolve("sec1.key"), "-----BEGIN EC PRIVATE KEY-----\n" + line + "\n-----END EC PRIVATE KEY-----\n");
        EtcdAccess access = tls(new Certificates.Identity(certificates.client("agent").certificate(), key));
        assertThatThrownBy(() -> new Etcd(access, TIMEOUT)).isInstanceOf(IllegalArgumentException.class).hasNoCause()
                .hasMessageStartingWith("etcd's key file " + key + " holds no private key in PKCS #8").hasMessageContaining("openssl pkcs8")
                .message().doesNotContain(line.substring(5, 15));
    }

    @Test
    void aFileThatIsMissingOrHoldsSomethingElseIsNamed() throws Exception {
        Path missing = directory.resolve("missing");
        Path text = Files.writeString(directory.resolve("text"), "no certificate");
        assertThatThrownBy(() -> new Etcd(tls(Optional.of(missing), Optional.empty()), TIMEOUT))
                .hasMessage("etcd's file " + missing + " cannot be read: there is none");
        assertThatThrownBy(() -> new Etcd(tls(Optional.of(text), Optional.empty()), TIMEOUT))
                .hasMessage("etcd's certificate file " + text + " holds no certificate in PEM: it must begin with -----BEGIN CERTIFICATE-----");
    }

    private static EtcdAccess tls(Certificates.Identity client) {
        return tls(Optional.of(certificates.ca()), Optional.of(client));
    }

    private static EtcdAccess tls(Optional<Path> ca, Optional<Certificates.Identity> client) {
        return new EtcdAccess(
                List.of(process.tlsEndpoint()), ca, client.map(Certificates.Identity::certificate), client.map(Certificates.Identity::key),
                Optional.empty(), Optional.empty());
    }

    private static void assertWorks(Etcd etcd) throws Exception {
        etcd.commit(List.of(), List.of(Op.put(Etcd.bytes("/calico/x"), Etcd.bytes("v"), PutOption.DEFAULT)), List.of())
                .get(60, TimeUnit.SECONDS);
        assertThat(get(etcd).get(60, TimeUnit.SECONDS).getKvs()).hasSize(1);
    }

    private static CompletableFuture<GetResponse> get(Etcd etcd) {
        return etcd.get(Etcd.bytes("/calico/x"), GetOption.DEFAULT);
    }

    private static EtcdException failure(Etcd etcd) {
        return (EtcdException) catchThrowableOfType(ExecutionException.class, () -> get(etcd).get(60, TimeUnit.SECONDS)).getCause();
    }
}
