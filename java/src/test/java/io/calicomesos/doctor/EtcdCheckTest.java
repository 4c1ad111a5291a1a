package io.calicomesos.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.etcd.Certificates;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdProcess;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that answers, one that is away, and one whose certificate somebody else has signed. */
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
                assertThat(new EtcdCheck(etcd, endpoints).troubles()).singleElement().asString().contains("SSLHandshakeException: PKIX path ");
            }
        }
    }

    private static EtcdAccess access(List<URI> endpoints, Certificates authority, Certificates own) throws Exception {
        Certificates.Identity client = own.client("agent");
        return new EtcdAccess(
                endpoints, Optional.of(authority.ca()), Optional.of(client.certificate()), Optional.of(client.key()), Optional.empty(),
                Optional.empty());
    }
}
