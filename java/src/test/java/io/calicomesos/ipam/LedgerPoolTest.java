package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdProcess;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small pools, full pools, no pools. */
class LedgerPoolTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private LedgerHost host;

    @BeforeEach
    void wipe() {
        process.deleteUnder("/calico/");
        host = null;
    }

    @Test
    void withoutAPoolTheLaunchFailsWithWhatToDo() {
        host = new LedgerHost(process, "host1");
        assertThat(host.refusal(AddressException.class, host.launch("c"))).hasMessage("no IPPool gives IPv4 addresses on host host1: there is "
                + "none; make one with calicoctl or `calico-mesos init`");
        assertThat(process.under("/calico/")).isEmpty();
    }

    @Test
    void theNetworksOfAContainerHaveThePoolsOfEachInOneTransaction() throws Exception {
        LedgerHost.pool(process, "one", "198.18.0.0/29", 29);
        LedgerHost.pool(process, "two", "198.18.1.0/29", 29);
        host = new LedgerHost(process, "host1");
        Launch first = host.request("c", List.of(new Wish.Any(4)), "two");
        Wishes second = new Wishes(List.of(new Wish.Any(4), new Wish.Any(4)), List.of("one"));
        Launched launched = outcome(host.ledger.launch(new Launch(
                first.handle(), List.of(first.wishes().get(0), second), first.documents(), first.timeout())));
        assertThat(LedgerHost.texts(launched)).satisfiesExactly(
                each -> assertThat(each).startsWith("198.18.1."), each -> assertThat(each).startsWith("198.18.0."),
                each -> assertThat(each).startsWith("198.18.0."));
        outcome(host.depart("c", launched));
        assertThat(process.under("/calico/ipam/v2/handle/")).isEmpty();
    }

    @Test
    void aPoolThatIsMadeLaterIsUsedAtOnce() throws Exception {
        host = new LedgerHost(process, "host1");
        host.refusal(AddressException.class, host.launch("c"));
        LedgerHost.pool(process, "late", "198.18.0.0/29", 29);
        EtcdProcess.eventually("it is used", () -> host.launch("d").handle((launched, thrown) -> thrown == null).get());
    }

    @Test
    void aPoolOfEightGivesEightAndWorksAgainAfterDepartures() throws Exception {
        LedgerHost.pool(process, "small", "198.18.0.0/29", 29);
        host = new LedgerHost(process, "host1");
        for (int round = 0; round < 3; round++) {
            Set<String> addresses = new HashSet<>();
            for (int i = 0; i < 8; i++) {
                addresses.addAll(host.addressesOf("c" + i));
            }
            assertThat(addresses).hasSize(8);
            Map<String, EtcdProcess.Value> before = process.under("/calico/");
            assertThat(host.refusal(AddressException.class, host.launch("ninth"))).hasMessage("no IPv4 address is free on host host1: its 1 "
                    + "blocks are full, every other block of the pools is taken, and none of them has a free address; there are small "
                    + "(198.18.0.0/29)");
            assertThat(process.under("/calico/")).isEqualTo(before);
            for (int i = 0; i < 8; i++) {
                outcome(host.departUnknown("c" + i));
            }
            assertThat(new LedgerBooks(process).addressesByHandle).isEmpty();
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAloneAndTheRestIsGiven() throws Exception {
        LedgerHost.pool(process, "small", "198.18.0.0/29", 29);
        host = new LedgerHost(process, "host1");
        var first = host.launch("six", 6);
        var tooMany = host.launch("three", 3);
        var fits = host.launch("two", 2);
        assertThat(outcome(first).addresses()).hasSize(6);
        assertThat(outcome(fits).addresses()).hasSize(2);
        host.refusal(AddressException.class, tooMany);
        assertThat(new LedgerBooks(process).handles).hasSize(2);
    }

    @Test
    void whenAPoolIsFullTheNextOneByNameGives() throws Exception {
        LedgerHost.pool(process, "a", "198.18.0.0/30", 30);
        LedgerHost.pool(process, "b", "198.18.1.0/30", 30);
        host = new LedgerHost(process, "host1");
        assertThat(Cidr.parse("198.18.0.0/30").contains(outcome(host.launch("c")).addresses().get(0))).isTrue();
        outcome(host.launch("d", 3));
        assertThat(Cidr.parse("198.18.1.0/30").contains(outcome(host.launch("e")).addresses().get(0))).isTrue();
    }

    @Test
    void reservedAddressesAreNotGiven() throws Exception {
        LedgerHost.pool(process, "small", "198.18.0.0/29", 29);
        process.put(Keys.reservation("most"), "{\"spec\":{\"reservedCIDRs\":[\"198.18.0.0/30\",\"198.18.0.4/31\",\" 198.18.0.6 \"]}}");
        host = new LedgerHost(process, "host1");
        assertThat(host.addressesOf("c")).containsExactly("198.18.0.7");
        host.refusal(AddressException.class, host.launch("d"));
    }

    @Test
    void noMoreBlocksAreClaimedThanAreAllowed() throws Exception {
        LedgerHost.pool(process, "large", "198.18.0.0/24", 30);
        process.put(Keys.IPAM_CONFIG, "{\"strict_affinity\":false,\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":2}");
        host = new LedgerHost(process, "host1");
        outcome(host.launch("c", 8));
        assertThat(host.refusal(AddressException.class, host.launch("d"))).hasMessage("no address is free on host host1: its 2 blocks "
                + "are full, and IPAM's settings allow no more (maxBlocksPerHost 2, auto_allocate_blocks true)");
    }

    @Test
    void withoutAutomaticBlocksNoneIsClaimed() {
        LedgerHost.pool(process, "large", "198.18.0.0/24", 30);
        process.put(Keys.IPAM_CONFIG, "{\"strict_affinity\":false,\"auto_allocate_blocks\":false}");
        host = new LedgerHost(process, "host1");
        assertThat(host.refusal(AddressException.class, host.launch("d"))).hasMessageContaining("auto_allocate_blocks false");
    }

    @Test
    void onlyPoolsThatSelectTheHostAreUsed() throws Exception {
        process.put(Keys.pool("a"), "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"cidr\":\"198.18.0.0/29\",\"blockSize\":29,"
                + "\"nodeSelector\":\"rack == 'r1'\"}}");
        process.put(Keys.pool("b"), "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"cidr\":\"198.18.1.0/29\",\"blockSize\":29,"
                + "\"nodeSelector\":\"rack == 'r2'\"}}");
        process.put("/calico/resources/v3/projectcalico.org/nodes/host1", "{\"metadata\":{\"labels\":{\"rack\":\"r2\"}},\"spec\":{}}");
        process.put("/calico/resources/v3/projectcalico.org/nodes/host10", "{\"metadata\":{\"labels\":{\"rack\":\"r1\"}},\"spec\":{}}");
        host = new LedgerHost(process, "host1");
        assertThat(Cidr.parse("198.18.1.0/29").contains(outcome(host.launch("c")).addresses().get(0))).isTrue();
    }
}
