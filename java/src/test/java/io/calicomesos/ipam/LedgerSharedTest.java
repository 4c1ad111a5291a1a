package io.calicomesos.ipam;

import static io.calicomesos.ipam.LedgerHost.outcome;
import static io.calicomesos.ipam.LedgerHost.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.etcd.EtcdProcess;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One etcd with several writers: other agents, and a client that does what libcalico-go does. */
class LedgerSharedTest {
    @AutoClose
    private static final EtcdProcess process = EtcdProcess.started();
    @AutoClose
    private LedgerHost host;

    @BeforeEach
    void startLedger() {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "default", "198.18.0.0/22", 27);
        host = new LedgerHost(process, "host1");
    }

    @Test
    void theAddressOfALaunchThatWasNeverHeardOfIsGivenBack() throws Exception {
        List<String> first = host.addressesOf("first");
        try (LedgerHost lostItsAnswer = new LedgerHost(process, "host1")) { // What it commits, the other never hears of.
            lostItsAnswer.addressesOf("lost");
        }
        outcome(host.departUnknown("lost"));
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.handles).hasSize(1);
        assertThat(books.blocks.values()).flatExtracting(Block::held).extracting(InetAddress::getHostAddress)
                .containsExactlyElementsOf(first);
    }

    @Test
    void hostsNeverGiveOneAddressTwice() throws Exception {
        List<LedgerHost> hosts = new ArrayList<>(List.of(host));
        try {
            for (int i = 2; i <= 6; i++) {
                hosts.add(new LedgerHost(process, "host" + i));
            }
            List<CompletableFuture<Launched>> launches = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                for (LedgerHost each : hosts) {
                    launches.add(each.launch("c" + i));
                }
            }
            Set<String> addresses = new HashSet<>();
            for (CompletableFuture<Launched> each : launches) {
                assertThat(addresses.addAll(texts(outcome(each)))).isTrue();
            }
            assertThat(addresses).hasSize(720);
            assertThat(new LedgerBooks(process).handles).hasSize(720);
        } finally {
            hosts.subList(1, hosts.size()).forEach(LedgerHost::close);
        }
    }

    @Test
    void hostsThatClaimTheLastBlocksAtOnceShareThemOut() throws Exception {
        process.deleteUnder("/calico/");
        LedgerHost.pool(process, "tiny", "198.18.0.0/28", 30);
        List<LedgerHost> hosts = new ArrayList<>();
        try {
            for (int i = 1; i <= 4; i++) {
                hosts.add(new LedgerHost(process, "h" + i));
            }
            List<CompletableFuture<Launched>> launches = new ArrayList<>();
            hosts.forEach(each -> launches.add(each.launch("c", 4)));
            Set<String> addresses = new HashSet<>();
            for (CompletableFuture<Launched> each : launches) {
                addresses.addAll(texts(outcome(each)));
            }
            assertThat(addresses).hasSize(16);
            assertThat(new LedgerBooks(process).blocks).hasSize(4);
        } finally {
            hosts.forEach(LedgerHost::close);
        }
    }

    @Test
    void whoLosesAClaimLearnsOfAllTheBlocksThatAreTaken() throws Exception {
        process.deleteUnder("/calico/");
        process.put(Keys.IPAM_CONFIG, "{\"strict_affinity\":false,\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":100}");
        LedgerHost.pool(process, "crowded", "198.18.0.0/24", 30);
        try (LedgerHost other = new LedgerHost(process, "host2"); LedgerHost last = new LedgerHost(process, "host3")) {
            for (int i = 0; i < 7; i++) {
                outcome(other.launch("c" + i, i < 6 ? 40 : 12));
            }
            assertThat(new LedgerBooks(process).blocks).as("all but one of 64").hasSize(63);
            long before = process.transactions();
            outcome(last.launch("c"));
            assertThat(process.transactions() - before).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void anotherWriterInOurBlockIsHeededByTheNextLaunch() throws Exception {
        Launched first = outcome(host.launch("first"));
        InetAddress foreign = assignAsCalicoDoes(blockOf(first), "k8s-pod-network.other");
        List<String> second = host.addressesOf("second");
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.of(host, "second")).containsExactlyElementsOf(second);
        assertThat(books.addressesByHandle.get("k8s-pod-network.other")).containsExactly(foreign.getHostAddress())
                .doesNotContainAnyElementsOf(second);
        assertThat(books.blocks).hasSize(1);
        outcome(host.depart("first", first));
        assertThat(new LedgerBooks(process).addressesByHandle).hasSize(2);
    }

    @Test
    void fieldsOfANewerCalicoSurviveInABlockThatWeWriteAgain() throws Exception {
        Launched first = outcome(host.launch("first"));
        String key = Keys.block(blockOf(first));
        String written = process.get(key).orElseThrow().text();
        process.put(key, written.replace("\"handle_id\":", "\"newer\":[1.50,null],\"handle_id\":")
                .replace("\"deleted\":false}", "\"deleted\":false,\"newest\":{\"b\":{},\"a\":\"<\"}}"));
        Launched second = outcome(host.launch("second"));
        outcome(host.depart("second", second));
        String block = process.get(key).orElseThrow().text();
        assertThat(block).contains("\"newer\":[1.50,null]").endsWith(",\"newest\":{\"b\":{},\"a\":\"\\u003c\"}}");
        assertThat(new LedgerBooks(process).addressesByHandle).containsOnlyKeys("mesos.host1.first");
    }

    @Test
    void launchesAndAnotherWriterInTurnsNeverUndoEachOther() throws Exception {
        Cidr block = blockOf(outcome(host.launch("first", "198.18.0.0")));
        List<CompletableFuture<Launched>> launches = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            launches.add(host.launch("c" + i));
            assignAsCalicoDoes(block, "k8s-pod-network." + i);
        }
        for (CompletableFuture<Launched> each : launches) {
            outcome(each);
        }
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.addressesByHandle).hasSize(31);
        assertThat(books.blocks.get(block.toString()).freeCount()).isEqualTo(1);
    }

    @Test
    void aBlockThatWasGivenAwayIsNoLongerUsed() throws Exception {
        Launched first = outcome(host.launch("first"));
        Cidr cidr = blockOf(first);
        EtcdProcess.Value value = process.get(Keys.block(cidr)).orElseThrow();
        process.delete(Keys.affinity(host.node, cidr));
        process.put(Keys.block(cidr), LedgerHost.json(read(cidr, value).withoutAffinity()));
        Launched second = outcome(host.launch("second"));
        assertThat(blockOf(second)).isNotEqualTo(cidr);
        outcome(host.depart("first", first));
        LedgerBooks books = new LedgerBooks(process);
        assertThat(books.addressesByHandle).containsOnlyKeys(host.handle("second").value());
        assertThat(books.blocks).as("a block of nobody's that has become empty goes").doesNotContainKey(cidr.toString());
    }

    @Test
    void anAffinityThatSomebodyTookAwayOrLeftUnconfirmedIsWrittenWithTheNextAddress() throws Exception {
        Cidr cidr = blockOf(outcome(host.launch("first")));
        String key = Keys.affinity(host.node, cidr);
        process.delete(key);
        for (String container : List.of("second", "third")) {
            EtcdProcess.eventually("the host has heard of it and writes it", () -> {
                outcome(host.depart(container, outcome(host.launch(container))));
                return process.get(key).map(EtcdProcess.Value::text).equals(Optional.of("{\"state\":\"confirmed\",\"deleted\":false}"));
            });
            process.put(key, "{\"state\":\"pendingDeletion\",\"deleted\":false}");
        }
        long before = process.get(key).orElseThrow().modRevision();
        outcome(host.launch("fourth"));
        EtcdProcess.eventually("and once", () -> {
            outcome(host.launch("fifth" + System.nanoTime()));
            long now = process.get(key).orElseThrow().modRevision();
            outcome(host.launch("sixth" + System.nanoTime()));
            return now > before && process.get(key).orElseThrow().modRevision() == now;
        });
    }

    @Test
    void aBlockThatWasDeletedIsClaimedAnew() throws Exception {
        Launched first = outcome(host.launch("first"));
        outcome(host.depart("first", first));
        process.delete(Keys.block(blockOf(first)));
        process.delete(Keys.affinity(host.node, blockOf(first)));
        outcome(host.launch("second"));
        assertThat(new LedgerBooks(process).handles).hasSize(1);
    }

    @Test
    void aContainerWhoseAddressSomebodyElseHasReleasedStillDeparts() throws Exception {
        Launched first = outcome(host.launch("first"));
        Cidr cidr = blockOf(first);
        Block block = read(cidr, process.get(Keys.block(cidr)).orElseThrow());
        Block released = block.releaseByHandle(host.handle("first")).block();
        InetAddress address = first.addresses().get(0);
        Attribute other = Attribute.of(new HandleId("k8s-pod-network.other"), new NodeName("host1"), Instant.EPOCH);
        process.put(Keys.block(cidr), LedgerHost.json(((AddressAssignment.Assigned) released.assign(address, other)).block()));
        process.put(Keys.handle(new HandleId("k8s-pod-network.other")), LedgerHost.json(Handle.EMPTY.increment(cidr, 1)));
        outcome(host.depart("first", first));
        assertThat(new LedgerBooks(process).addressesByHandle)
                .isEqualTo(Map.of("k8s-pod-network.other", Set.of(address.getHostAddress())));
    }

    /** Read the block, write it if nobody has meanwhile, else again; and the handle. */
    private static InetAddress assignAsCalicoDoes(Cidr cidr, String handle) {
        process.put(Keys.handle(new HandleId(handle)), LedgerHost.json(Handle.EMPTY.increment(cidr, 1)));
        Attribute holder = Attribute.of(new HandleId(handle), new NodeName("host1"), Instant.EPOCH);
        while (true) {
            EtcdProcess.Value value = process.get(Keys.block(cidr)).orElseThrow();
            Assignment assignment = read(cidr, value).assign(1, holder, Reservations.NONE);
            if (process.putIfUnchanged(Keys.block(cidr), value.modRevision(), LedgerHost.json(assignment.block())).isPresent()) {
                return assignment.addresses().get(0);
            }
        }
    }

    private static Block read(Cidr cidr, EtcdProcess.Value value) {
        return Json.read(Block.class, Keys.block(cidr), value.text().getBytes(StandardCharsets.UTF_8));
    }

    private static Cidr blockOf(Launched launched) {
        return Cidr.containing(launched.addresses().get(0), 27);
    }
}
