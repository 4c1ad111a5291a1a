package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.Keys;
import io.calicomesos.calico.Metadata;
import io.calicomesos.calico.Node;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.EtcdProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ledgers write to a real etcd is sound, also while they write. */
class AuditReaderTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private Etcd etcd;

    @BeforeEach
    void makePool() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "default", "198.18.0.0/22", 28);
        for (String name : List.of("host1", "host2")) {
            Metadata metadata = Metadata.created(name, null, UUID.randomUUID(), Instant.EPOCH);
            process.put(Keys.NODES + name, LedgerHost.json(Node.of(metadata, "10.0.0.1/24", null)));
        }
        etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(5));
    }

    @Test
    void launchesAndDeparturesLeaveASoundDatastore() throws Exception {
        try (LedgerHost host = new LedgerHost(process, "host1"); LedgerHost other = new LedgerHost(process, "host2")) {
            outcome(host.launch("wants", "198.18.3.77")); // First, while nobody else can have it.
            List<CompletableFuture<Launched>> launches = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                launches.add(host.launch("c" + i));
                launches.add(other.launch("c" + i, 2));
            }
            for (CompletableFuture<Launched> each : launches) {
                outcome(each);
            }
            assertThat(audit().findings()).isEmpty();
            assertThat(audit().summary()).matches("\\d+ blocks, 121 addresses, 81 handles, 81 endpoints: no errors");
            for (int i = 0; i < 80; i += 3) {
                outcome((i % 2 == 0 ? host : other).depart("c" + i / 2, launches.get(i).get()));
            }
            outcome(host.departUnknown("wants"));
            assertThat(audit().findings()).isEmpty();
            assertThat(audit().handles()).isEqualTo(80 - 27);

            process.delete(host.endpointKey("c1"));
            assertThat(audit().findings()).extracting(Finding::kind).containsExactly(Finding.Kind.ADDRESS_LEAKED);
        }
    }

    @Test
    void whatIsWrittenMeanwhileIsNotSeen() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        try (LedgerHost host = new LedgerHost(process, "host1")) {
            for (int i = 0; i < 30; i++) {
                outcome(host.launch("stays" + i));
            }
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                try {
                    while (!enough.get()) {
                        String name = "c" + written.incrementAndGet();
                        outcome(host.depart(name, outcome(host.launch(name))));
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            for (int audits = 0; audits < 10 || written.get() < 20; audits++) {
                AuditReport report = outcome(new AuditReader(etcd, 3, 1).read());
                assertThat(report.findings()).isEmpty();
                assertThat(report.handles()).as("every page").isBetween(30, 31);
                assertThat(writer).as("the datastore is in use").isNotDone();
            }
            enough.set(true);
            outcome(writer);
        }
    }

    @Test
    void settingsAreReadAndKeysThatBeginLikeThemAreNot() throws Exception {
        process.put(Keys.IPAM_CONFIG + "uration", "{");
        assertThat(audit().findings()).isEmpty();
        process.put(Keys.IPAM_CONFIG, "{");
        assertThat(audit().findings()).extracting(Finding::key).containsExactly(Keys.IPAM_CONFIG);
    }

    @Test
    void anEtcdThatDoesNotAnswerIsNamed() {
        try (EtcdProcess none = EtcdProcess.notStarted();
                Etcd away = new Etcd(EtcdAccess.open(List.of(none.endpoint())), Duration.ofSeconds(1))) {
            assertThatThrownBy(() -> outcome(new AuditReader(away).read())).isInstanceOf(ExecutionException.class)
                    .cause().isInstanceOf(EtcdException.class).hasMessageContaining(none.endpoint().toString());
        }
    }

    private AuditReport audit() throws Exception {
        return outcome(new AuditReader(etcd).read());
    }
}
