package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.Golden;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BlockTest {
    private static final Cidr CIDR = Cidr.parse("198.18.119.0/26");
    private static final NodeName HOST = new NodeName("host1");
    private static final Attribute A = attribute("a");
    private static final Attribute B = attribute("b");
    private static final long SEED = 1795461908175414195L;

    @Test
    void fourLaunchesMakeTheBlockThatCalicoMakes() {
        Block block = Block.empty(CIDR, HOST, SEED);
        for (final String[] launch : new String[][] {
            {"net-a.11111111-aaaa-4000-8000-000000000001", "2026-11-23T19:25:08.147427988Z"},
            {"net-b.33333333-bbbb-4000-8000-000000000001", "2026-11-23T19:25:08.428496753Z"},
            {"net-a.22222222-aaaa-4000-8000-000000000002", "2026-11-23T19:25:42.882262899Z"},
            {"net-a.44444444-cccc-4000-8000-000000000001", "2026-11-23T19:25:43.757133567Z"}}) {
            block = block.assign(1, Attribute.of(new HandleId(launch[0]), HOST, Instant.parse(launch[1])), Reservations.NONE).block();
        }
        assertThat(new String(Json.write(block), StandardCharsets.UTF_8)).isEqualTo(Golden.values().get(Keys.block(CIDR)));
    }

    @Test
    void theOneThatHasBeenFreeLongestIsGivenFirst() {
        final Assignment first = Block.empty(CIDR, HOST, SEED).assign(3, A, Reservations.NONE);
        assertThat(first.addresses()).containsExactly(address(0), address(1), address(2));
        final Block released = ((Release.Released) first.block().release(List.of(any(1), any(0)))).block();
        assertThat(released.assign(63, B, Reservations.NONE).addresses().subList(60, 63)).containsExactly(address(63), address(1), address(0));
    }

    @Test
    void reservedAddressesAreSkippedAndKeepTheirPlace() {
        final Reservations reserved = new Reservations(List.of(Cidr.parse("198.18.119.0/30"), Cidr.parse("198.18.119.5/32")));
        final Block block = Block.empty(CIDR, HOST, SEED);
        final Assignment assignment = block.assign(2, A, reserved);
        assertThat(assignment.addresses()).containsExactly(address(4), address(6));
        assertThat(assignment.block().allocations().queue()).startsWith(0, 1, 2, 3, 5, 7);
        assertThat(block.freeCount(reserved)).isEqualTo(59);
        assertThat(block.assign(64, A, reserved).addresses()).hasSize(59);
        final Assignment none = block.assign(1, A, address -> true);
        assertThat(none.addresses()).isEmpty();
        assertThat(none.block()).isSameAs(block);
    }

    @Test
    void aFullBlockGivesWhatItHas() {
        final Block full = Block.empty(CIDR, HOST, SEED).assign(60, A, Reservations.NONE).block();
        assertThat(full.assign(10, B, Reservations.NONE).addresses()).hasSize(4);
        assertThat(full.assign(4, B, Reservations.NONE).block().assign(1, B, Reservations.NONE).addresses()).isEmpty();
    }

    @Test
    void oneHoldersAddressesShareAnAttribute() {
        final Block block = Block.empty(CIDR, HOST, SEED).assign(2, A, Reservations.NONE).block().assign(1, B, Reservations.NONE).block()
            .assign(1, attribute("a"), Reservations.NONE).block();
        assertThat(block.attributes()).containsExactly(A, B);
        assertThat(block.addressesOf(new HandleId("a"))).containsExactly(address(0), address(1), address(3));
        assertThat(block.held()).hasSize(4);
    }

    @Test
    void aWantedAddressIsGivenOrItsHolderIsNamed() {
        final Block empty = Block.empty(CIDR, HOST, SEED);
        final Block block = ((AddressAssignment.Assigned) empty.assign(address(7), A)).block();
        assertThat(block.holderOf(address(7))).contains(A);
        assertThat(block.holderOf(address(8))).isEmpty();
        assertThat(block.freeCount()).isEqualTo(63);
        assertThat(block.sequenceNumber()).isEqualTo(SEED + 1);
        assertThat(block.sequenceNumberOf(address(7))).hasValue(SEED);
        assertThat(block.assign(address(7), B)).isEqualTo(new AddressAssignment.Held(address(7), A));
        assertThat(block.assign(10, B, Reservations.NONE).addresses()).doesNotContain(address(7));
        assertThatThrownBy(() -> empty.assign(Cidr.parseAddress("198.18.119.64"), A)).hasMessage("address 198.18.119.64 is not in 198.18.119.0/26");
    }

    @Test
    void anAddressIsNotTakenFromTheNextHolder() {
        final Block first = Block.empty(CIDR, HOST, SEED).assign(2, A, Reservations.NONE).block();
        final long sequence = first.sequenceNumberOf(address(0)).orElseThrow();
        final Block gone = ((Release.Released) first.release(List.of(any(0)))).block();
        final Block second = ((AddressAssignment.Assigned) gone.assign(address(0), A)).block();
        assertThat(second.release(List.of(any(1), new ReleaseRequest(address(0), Optional.empty(), OptionalLong.of(sequence)))))
            .isInstanceOfSatisfying(Release.Conflict.class, conflict -> assertThat(conflict.sequenceNumber()).isEqualTo(SEED + 2));
        assertThat(second.release(List.of(ReleaseRequest.of(address(0), new HandleId("b")))))
            .isInstanceOfSatisfying(Release.Conflict.class, conflict -> assertThat(conflict.holder()).isEqualTo(A));
        assertThat(second.release(List.of(new ReleaseRequest(address(0), Optional.of(new HandleId("a")), OptionalLong.of(SEED + 2)))))
            .isInstanceOf(Release.Released.class);
    }

    @Test
    void releasingTwiceIsReleasingOnce() {
        final Block block = Block.empty(CIDR, HOST, SEED).assign(1, A, Reservations.NONE).block();
        final Release.Released once = (Release.Released) block.release(List.of(any(0), any(0), any(5)));
        assertThat(once.addresses()).containsExactly(address(0));
        assertThat(once.notHeld()).containsExactly(address(5));
        final Release.Released twice = (Release.Released) once.block().release(List.of(ReleaseRequest.of(address(0), new HandleId("a")),
            new ReleaseRequest(address(5), Optional.empty(), OptionalLong.of(1))));
        assertThat(twice.addresses()).isEmpty();
        assertThat(twice.notHeld()).containsExactly(address(0), address(5));
        assertThat(twice.block()).isSameAs(once.block());
    }

    @Test
    void aReleaseDropsAttributesThatNobodyUsesAndForgetsTheSequenceNumber() {
        final Block block = Block.empty(CIDR, HOST, SEED).assign(1, A, Reservations.NONE).block().assign(2, B, Reservations.NONE).block();
        final Block released = ((Release.Released) block.release(List.of(any(0), any(1)))).block();
        assertThat(released.attributes()).containsExactly(B);
        assertThat(released.holderOf(address(2))).contains(B);
        assertThat(new String(Json.write(released), StandardCharsets.UTF_8)).contains("\"sequenceNumberForAllocation\":{\"2\":" + (SEED + 1) + "}");
        assertThat(released.sequenceNumber()).isEqualTo(SEED + 3);
    }

    @Test
    void aReleaseByHandleLeavesTheSequenceNumbersAsCalicoDoes() {
        final Block block = Block.empty(CIDR, HOST, SEED).assign(2, A, Reservations.NONE).block().assign(1, B, Reservations.NONE).block();
        final Release.Released released = block.releaseByHandle(new HandleId("a"));
        assertThat(released.addresses()).containsExactly(address(0), address(1));
        assertThat(released.block().attributes()).containsExactly(B);
        assertThat(released.block().sequenceNumber()).isEqualTo(SEED + 3);
        assertThat(released.block().sequenceNumberOf(address(0))).isEmpty();
        assertThat(new String(Json.write(released.block()), StandardCharsets.UTF_8))
            .contains("\"sequenceNumberForAllocation\":{\"0\":" + SEED + ",\"1\":" + SEED + ",\"2\":" + (SEED + 1) + "}");
        assertThat(released.block().releaseByHandle(new HandleId("a")).block()).isSameAs(released.block());
    }

    @Test
    void anEmptyBlockIsEmptyAlsoIfWindowsKeepsAddresses() {
        final Block empty = Block.empty(CIDR, HOST, SEED);
        assertThat(empty.isEmpty()).isTrue();
        final Block windows = ((AddressAssignment.Assigned) empty.assign(address(0),
            new Attribute("Windows-Reserved-IPAM-Handle", Map.of("note", "n"), null))).block();
        assertThat(windows.isEmpty()).isTrue();
        final Block used = ((AddressAssignment.Assigned) windows.assign(address(1), A)).block();
        assertThat(used.isEmpty()).isFalse();
        assertThat(used.releaseByHandle(new HandleId("a")).block().isEmpty()).isTrue();
        assertThat(((AddressAssignment.Assigned) empty.assign(address(0), new Attribute(null, null, null))).block().isEmpty()).isFalse();
    }

    @Test
    void aHandleWrittenByAMigrationIsFound() {
        final Block block = ((AddressAssignment.Assigned) Block.empty(CIDR, HOST, SEED).assign(address(3),
            new Attribute("a\r\neth0", null, null))).block();
        assertThat(block.addressesOf(new HandleId("a"))).containsExactly(address(3));
        assertThat(block.release(List.of(ReleaseRequest.of(address(3), new HandleId("a"))))).isInstanceOf(Release.Released.class);
    }

    @Test
    void ownersChange() {
        final Block block = Block.empty(CIDR, HOST, SEED);
        assertThat(block.belongsTo(HOST)).isTrue();
        assertThat(block.belongsTo(new NodeName("host"))).isFalse();
        assertThat(block.withoutAffinity().affinity()).isEmpty();
        assertThat(block.withoutAffinity().sequenceNumber()).isEqualTo(SEED + 1);
        assertThat(block.withoutAffinity().withoutAffinity()).isEqualTo(block.withoutAffinity());
        assertThat(block.touched().sequenceNumber()).isEqualTo(SEED + 1);
        assertThat(new String(Json.write(block.withoutAffinity()), StandardCharsets.UTF_8)).contains("\"affinity\":null");
    }

    @Test
    void theSmallestAndTheLargestBlocksWork() {
        for (final String cidr : List.of("198.18.0.0/20", "198.18.0.7/32", "fd00::/116", "fd00::7/128")) {
            final Block block = Block.empty(Cidr.parse(cidr), HOST, SEED);
            final Assignment all = block.assign(5000, A, Reservations.NONE);
            assertThat(all.addresses()).hasSize(block.freeCount()).doesNotHaveDuplicates();
            final byte[] json = Json.write(all.block());
            assertThat(Json.read(Block.class, "key", json)).isEqualTo(all.block());
        }
        assertThatThrownBy(() -> Block.empty(Cidr.parse("198.18.0.0/19"), HOST, SEED)).hasMessage("block 198.18.0.0/19: must be /20../32");
        assertThatThrownBy(() -> Block.empty(Cidr.parse("fd00::/64"), HOST, SEED)).hasMessage("block fd00::/64: must be /116../128");
    }

    @Test
    void timesAreWrittenAsGoWritesThem() {
        for (final String[] time : new String[][] {
            {"2026-11-23T19:25:08.147427988Z", "2026-11-23 19:25:08.147427988 +0000 UTC"},
            {"2026-01-02T03:04:05Z", "2026-01-02 03:04:05 +0000 UTC"},
            {"2026-01-02T03:04:05.120Z", "2026-01-02 03:04:05.12 +0000 UTC"},
            {"2026-01-02T03:04:05.000001Z", "2026-01-02 03:04:05.000001 +0000 UTC"}}) {
            final Attribute attribute = Attribute.of(new HandleId("h"), HOST, Instant.parse(time[0]));
            assertThat(attribute.secondary()).isEqualTo(Map.of("node", "host1", "timestamp", time[1]));
            assertThat(attribute.assigned()).contains(Instant.parse(time[0]));
            assertThat(attribute.node()).contains("host1");
        }
        assertThat(new Attribute("h", Map.of("timestamp", "yesterday"), null).assigned()).isEmpty();
        assertThat(new Attribute("h", null, null).assigned()).isEmpty();
    }

    private static Attribute attribute(final String handle) {
        return Attribute.of(new HandleId(handle), HOST, Instant.EPOCH);
    }

    private static InetAddress address(final int ordinal) {
        return CIDR.addressAt(ordinal);
    }

    private static ReleaseRequest any(final int ordinal) {
        return new ReleaseRequest(address(ordinal), Optional.empty(), OptionalLong.empty());
    }
}
