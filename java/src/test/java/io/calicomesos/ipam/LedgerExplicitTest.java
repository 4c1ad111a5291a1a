package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that ask for an address by value. */
class LedgerExplicitTest {
    private static final String STRICT = "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}";
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private LedgerHost host;

    @BeforeEach
    void makePools() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "default", "198.18.0.0/24", 26);
        pool("disabled", "\"cidr\":\"198.18.1.0/24\",\"disabled\":true");
        pool("manual", "\"cidr\":\"198.18.2.0/24\",\"assignmentMode\":\"Manual\",\"blockSize\":28");
        pool("tunnels", "\"cidr\":\"198.18.3.0/24\",\"allowedUses\":[\"Tunnel\"]");
        process.put(Keys.reservation("few"), "{\"metadata\":{\"name\":\"few\"},\"spec\":{\"reservedCIDRs\":[\"198.18.0.8/31\"]}}");
        host = new LedgerHost(process, "host1");
    }

    private static void pool(String name, String spec) {
        process.put(Keys.pool(name), "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.18.0.0", "198.18.0.7", "198.18.0.255", "198.18.2.9"})
    void anAddressThatIsFreeIsGiven(String address) throws Exception {
        assertThat(host.addressesOf("c", address)).containsExactly(address);
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.of(host, "c")).containsExactly(address);
        assertThat(books.blocks.values()).allSatisfy(each -> assertThat(each.belongsTo(host.node)).isTrue());
    }

    @Test
    void whetherEtcdWasReadFirstIsTold() throws Exception {
        assertThat(outcome(host.launch("first", "198.18.0.7")).read()).as("of a block that was never seen").isTrue();
        assertThat(outcome(host.launch("second", "198.18.0.10")).read()).as("of one of our own").isFalse();
    }

    @Test
    void aManualPoolsBlocksHaveItsOwnSize() throws Exception {
        outcome(host.launch("c", "198.18.2.9"));
        assertThat(new LedgerBooks(process).blocks).containsOnlyKeys("198.18.2.0/28");
    }

    @Test
    void severalAreGivenInTheirOrderBeforeTheOnesOfAnyChoice() throws Exception {
        Launched launched = outcome(host.launch("c", 2, "198.18.0.70", "198.18.0.3", "198.18.2.1"));
        assertThat(LedgerHost.texts(launched)).startsWith("198.18.0.70", "198.18.0.3", "198.18.2.1").hasSize(5).doesNotHaveDuplicates();
        assertThat(new LedgerBooks(process).of(host, "c")).hasSize(5);
    }

    @Test
    void oneThatIsTakenIsRefusedWithItsHolder() throws Exception {
        outcome(host.launch("first", "198.18.0.7"));
        assertRefused("address 198.18.0.7 is taken: handle mesos.host1.first on node host1 holds it", "198.18.0.7");
        outcome(host.departUnknown("first"));
        assertThat(host.addressesOf("second", "198.18.0.7")).containsExactly("198.18.0.7");
    }

    @Test
    void ofManyWhoAskForOneAddressAtOnceOneGetsIt() throws Exception {
        try (LedgerHost other = new LedgerHost(process, "host2")) {
            List<CompletableFuture<Launched>> launches = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                launches.add((i % 2 == 0 ? host : other).launch("c" + i, "198.18.0.7"));
            }
            int given = 0;
            for (CompletableFuture<Launched> each : launches) {
                given += outcome(each.handle((launched, thrown) -> thrown == null ? 1 : 0));
            }
            assertThat(given).isEqualTo(1);
            assertThat(new LedgerBooks(process).handles).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.18.0.8", "198.18.0.9"})
    void oneThatIsReservedIsRefused(String address) {
        assertRefused("address " + address + " is reserved by an IPReservation", address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.7", "198.18.1.7", "198.18.3.7"})
    void oneThatIsInNoPoolForWorkloadsIsRefusedWithThePoolsThatThereAre(String address) {
        assertRefused("address " + address + " is in no IPPool that gives addresses to workloads: there are default "
                + "(198.18.0.0/24), disabled (198.18.1.0/24, disabled), manual (198.18.2.0/24), tunnels (198.18.3.0/24)", address);
    }

    @Test
    void oneOfAnotherHostsBlockIsBorrowed() throws Exception {
        try (LedgerHost other = new LedgerHost(process, "host2")) {
            outcome(other.launch("owner", "198.18.0.1"));
            assertThat(host.addressesOf("borrower", "198.18.0.2")).containsExactly("198.18.0.2");
            LedgerBooks books = new LedgerBooks(process);
            assertThat(books.blocks).containsOnlyKeys("198.18.0.0/26");
            assertThat(books.blocks.get("198.18.0.0/26").belongsTo(other.node)).isTrue();
            assertRefused("address 198.18.0.1 is taken: handle mesos.host2.owner on node host2 holds it", "198.18.0.1");
            assertThat(host.addressesOf("own")).as("none of any choice is borrowed").noneMatch(each -> Cidr.parse("198.18.0.0/26")
                    .contains(InetAddresses.forString(each)));
            assertThat(other.addressesOf("next")).doesNotContain("198.18.0.2");
            outcome(host.departUnknown("borrower"));
            assertThat(new LedgerBooks(process).handles).hasSize(3);
        }
    }

    @Test
    void aBorrowedAddressIsGivenBackByNameAndByValue() throws Exception {
        try (LedgerHost other = new LedgerHost(process, "host2")) {
            outcome(other.launch("owner", "198.18.0.1"));
            Launched launched = outcome(host.launch("borrower", "198.18.0.2"));
            outcome(host.depart("borrower", launched));
            assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(other.handle("owner").value());
        }
    }

    @Test
    void strictAffinityForbidsToBorrow() throws Exception {
        process.put(Keys.IPAM_CONFIG, STRICT);
        try (LedgerHost strict = new LedgerHost(process, "host3"); LedgerHost other = new LedgerHost(process, "host2")) {
            outcome(other.launch("owner", "198.18.0.1"));
            Map<String, EtcdProcess.Value> before = process.under("/calico/");
            assertThat(strict.refusal(AddressException.class, strict.launch("borrower", "198.18.0.2"))).hasMessage(
                    "address 198.18.0.2 is in block 198.18.0.0/26 of host:host2, and IPAM's strict affinity forbids to take it on "
                            + "host host3");
            assertThat(process.under("/calico/")).isEqualTo(before);
            assertThat(strict.addressesOf("own", "198.18.0.66")).as("of a block that is nobody's").containsExactly("198.18.0.66");
            assertThat(other.addressesOf("next", "198.18.0.2")).containsExactly("198.18.0.2");
        }
    }

    @Test
    void aLaunchThatIsRefusedHalfWayTakesNothing() throws Exception {
        outcome(host.launch("first", "198.18.0.7"));
        Map<String, EtcdProcess.Value> before = process.under("/calico/");
        host.refusal(AddressException.class, host.launch("second", 1, "198.18.0.5", "198.18.0.70", "198.18.0.7"));
        assertThat(process.under("/calico/")).isEqualTo(before);
        assertThat(host.addressesOf("third", "198.18.0.5")).containsExactly("198.18.0.5");
    }

    private void assertRefused(String message, String address) {
        Map<String, EtcdProcess.Value> before = process.under("/calico/");
        assertThat(host.refusal(AddressException.class, host.launch("refused", address))).hasMessage(message);
        assertThat(process.under("/calico/")).isEqualTo(before);
    }
}
