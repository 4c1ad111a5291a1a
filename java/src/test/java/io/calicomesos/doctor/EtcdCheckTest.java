package io.calicomesos.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.etcd.Certificates;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that answers, one that is away, one whose certificate somebody else has signed, or is over, and one by another clock. */
class EtcdCheckTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    @Test
    void ofTwoTheOneThatIsAwayIsNamed() {
        try (EtcdProcess one = EtcdProcess.started(); EtcdProcess other = EtcdProcess.notStarted()) {
            List<URI> endpoints = List.of(one.endpoint(), other.endpoint());
            try (Etcd etcd = new Etcd(EtcdAccess.open(endpoints), TIMEOUT)) {
                EtcdProcess.eventually("the other answers", () -> new EtcdCheck(etcd, endpoints.subList(0, 1)).troubles().isEmpty());
                assertThat(new EtcdCheck(etcd, endpoints).troubles()).singleElement().asString()
                        .startsWith(other.endpoint() + " does not answer: ").contains("curl " + other.endpoint() + "/health");
            }
        }
    }

    @Test
    void aWrongCertificateIsSaid() throws Exception {
        Certificates certificates = new Certificates(directory);
        Certificates others = new Certificates(Files.createDirectory(directory.resolve("others")));
        try (EtcdProcess process = EtcdProcess.startedWithTls(certificates)) {
            List<URI> endpoints = List.of(process.tlsEndpoint());
            try (Etcd etcd = new Etcd(access(endpoints, certificates, certificates), TIMEOUT)) {
                EtcdProcess.eventually("it answers", () -> new EtcdCheck(etcd, endpoints).troubles().isEmpty());
            }
            try (Etcd etcd = new Etcd(access(endpoints, others, certificates), TIMEOUT)) {
                assertThat(new EtcdCheck(etcd, endpoints).troubles()).singleElement().asString().contains("SSLHandshakeException: ", "PKIX path ");
            }
        }
    }

    @Test
    void aCertificateThatIsOverSoonOrOverOrNotYetValidIsSaid() throws Exception {
        Certificates certificates = new Certificates(directory);
        try (EtcdProcess process = EtcdProcess.startedWithTls(certificates)) {
            EtcdAccess access = access(List.of(process.tlsEndpoint()), certificates, certificates);
            EtcdProcess.eventually("etcd shows its own",
                    () -> new CertificatesCheck(access, in(Duration.ofHours(20))).troubles().size() == 3);
            assertThat(new CertificatesCheck(access, Clock.systemUTC()).troubles()).isEmpty();
            Path own = access.certFile().orElseThrow();
            assertThat(new CertificatesCheck(access, in(Duration.ofHours(20))).troubles())
                    .anySatisfy(each -> assertThat(each).startsWith("etcd_cert_file " + own + ": the certificate of CN=agent is valid until ")
                            .contains(", for 3 hours: replace it and etcd_key_file"))
                    .anySatisfy(each -> assertThat(each).startsWith("etcd_ca_cert_file " + certificates.ca() + ": the certificate of "
                            + "CN=authority is valid until ").endsWith(": add its successor to the file"))
                    .anySatisfy(each -> assertThat(each).startsWith("etcd at " + process.tlsEndpoint() + ": the certificate of CN=member is "
                            + "valid until ").endsWith("replace etcd's --cert-file and --key-file there"));
            assertThat(new CertificatesCheck(access, in(Duration.ofDays(2))).troubles()).hasSize(3)
                    .allSatisfy(each -> assertThat(each).contains(" was valid until ", ", and this host's clock says "));
            assertThat(new CertificatesCheck(access, in(Duration.ofDays(-2))).troubles()).hasSize(3)
                    .allSatisfy(each -> assertThat(each).contains(" is valid only from ", "is the clock right? See `timedatectl`"));
            assertThat(new ClockCheck(access, Clock.systemUTC()).troubles()).isEmpty();
            assertThat(new ClockCheck(access, in(Duration.ofDays(-2))).troubles()).as("also by TLS").hasSize(1);
        }
    }

    @Test
    void aClockThatIsWrongIsSaid() {
        try (EtcdProcess process = EtcdProcess.started(); EtcdProcess away = EtcdProcess.notStarted()) {
            EtcdAccess access = EtcdAccess.open(List.of(process.endpoint(), away.endpoint()));
            assertThat(new ClockCheck(access, Clock.systemUTC()).troubles()).isEmpty();
            assertThat(new ClockCheck(access, in(Duration.ofMinutes(10))).troubles()).singleElement().asString()
                    .matches("this host's clock is (59\\d|600) s ahead of that of etcd at " + process.endpoint() + " .*See `timedatectl` on both.*");
            assertThat(new ClockCheck(access, in(Duration.ofMinutes(-10))).troubles()).singleElement().asString()
                    .matches("this host's clock is (59\\d|600) s behind that of etcd at .*");
            assertThat(new ClockCheck(access, in(Duration.ofSeconds(5))).troubles()).as("so little does no harm").isEmpty();
        }
    }

    private static Clock in(Duration time) {
        return Clock.offset(Clock.systemUTC(), time);
    }

    private static EtcdAccess access(List<URI> endpoints, Certificates authority, Certificates own) throws Exception {
        Certificates.Identity client = own.client("agent");
        return new EtcdAccess(
                endpoints, Optional.of(authority.ca()), Optional.of(client.certificate()), Optional.of(client.key()), Optional.empty(),
                Optional.empty());
    }
}
