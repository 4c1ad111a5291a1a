package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Etcd holds what it should not, or is asked for more than it takes. */
class LedgerMalformedTest {
    private static final Cidr ONLY = Cidr.parse("198.18.0.0/29");
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private LedgerHost host;

    @BeforeEach
    void makePool() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "only", ONLY.toString(), 29);
    }

    @Test
    void aBlockThatSomebodyBreaksIsNotUsedAndNotOverwritten() throws Exception {
        LedgerHost.pool(process, "other", "198.18.1.0/29", 29);
        host = new LedgerHost(process, "host1");
        Launched first = outcome(host.launch("first"));
        process.put(Keys.block(ONLY), "{}");
        assertThat(Cidr.parse("198.18.1.0/29").contains(outcome(host.launch("second")).addresses().get(0))).isTrue();
        assertThat(host.refusal(AddressException.class, host.launch("third", "198.18.0.5"))).hasMessage("address 198.18.0.5 is in "
                + "block 198.18.0.0/29, which is malformed in etcd; `calicoctl ipam check` may repair it");
        outcome(host.depart("first", first));
        assertThat(process.get(host.endpointKey("first"))).isEmpty();
        assertThat(process.get(Keys.block(ONLY)).orElseThrow().text()).isEqualTo("{}");
    }

    @Test
    void aBrokenBlockIsReadFewTimes() {
        process.put(Keys.block(ONLY), "{}");
        host = new LedgerHost(process, "host1");
        host.refusal(AddressException.class, host.launch("warm", "198.18.0.1"));
        long before = process.reads();
        host.refusal(AddressException.class, host.launch("c", "198.18.0.1"));
        assertThat(process.reads() - before).isLessThan(10);
    }

    @Test
    void aDepartureThatNeedsAMalformedHandleFailsAndNamesIt() throws Exception {
        host = new LedgerHost(process, "host1");
        outcome(host.launch("c"));
        process.put(Keys.handle(host.handle("c")), "{}x");
        assertThat(catchThrowableOfType(ExecutionException.class, () -> outcome(host.departUnknown("c"))))
                .hasMessageContaining(Keys.handle(host.handle("c")));
        outcome(host.launch("next"));
    }

    @Test
    void aContainerWithVeryManyAddressesDeparts() throws Exception {
        LedgerHost.pool(process, "wide", "198.18.4.0/23", 24);
        host = new LedgerHost(process, "host1");
        Launched launched = outcome(host.launch("wide", 300));
        assertThat(launched.addresses()).hasSize(300);
        outcome(host.depart("wide", launched));
        assertThat(new LedgerBooks(process).addressesByHandle).isEmpty();
    }

    @Test
    void aClaimThatWasLeftHalfDoneIsFinished() throws Exception {
        process.put(Keys.affinity(new NodeName("host1"), ONLY), "{\"state\":\"pending\",\"deleted\":false}");
        host = new LedgerHost(process, "host1");
        outcome(host.launch("c"));
        assertThat(new LedgerBooks(process).blocks).containsOnlyKeys(ONLY.toString());
    }

    @Test
    void launchesWithManyNetgroupsDoNotMakeATransactionTooLargeForEtcd() throws Exception {
        host = new LedgerHost(process, "host1");
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        outcome(host.launch("warm"));
        for (int i = 0; i < 4; i++) {
            String container = "c" + i;
            launches.add(launch(container, given -> documents(container, 64)));
        }
        for (CompletableFuture<Launched> each : launches) {
            outcome(each);
        }
        assertThat(process.under("/calico/test/")).hasSize(256);
    }

    @Test
    void aLaunchThatNoTransactionCanHoldIsRefusedAndTheOthersAreNot() throws Exception {
        host = new LedgerHost(process, "host1");
        CompletableFuture<Launched> endless = launch("endless", given -> documents("endless", 200));
        CompletableFuture<Launched> next = host.launch("next");
        assertThat(host.refusal(AddressException.class, endless)).hasMessageContaining("mesos.host1.endless");
        outcome(next);
        assertThat(new LedgerBooks(process).handles).hasSize(1);
    }

    @Test
    void aLaunchWhoseDocumentsFailTakesNothing() throws Exception {
        host = new LedgerHost(process, "host1");
        CompletableFuture<Launched> failing = launch("failing", given -> {
            throw new IllegalStateException("of the caller");
        });
        CompletableFuture<Launched> next = host.launch("next");
        assertThat(host.refusal(IllegalStateException.class, failing)).hasMessage("of the caller");
        outcome(next);
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("next").value());
    }

    private CompletableFuture<Launched> launch(String container, Function<List<InetAddress>, List<Launch.Document>> documents) {
        Wishes wishes = new Wishes(List.of(new Wish.Any(4)), List.of());
        return host.ledger.launch(new Launch(host.handle(container), List.of(wishes), documents, Duration.ofSeconds(30)));
    }

    private static List<Launch.Document> documents(String container, int count) {
        List<Launch.Document> documents = new ArrayList<>();
        byte[] value = "{}".getBytes(StandardCharsets.UTF_8);
        documents.add(new Launch.Document("/calico/" + container, value, true));
        for (int i = 0; i < count; i++) {
            documents.add(new Launch.Document("/calico/test/" + container + "-" + i, value, false));
        }
        return documents;
    }
}
