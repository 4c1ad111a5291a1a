package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static io.calicomesos.ipam.LedgerHost.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Keys;
import io.calicomesos.etcd.EtcdProcess;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A host that can claim no more takes addresses from others' blocks; a block that nobody needs goes. */
class LedgerBorrowTest {
    private static final String STRICT = "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}";

    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();

    private LedgerHost owner;
    private LedgerHost host;

    @BeforeEach
    void start() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "small", "198.18.0.0/29", 29);
        owner = new LedgerHost(process, "owner");
        host = new LedgerHost(process, "host1");
    }

    @AfterEach
    void stop() {
        owner.close();
        host.close();
    }

    @Test
    void anAddressIsBorrowedFromABlockOfAnotherHostWhichKeepsIt() throws Exception {
        outcome(owner.launch("c"));
        Launched borrowed = outcome(host.launch("b"));
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.blocks).containsOnlyKeys("198.18.0.0/29");
        assertThat(books.blocks.get("198.18.0.0/29").belongsTo(owner.node)).isTrue();
        assertThat(books.addressesByHandle.get(host.handle("b").value())).containsExactlyElementsOf(texts(borrowed));
        outcome(host.depart("b", borrowed));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(owner.handle("c").value());
    }

    @Test
    void whoBorrowsAgainReadsNothing() throws Exception {
        outcome(owner.launch("c"));
        outcome(host.launch("first"));
        long transactions = process.transactions();
        long reads = process.reads();
        for (int i = 0; i < 5; i++) {
            outcome(host.launch("c" + i));
        }
        assertThat(process.transactions() - transactions).isEqualTo(5);
        assertThat(process.reads() - reads).isZero();
    }

    @Test
    void strictAffinityForbidsToBorrow() throws Exception {
        process.put(Keys.IPAM_CONFIG, STRICT);
        try (LedgerHost strict = new LedgerHost(process, "strict")) {
            outcome(owner.launch("c"));
            assertThat(strict.refusal(AddressException.class, strict.launch("b"))).hasMessage("no IPv4 address is free on host strict: "
                    + "its 0 blocks are full, every other block of the pools is taken, and IPAM's strict affinity forbids to borrow "
                    + "from other hosts; there are small (198.18.0.0/29)");
        }
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(1);
    }

    @Test
    void theLastFreeAddressOfManyBlocksIsFound() throws Exception {
        process.delete(Keys.pool("small"));
        LedgerHost.pool(process, "wide", "198.18.4.0/26", 29);
        try (LedgerHost full = new LedgerHost(process, "full"); LedgerHost last = new LedgerHost(process, "last")) {
            List<Launched> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(outcome(full.launch("c" + i, 8)));
            }
            outcome(full.depart("c5", all.get(5)));
            assertThat(outcome(full.launch("seven", 7)).addresses()).hasSize(7);
            outcome(last.launch("b"));
            assertThat(last.refusal(AddressException.class, last.launch("too-many")).getMessage()).contains("none of them has a free");
        }
    }

    @Test
    void hostsThatBorrowAtOnceShareWhatThereIs() throws Exception {
        outcome(owner.launch("c"));
        Set<String> given = new HashSet<>();
        try (LedgerHost second = new LedgerHost(process, "host2"); LedgerHost third = new LedgerHost(process, "host3")) {
            var launches = List.of(
                    host.launch("a"), second.launch("a"), third.launch("a"), host.launch("b"), second.launch("b"), third.launch("b"));
            for (var each : launches) {
                given.addAll(texts(outcome(each)));
            }
        }
        assertThat(given).hasSize(6);
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(7);
    }

    @Test
    void anEmptyBlockWhosePoolNoLongerSelectsTheHostGoesWithTheLastAddress() throws Exception {
        Launched one = outcome(owner.launch("c"));
        Launched two = outcome(owner.launch("d"));
        String pool = process.get(Keys.pool("small")).orElseThrow().text();
        process.put(Keys.pool("small"), pool.replace("\"nodeSelector\":\"all()\"", "\"nodeSelector\":\"has(rack)\""));
        EtcdProcess.eventually("the pool is left", () -> owner.launch("x").handle((launched, thrown) -> thrown != null).get());
        outcome(owner.depart("c", one));
        assertThat(process.under(Keys.BLOCKS)).hasSize(1);
        process.under(Keys.HANDLES).keySet().forEach(each -> assertThat(each).doesNotContain(".c"));
        outcome(owner.departUnknown("x"));
        outcome(owner.depart("d", two));
        assertThat(process.under(Keys.BLOCKS)).isEmpty();
        assertThat(process.under(Keys.AFFINITIES)).isEmpty();
    }

    @Test
    void anIdleBlockIsGivenBackButNotTheLastOne() throws Exception {
        process.delete(Keys.pool("small"));
        LedgerHost.pool(process, "wide", "198.18.4.0/26", 29);
        EtcdProcess.eventually("it alone is used", () -> {
            Launched first = outcome(owner.launch("first"));
            boolean fromWide = texts(first).get(0).startsWith("198.18.4.");
            if (!fromWide) { // It has not heard yet that the other pool is gone.
                outcome(owner.depart("first", first));
            }
            return fromWide;
        });
        EtcdProcess.eventually("no block of the other is left", () -> {
            owner.ledger.tidy();
            return process.under(Keys.BLOCKS).size() == 1;
        });
        Launched many = outcome(owner.launch("many", 12));
        outcome(owner.depart("many", many));
        assertThat(process.under(Keys.BLOCKS)).hasSize(2);
        owner.ledger.tidy();
        outcome(owner.ledger.workloads());
        assertThat(process.under(Keys.BLOCKS)).as("seen empty once").hasSize(2);
        owner.ledger.tidy();
        EtcdProcess.eventually("the second goes", () -> process.under(Keys.BLOCKS).size() == 1);
        assertThat(process.under(Keys.AFFINITIES)).hasSize(1);
        outcome(owner.departUnknown("first"));
        owner.ledger.tidy();
        owner.ledger.tidy();
        outcome(owner.ledger.workloads());
        Map<String, Block> left = new LedgerBooks(process).blocks;
        assertThat(left).hasSize(1);
        assertThat(left.values()).allMatch(Block::isEmpty);
        assertThat(texts(outcome(owner.launch("again")))).allMatch(each -> Cidr.parse(left.keySet().iterator().next())
                .contains(InetAddresses.forString(each)));
    }

    @Test
    void addressesOfBothFamiliesComeInOneTransaction() throws Exception {
        LedgerHost.pool(process, "six", "fd00:198:18::/112", 122);
        EtcdProcess.eventually("the pool is known", () -> host.launch("warm", List.of(new Wish.Any(6)))
                .handle((launched, thrown) -> thrown == null).get());
        outcome(host.launch("both", List.of(new Wish.Any(4), new Wish.Any(6))));
        long before = process.transactions();
        Launched both = outcome(host.launch("again", List.of(new Wish.Any(6), new Wish.Any(4), new Wish.Any(6))));
        assertThat(process.transactions() - before).isEqualTo(1);
        assertThat(texts(both)).satisfiesExactly(
                first -> assertThat(first).startsWith("fd00:198:18:"), second -> assertThat(second).startsWith("198.18.0."),
                third -> assertThat(third).startsWith("fd00:198:18:"));
        new LedgerBooks(process);
        outcome(host.depart("again", both));
        assertThat(new LedgerBooks(process).addressesByHandle).doesNotContainKey(host.handle("again").value());
    }

    @Test
    void aPoolThatIsNamedIsUsedByItsNameOrNetworkAlsoIfItDoesNotSelectTheHost() throws Exception {
        LedgerHost.pool(process, "dmz", "198.18.9.0/26", 29, "has(rack)");
        List<Wish> any = List.of(new Wish.Any(4));
        EtcdProcess.eventually("it is known", () -> host.launch("a", any, "dmz").handle((launched, thrown) -> thrown == null).get());
        assertThat(texts(outcome(host.launch("b", any, "198.18.9.0/26")))).allMatch(each -> each.startsWith("198.18.9."));
        assertThat(texts(outcome(host.launch("c")))).allMatch(each -> each.startsWith("198.18.0."));
        assertThat(host.refusal(AddressException.class, host.launch("d", any, "nowhere")))
                .hasMessage("pool 'nowhere': does not exist, or may not be used; usable are [dmz, small]");
        assertThat(host.refusal(AddressException.class, host.launch(
                "e", List.of(new Wish.This(InetAddresses.forString("198.18.0.7"))), "dmz")))
                .hasMessageStartingWith("address 198.18.0.7 is in no IPPool that this container may use (dmz): there are dmz");
        new LedgerBooks(process);
    }
}
