package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static io.calicomesos.ipam.LedgerHost.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.WorkloadName;
import io.calicomesos.etcd.EtcdProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Launches and departures of one host with an etcd of its own. */
class LedgerTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private LedgerHost host;

    @BeforeEach
    void startLedger() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "default", "198.18.0.0/22", 26);
        host = new LedgerHost(process, "host1");
    }

    @Test
    void aLaunchIsOneTransactionOfAllThatItWrites() throws Exception {
        long before = process.revision();
        Launched first = outcome(host.launch("first"));
        assertThat(process.revision()).isEqualTo(before + 1);
        assertThat(first.revision()).isEqualTo(before + 1);
        Map<String, EtcdProcess.Value> written = process.under("/calico/");
        written.remove(Keys.pool("default"));
        Cidr block = Cidr.containing(first.addresses().get(0), 26);
        assertThat(written).containsOnlyKeys(
                Keys.block(block), Keys.affinity(host.node, block), Keys.handle(host.handle("first")), host.endpointKey("first"),
                Keys.profile(new ProfileName("prod")));
        assertThat(written.values()).allSatisfy(each -> assertThat(each.createRevision()).isEqualTo(first.revision()));
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.of(host, "first")).containsExactlyElementsOf(texts(first)).hasSize(1);
        assertThat(books.blocks.get(block.toString()).belongsTo(host.node)).isTrue();

        Launched second = outcome(host.launch("second"));
        assertThat(process.revision()).isEqualTo(before + 2);
        assertThat(second.revision()).isEqualTo(before + 2);
        assertThat(process.get(Keys.profile(new ProfileName("prod"))).orElseThrow().modRevision()).isEqualTo(first.revision());
        assertThat(new LedgerBooks(process).blocks).as("the block that there is, is used").hasSize(1);
    }

    @Test
    void aProfileThatAnOperatorHasChangedIsKept() throws Exception {
        String key = Keys.profile(new ProfileName("prod"));
        process.put(key, "{\"spec\":{\"egress\":[]}}");
        outcome(host.launch("first"));
        assertThat(process.get(key).orElseThrow().text()).isEqualTo("{\"spec\":{\"egress\":[]}}");
    }

    @Test
    void anEndpointThatAnOperatorDeletedAndPutBackGoesWithItsContainer() throws Exception {
        String key = host.endpointKey("first");
        Launched first = outcome(host.launch("first"));
        String exported = process.get(key).orElseThrow().text();
        process.delete(key);
        process.put(key, exported);
        outcome(host.depart("first", first));
        assertThat(process.get(key)).isEmpty();
        assertThat(new LedgerBooks(process).handles).isEmpty();
    }

    @Test
    void twoHundredLaunchesAtOnceNeedFewTransactionsAndGiveDifferentAddresses() throws Exception {
        outcome(host.launch("first"));
        long revision = process.revision();
        long transactions = process.transactions();
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            launches.add(host.launch("c" + i));
        }
        Set<String> addresses = new HashSet<>();
        for (CompletableFuture<Launched> each : launches) {
            addresses.addAll(texts(outcome(each)));
        }
        assertThat(addresses).hasSize(200);
        assertThat(process.revision() - revision).isBetween(1L, 25L);
        assertThat(process.transactions() - transactions).as("with those that lost").isBetween(1L, 25L);
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.handles).hasSize(201);
        assertThat(books.blocks).as("201 addresses need four blocks of 64").hasSize(4);

        revision = process.revision();
        List<CompletableFuture<Void>> departures = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            departures.add(host.depart("c" + i, launches.get(i).get()));
        }
        for (CompletableFuture<Void> each : departures) {
            outcome(each);
        }
        assertThat(process.revision() - revision).isBetween(1L, 25L);
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("first").value());
    }

    @Test
    void aDepartureIsOneTransactionAndLeavesOnlyWhatCalicoLeaves() throws Exception {
        Launched launched = outcome(host.launch("gone", 3));
        assertThat(launched.addresses()).hasSize(3).doesNotHaveDuplicates();
        long before = process.revision();
        outcome(host.depart("gone", launched));
        assertThat(process.revision()).isEqualTo(before + 1);
        Cidr block = Cidr.containing(launched.addresses().get(0), 26);
        assertThat(process.under("/calico/")).containsOnlyKeys(
                Keys.pool("default"), Keys.profile(new ProfileName("prod")), Keys.block(block), Keys.affinity(host.node, block));
        assertThat(new LedgerBooks(process).blocks.get(block.toString()).isEmpty()).isTrue();
    }

    @Test
    void aDepartureThatIsToldAgainTakesNothingFromTheNextContainer() throws Exception {
        Launched old = outcome(host.launch("same"));
        outcome(host.depart("same", old));
        String address = texts(old).get(0);
        Launched next = outcome(host.launch("next", address));
        assertThat(texts(next)).containsExactly(address);
        outcome(host.depart("same", old));
        assertThat(new LedgerBooks(process).of(host, "next")).containsExactly(address);
    }

    @Test
    void theEndpointOfALaterLifeStays() throws Exception {
        Launched old = outcome(host.launch("same"));
        outcome(host.depart("same", old));
        process.put(host.endpointKey("same"), "{}");
        outcome(host.depart("same", old));
        assertThat(process.get(host.endpointKey("same"))).isPresent();
    }

    @Test
    void aContainerThatHoldsNothingDepartsWithoutAWrite() throws Exception {
        long before = process.revision();
        outcome(host.departUnknown("never-launched"));
        assertThat(process.revision()).isEqualTo(before);
    }

    @Test
    void aContainerOfWhichOnlyTheNameIsKnownGivesAllBack() throws Exception {
        outcome(host.launch("stays"));
        outcome(host.launch("gone", 2, "198.18.3.200"));
        outcome(host.departUnknown("gone"));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("stays").value());
        assertThat(process.get(host.endpointKey("gone"))).isEmpty();
    }

    @Test
    void theAddressThatHasBeenFreeLongestIsGivenFirst() throws Exception {
        List<String> first = texts(outcome(host.launch("a", 3)));
        List<String> rest = texts(outcome(host.launch("b", 60)));
        assertThat(rest).doesNotContainAnyElementsOf(first);
        outcome(host.departUnknown("a"));
        String last = host.addressesOf("c").get(0);
        assertThat(first).as("one is left that was never given").doesNotContain(last);
        assertThat(host.addressesOf("d")).containsExactly(first.get(0));
        outcome(host.departUnknown("c"));
        assertThat(texts(outcome(host.launch("e", 3)))).containsExactly(first.get(1), first.get(2), last);
    }

    @Test
    void anAddressThatIsFreeInEtcdAndInUseHereIsNotGiven() throws Exception {
        String address = host.addressesOf("a").get(0);
        host.inUse.add(InetAddresses.forString(address));
        outcome(host.departUnknown("a")); // As calicoctl may do under the container.
        assertThat(texts(outcome(host.launch("b", 63)))).as("all others of the block").hasSize(63).doesNotContain(address);
        assertThat(host.addressesOf("c")).as("of another block, then").doesNotContain(address);
        assertThat(host.refusal(AddressException.class, host.launch("asks", address)))
                .hasMessage("address " + address + " is free in etcd, but a container on this host still has it");
        host.inUse.clear();
        assertThat(texts(outcome(host.launch("d", 64)))).as("all that is free in both").contains(address);
    }

    @Test
    void aSecondLifeOfALivingContainerIsRefusedAndTakesNothing() throws Exception {
        Launched launched = outcome(host.launch("same"));
        Map<String, EtcdProcess.Value> before = process.under("/calico/");
        assertThat(host.refusal(TakenException.class, host.launch("same"))).hasMessageStartingWith(
                "a network for this container exists already, under ").hasMessageContaining("same");
        assertThat(process.under("/calico/")).isEqualTo(before);
        assertThat(new LedgerBooks(process).of(host, "same")).containsExactlyElementsOf(texts(launched));
        assertThat(host.addressesOf("other")).isNotEqualTo(texts(launched));
    }

    @Test
    void theNextAgentGoesOnWithTheBlocksOfTheLast() throws Exception {
        Set<String> addresses = new HashSet<>();
        for (int life = 0; life < 3; life++) {
            for (int i = 0; i < 5; i++) {
                addresses.addAll(host.addressesOf("life" + life + "-" + i));
            }
            host.close();
            host = new LedgerHost(process, "host1");
        }
        assertThat(addresses).hasSize(15);
        assertThat(new LedgerBooks(process).blocks).hasSize(1);
    }

    @Test
    void theWorkloadsOfThisHostAreToldAndNoOthers() throws Exception {
        outcome(host.launch("mine"));
        outcome(host.launch("no-endpoint"));
        outcome(host.launch("no-handle"));
        process.delete(host.endpointKey("no-endpoint"));
        process.delete(Keys.handle(host.handle("no-handle")));
        try (LedgerHost other = new LedgerHost(process, "host1.example"); LedgerHost third = new LedgerHost(process, "host10")) {
            outcome(other.launch("others"));
            outcome(third.launch("thirds"));
        }
        assertThat(outcome(host.ledger.workloads())).extracting(WorkloadName::value)
                .containsExactlyInAnyOrder("mine", "no-endpoint", "no-handle");
    }

    @Test
    void anEndpointUnderMesosNameThatMesosNeverMadeIsNoWorkload() throws Exception {
        outcome(host.launch("mine"));
        process.put(host.endpointKey("mine").replace("-mine-", "-web.1-"), "{}");
        assertThat(outcome(host.ledger.workloads())).extracting(WorkloadName::value).containsExactly("mine");
    }
}
