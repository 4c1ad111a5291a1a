package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.EtcdProcess;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ledger remembers is older than what etcd holds: nothing is refused, and nothing lost, for that. */
class LedgerStaleTest {
    private static final Cidr ONLY = Cidr.parse("198.18.0.0/29");
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private LedgerHost host;

    @BeforeEach
    void startLedger() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "only", ONLY.toString(), 29);
        host = new LedgerHost(process, "host1");
    }

    @Test
    void addressesThatAnOperatorReleasedFromAFullBlockAreGivenAgain() throws Exception {
        outcome(host.launch("eight", 8));
        releaseAsCalicoctlDoes("eight");
        outcome(host.launch("next"));
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys(host.handle("next").value());
    }

    @Test
    void anAddressThatAnOperatorReleasedCanBeAskedFor() throws Exception {
        outcome(host.launch("eight", 8));
        releaseAsCalicoctlDoes("eight");
        assertThat(host.addressesOf("next", "198.18.0.5")).containsExactly("198.18.0.5");
    }

    @Test
    void theLastBlockIsClaimedWhenItsHostGivesItBack() throws Exception {
        try (LedgerHost other = new LedgerHost(process, "host2")) {
            Launched launched = outcome(other.launch("c", 8));
            host.refusal(AddressException.class, host.launch("too-early"));
            outcome(other.depart("c", launched));
        }
        process.delete(Keys.block(ONLY));
        process.delete(Keys.affinity(new NodeName("host2"), ONLY));
        outcome(host.launch("next"));
        assertThat(new LedgerBooks(process).blocks.get(ONLY.toString()).belongsTo(host.node)).isTrue();
    }

    @Test
    void anAddressThatWasGivenBackInAnotherHostsBlockCanBeAskedFor() throws Exception {
        try (LedgerHost other = new LedgerHost(process, "host2")) {
            Launched launched = outcome(other.launch("owner", "198.18.0.1"));
            outcome(host.launch("borrower", "198.18.0.2"));
            outcome(other.depart("owner", launched));
            assertThat(host.addressesOf("next", "198.18.0.1")).containsExactly("198.18.0.1");
        }
    }

    @Test
    void aDepartureFromABlockThatHasGoneIsNoHindranceToALaunchBesideIt() throws Exception {
        Launched first = outcome(host.launch("first"));
        Launched second = outcome(host.launch("second"));
        for (Launched each : new Launched[] {first, second}) {
            process.delete(Keys.block(ONLY));
            process.delete(Keys.affinity(host.node, ONLY));
            CompletableFuture<Void> departure = host.depart(each == first ? "first" : "second", each);
            outcome(host.launch(each == first ? "third" : "fourth"));
            outcome(departure);
            outcome(host.departUnknown(each == first ? "third" : "fourth"));
        }
        assertThat(new LedgerBooks(process).handles).isEmpty();
    }

    private void releaseAsCalicoctlDoes(String container) {
        String json = process.get(Keys.block(ONLY)).orElseThrow().text();
        Block block = Json.read(Block.class, Keys.block(ONLY), json.getBytes(StandardCharsets.UTF_8));
        process.put(Keys.block(ONLY), LedgerHost.json(block.releaseByHandle(host.handle(container)).block()));
        process.delete(Keys.handle(host.handle(container)));
        process.delete(host.endpointKey(container));
    }
}
