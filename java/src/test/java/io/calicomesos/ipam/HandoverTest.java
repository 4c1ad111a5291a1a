package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.HandleId;
import io.calicomesos.etcd.Etcd;
import io.calicomesos.etcd.EtcdAccess;
import io.calicomesos.etcd.EtcdException;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Addresses that are held under one name go over to a container, or are given back, with an etcd of its own. */
class HandoverTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Predicate<HandleId> OF_NOBODY = handle -> handle.value().startsWith("nobody.");

    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    private LedgerHost host;
    private Etcd etcd;
    private Handover handover;

    @BeforeEach
    void start() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "default", "198.18.0.0/24", 26);
        host = new LedgerHost(process, "host1");
        etcd = new Etcd(EtcdAccess.open(List.of(process.endpoint())), Duration.ofSeconds(5));
        handover = new Handover(etcd, host.node);
    }

    @AfterEach
    void stop() {
        host.close();
        etcd.close();
    }

    @Test
    void addressesAndEndpointBecomeTheContainersByOneTransaction() throws Exception {
        List<InetAddress> held = new ArrayList<>(hold("nobody.1", 3));
        held.addAll(hold("nobody.2", 1));
        long before = process.revision();
        Launched launched = handover.launch(request("a", held.get(0), held.get(3)), OF_NOBODY);
        assertThat(process.revision()).isEqualTo(before + 1);
        assertThat(launched.revision()).isEqualTo(before + 1);
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.of(host, "a")).containsExactlyInAnyOrder(text(held.get(0)), text(held.get(3)));
        assertThat(books.addressesByHandle.get("nobody.1")).containsExactlyInAnyOrder(text(held.get(1)), text(held.get(2)));
        assertThat(books.handles).doesNotContainKey("nobody.2");
        outcome(host.depart("a", launched));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys("nobody.1");
    }

    @Test
    void whatIsFreeOrAnothersIsRefusedAndNothingChanges() throws Exception {
        InetAddress held = hold("nobody.1", 1).get(0);
        InetAddress others = outcome(host.launch("other")).addresses().get(0);
        long before = process.revision();
        assertThatThrownBy(() -> handover.launch(request("a", held, others), OF_NOBODY)).isInstanceOf(AddressException.class)
                .hasMessage("address " + text(others) + " is taken: handle mesos.host1.other holds it");
        for (String free : List.of("198.18.0.250", "203.0.113.1")) {
            assertThatThrownBy(() -> handover.launch(request("a", held, InetAddresses.forString(free)), OF_NOBODY))
                    .hasMessage("address " + free + " is not allocated: allocate or reserve it first");
        }
        assertThatThrownBy(() -> handover.release(List.of(held, others), OF_NOBODY, TIMEOUT)).isInstanceOf(AddressException.class)
                .hasMessage("address " + text(others) + " is taken: handle mesos.host1.other holds it");
        assertThatThrownBy(() -> handover.launch(request("other", held), OF_NOBODY)).isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(TakenException.class);
        assertThat(process.revision()).isEqualTo(before);
    }

    @Test
    void addressesAreGivenBackOneByOne() throws Exception {
        List<InetAddress> held = hold("nobody.1", 2);
        assertThat(handover.holders(held, TIMEOUT).values()).containsOnly(new HandleId("nobody.1"));
        handover.release(held.subList(0, 1), OF_NOBODY, TIMEOUT);
        assertThat(new LedgerBooks(process).addressesByHandle.get("nobody.1")).containsExactly(text(held.get(1)));
        handover.release(held, OF_NOBODY, TIMEOUT);
        assertThat(new LedgerBooks(process).handles).isEmpty();
        long before = process.revision();
        handover.release(held, OF_NOBODY, TIMEOUT);
        assertThat(process.revision()).as("nothing is held any more").isEqualTo(before);
        assertThat(handover.holders(held, TIMEOUT)).isEmpty();
    }

    @Test
    void whereEtcdIsLateThatIsWhatItFailsOf() {
        List<URI> nobody = List.of(URI.create("http://127.0.0.1:1"));
        try (Etcd away = new Etcd(EtcdAccess.open(nobody), Duration.ofMillis(50))) {
            assertThatThrownBy(() -> new Handover(away, host.node).holders(List.of(InetAddresses.forString("198.18.0.1")), Duration.ofMillis(200)))
                    .isInstanceOf(EtcdException.class).hasMessageStartingWith("not done within 200 ms: etcd at http://127.0.0.1:1 did not answer");
        }
    }

    @Test
    void othersWriteTheSameBlockAllTheTime() throws Exception {
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            InetAddress held = hold("nobody." + i, 1).get(0);
            for (int j = 0; j < 3; j++) {
                launches.add(host.launch("c" + i + "-" + j));
            }
            handover.launch(request("a" + i, held), OF_NOBODY);
            assertThat(process.get(host.endpointKey("a" + i)).orElseThrow().text()).contains(text(held) + "/32");
        }
        for (CompletableFuture<Launched> each : launches) {
            outcome(each);
        }
        assertThat(new LedgerBooks(process).handles).hasSize(80);
    }

    @Test
    void aSecondTryFindsWhatTheFirstHasCommittedUnheard() throws Exception {
        InetAddress held = hold("nobody.1", 1).get(0);
        Launched first = handover.launch(request("a", held), OF_NOBODY);
        long before = process.revision();
        assertThat(handover.launch(request("a", held), OF_NOBODY)).isEqualTo(first);
        assertThat(process.revision()).isEqualTo(before);
    }

    private List<InetAddress> hold(String handle, int count) throws Exception {
        List<Wish> wishes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            wishes.add(new Wish.Any(4));
        }
        return outcome(host.ledger.launch(new Launch(
                new HandleId(handle), List.of(new Wishes(wishes, List.of())), given -> List.of(), TIMEOUT))).addresses();
    }

    private Launch request(String container, InetAddress... addresses) {
        List<Wish> wishes = new ArrayList<>();
        for (InetAddress each : addresses) {
            wishes.add(new Wish.This(each));
        }
        return host.request(container, wishes);
    }

    private static String text(InetAddress address) {
        return InetAddresses.toAddrString(address);
    }
}
