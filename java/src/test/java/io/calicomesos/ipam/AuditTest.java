package io.calicomesos.ipam;

import static io.calicomesos.ipam.AuditFaults.AFFINITY2;
import static io.calicomesos.ipam.AuditFaults.BLOCK1;
import static io.calicomesos.ipam.AuditFaults.BLOCK2;
import static io.calicomesos.ipam.AuditFaults.BORROWER;
import static io.calicomesos.ipam.AuditFaults.TWO;
import static io.calicomesos.ipam.AuditFaults.sound;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.calicomesos.calico.Golden;
import io.calicomesos.calico.Keys;
import io.calicomesos.ipam.AuditDatastore.Container;
import io.calicomesos.ipam.Finding.Kind;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Faults planted one at a time into a datastore that is otherwise sound: each is found, and nothing else. */
class AuditTest {
    @TestFactory
    Stream<DynamicTest> aFaultIsFoundAndNothingElse() {
        return AuditFaults.all().stream().map(fault -> DynamicTest.dynamicTest(fault.kind() + ": " + fault.detail(), () -> {
            AuditDatastore store = sound();
            fault.planted().accept(store);
            assertThat(store.findings()).containsExactly(new Finding(fault.kind(), fault.key(), fault.detail()));
        }));
    }

    @Test
    void everyKindIsPlanted() {
        Set<Kind> planted = AuditFaults.all().stream().map(AuditFaults.Fault::kind).collect(Collectors.toSet());
        assertThat(planted).isEqualTo(EnumSet.allOf(Kind.class));
    }

    @Test
    void aSoundDatastoreIsCounted() {
        AuditReport report = sound().report();
        assertThat(report.findings()).isEmpty();
        assertThat(report.summary()).isEqualTo("3 blocks, 6 addresses, 4 handles, 4 endpoints: no errors");
        assertThat(Audit.of(List.of()).summary()).isEqualTo("0 blocks, 0 addresses, 0 handles, 0 endpoints: no errors");
    }

    @Test
    void whatCalicoWroteIsSound() {
        AuditDatastore store = new AuditDatastore();
        store.values.putAll(Golden.values());
        assertThat(store.findings()).isEmpty();
        assertThat(store.report().summary()).isEqualTo("1 block, 4 addresses, 4 handles, 4 endpoints: no errors");
    }

    @TestFactory
    Stream<DynamicTest> aValueThatIsCutOffIsOneFinding() {
        return sound().values.keySet().stream().map(key -> DynamicTest.dynamicTest(key, () -> {
            AuditDatastore store = sound();
            store.values.computeIfPresent(key, (each, text) -> text.substring(0, text.length() - 1));
            assertThat(store.findings()).hasSize(1).first().satisfies(each -> {
                assertThat(each.kind()).isEqualTo(Kind.MALFORMED_VALUE);
                assertThat(each.key()).isEqualTo(key);
            });
        }));
    }

    @Test
    void whatAKeySaysCountsEvenIfItsValueCannotBeRead() {
        AuditDatastore store = sound();
        store.edit(BLOCK2, "{", "");
        store.edit(AFFINITY2, "{", "");
        store.values.remove(Keys.pool("default"));
        store.values.remove(Keys.NODES + "host2.example");
        assertThat(store.findings()).extracting(Finding::kind, Finding::key).containsExactly(
                tuple(Kind.MALFORMED_VALUE, BLOCK2), tuple(Kind.MALFORMED_VALUE, AFFINITY2),
                tuple(Kind.BLOCK_OUTSIDE_POOLS, BLOCK1), tuple(Kind.BLOCK_OUTSIDE_POOLS, BLOCK2),
                tuple(Kind.AFFINITY_WITHOUT_NODE, AFFINITY2));
    }

    @Test
    void whatOtherProgramsLeaveBehindOrKeepToThemselvesIsNoFinding() {
        AuditDatastore store = sound();
        store.takeBack(BORROWER, true);
        assertThat(store.values.get(BLOCK1)).as("releaseByHandle leaves this").contains("\"3\":1002");
        store.claim("host1", "198.18.0.24/29");
        String windows = Keys.BLOCKS + "ipv4/block/198.18.0.24-29";
        store.edit(windows, "\"allocations\":[null", "\"allocations\":[0");
        store.edit(windows, "\"unallocated\":[0,", "\"unallocated\":[");
        store.edit(windows, "\"attributes\":[",
                "\"attributes\":[{\"handle_id\":\"windows-reserved-ipam-handle\",\"secondary\":{}}");
        store.edit(BLOCK2, "host:host2.example", "virtual:load-balancer");
        store.values.remove(AFFINITY2);
        store.values.put("/calico/ipam/v2/virtual/load-balancer/ipv4/block/198.18.0.8-29", "{\"state\":\"confirmed\"}");
        store.values.put("/calico/unknown", "x");
        store.endpoint(new Container("host1", "cni", "host-local"), List.of("192.0.2.1/32"));
        assertThat(store.findings()).isEmpty();
    }

    @Test
    void twoEndpointsOfAContainerShareItsHandle() {
        AuditDatastore store = sound();
        String second = TWO.endpointKey().replace("eth0", "eth1");
        store.values.put(second, store.values.get(TWO.endpointKey()).replace("eth0", "eth1").replace("\"198.18.0.0/32\",", ""));
        store.edit(TWO.endpointKey(), "[\"198.18.0.0/32\",\"198.18.0.1/32\",\"fd00::/128\"]", "[\"198.18.0.0/32\"]");
        assertThat(store.findings()).isEmpty();
    }

    @Test
    void aBlockMayBeOneAddressAndAllOfItsPool() {
        AuditDatastore store = sound();
        store.pool("one", "10.0.0.1/32", 32);
        store.claim("host1", "10.0.0.1/32");
        store.give(new Container("host1", "mesos", "alone"), "10.0.0.1/32", 1);
        assertThat(store.findings()).isEmpty();
        store.giveUp("10.0.0.1/32");
        store.takeBack(new Container("host1", "mesos", "alone"), false);
        store.endpoint(new Container("host1", "cni", "late"), List.of("10.0.0.1"));
        assertThat(store.findings()).extracting(Finding::detail).containsExactly("10.0.0.1: lies in an IPPool, but in no block");
    }

    @Test
    void thoseOfABlockThatIsGoneAreAllNamedErrorsFirst() {
        AuditDatastore store = sound();
        store.values.remove(BLOCK2);
        store.values.put(Keys.IPAM_CONFIG, "{\"strict_affinity\":true}");
        assertThat(store.findings()).extracting(Finding::kind).containsExactly(
                Kind.AFFINITY_WITHOUT_BLOCK, Kind.HANDLE_WITHOUT_BLOCK, Kind.ENDPOINT_NOT_ALLOCATED, Kind.STRICT_AFFINITY);
        assertThat(store.report().summary()).endsWith(": 3 errors, 1 notice");
    }

    @Test
    void ofManyAddressesTheFirstAreNamed() {
        AuditDatastore store = sound();
        store.pool("large", "10.0.0.0/16", 20);
        store.claim("host1", "10.0.0.0/20");
        String block = Keys.BLOCKS + "ipv4/block/10.0.0.0-20";
        store.values.computeIfPresent(block, (key, text) -> text.replaceFirst("\"unallocated\":\\[[0-9,]*]",
                "\"unallocated\":[0]"));
        assertThat(store.findings()).extracting(Finding::detail).containsExactly(
                "10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8 and 4087 more: "
                        + "free, but not in unallocated");
    }

    @Test
    void aFindingIsOneLineWhateverTheDatastoreSays() {
        assertThat(new Finding(Kind.BLOCK_SIZE, "/a\nERROR",
                "b\u0085\u001b[2J")).hasToString("ERROR block-size /a?ERROR: b??[2J");
        assertThat(new Finding(Kind.HANDLE_AHEAD, "/k", "d")).hasToString("NOTICE handle-ahead /k: d");
    }
}
