package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.NodeName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final NodeName NODE = new NodeName("host1");
    private static final Cidr CIDR = Cidr.parse("198.18.0.0/26");
    private static final Block BLOCK = Block.empty(CIDR, NODE, 1);
    private static final HandleId HANDLE = new HandleId("mesos.host1.a");

    private final Plan plan = new Plan(NODE, cidr -> true);

    @Test
    void anEmptyPlanDoesNothing() {
        assertThat(plan.isEmpty()).isTrue();
        assertSizes(0, 0, 0);
        assertThat(plan.claimed()).isEmpty();
        assertThat(plan.block(CIDR)).isNull();
    }

    @Test
    void aLaunchComparesItsBlockHandleAndEndpointWritesThemAndElseReadsThem() {
        plan.change(CIDR, BLOCK, 7);
        plan.launch(HANDLE, Handle.EMPTY, List.of(document("/e", true), document("/profile", false)));
        assertThat(plan.isEmpty()).isFalse();
        assertSizes(3, 4, 3);
        assertThat(plan.exclusive()).containsExactly("/calico/ipam/v2/handle/mesos.host1.a", "/e");
        assertThat(plan.block(CIDR)).isEqualTo(new Plan.Change(BLOCK, 7));
        assertThat(plan.claimed()).isEmpty();
    }

    @Test
    void aClaimAlsoWritesTheAffinityWhateverIsThereAndElseReadsWhichBlocksThereAre() {
        plan.change(CIDR, BLOCK, 0);
        plan.launch(HANDLE, Handle.EMPTY, List.of(document("/e", true)));
        assertSizes(3, 4, 4);
        assertThat(plan.claimed()).containsExactly(4);
    }

    @Test
    void aBlockOfThisHostWhoseAffinityIsNotConfirmedIsWrittenWithIt() {
        for (Block block : List.of(BLOCK, BLOCK.withoutAffinity())) {
            Plan unconfirmed = new Plan(NODE, cidr -> false);
            unconfirmed.change(CIDR, block, 7);
            assertThat(unconfirmed.writes()).hasSize(block.belongsTo(NODE) ? 2 : 1);
        }
    }

    @Test
    void aBlockThatIsOnlyExpectedIsComparedAndNotWritten() {
        plan.expect(CIDR, BLOCK, 7);
        assertSizes(1, 0, 1);
        plan.expect(CIDR, null, 0);
        assertThat(plan.block(CIDR).revision()).as("the first stays").isEqualTo(7);
        plan.change(CIDR, BLOCK.touched(), 7);
        assertSizes(1, 1, 1);
    }

    @Test
    void aBlockThatSeveralChangeIsWrittenOnceAsTheLastLeavesIt() {
        plan.change(CIDR, BLOCK, 7);
        plan.change(CIDR, BLOCK.touched(), 7);
        assertSizes(1, 1, 1);
        assertThat(plan.block(CIDR).block()).isEqualTo(BLOCK.touched());
    }

    @Test
    void aProfileThatSeveralNeedIsWrittenOnce() {
        plan.launch(HANDLE, Handle.EMPTY, List.of(document("/profile", false)));
        plan.launch(new HandleId("b"), Handle.EMPTY, List.of(document("/profile", false), document("/other", false)));
        assertSizes(2, 4, 2);
    }

    @Test
    void aDepartureComparesNothingOfItsOwnAndDeletesBothInOneWriteEach() {
        plan.depart(new Departure(HANDLE, Map.of("/e", 5L), List.of()));
        assertSizes(0, 2, 0);
        plan.depart(Departure.ofUnknown(new HandleId("b")));
        assertSizes(0, 3, 0);
    }

    @Test
    void anEmptyBlockGoesWithItsAffinityIfItIsOurs() {
        plan.delete(CIDR, BLOCK, 7);
        assertSizes(1, 2, 1);
        assertThat(plan.block(CIDR).deletes()).isTrue();
        plan.delete(Cidr.parse("198.18.1.0/26"), BLOCK.withoutAffinity(), 7);
        assertSizes(2, 3, 2);
    }

    @Test
    void aBlockOfEachFamilyThatIsClaimedBringsTheKeysOfItsFamily() {
        plan.change(CIDR, BLOCK, 0);
        Cidr other = Cidr.parse("fd00::/122");
        plan.change(other, Block.empty(other, NODE, 1), 0);
        assertThat(plan.claimed()).containsExactly(4, 6);
        assertSizes(2, 4, 4);
    }

    @Test
    void aHandleHasRoomOnce() {
        assertThat(plan.hasRoomFor(HANDLE, 3)).isTrue();
        plan.launch(HANDLE, Handle.EMPTY, List.of());
        assertThat(plan.hasRoomFor(HANDLE, 3)).isFalse();
        assertThat(plan.hasRoomFor(new HandleId("other"), 3)).isTrue();
        plan.depart(Departure.ofUnknown(new HandleId("other")));
        assertThat(plan.hasRoomFor(new HandleId("other"), 3)).isFalse();
    }

    @Test
    void moreThanEtcdTakesIsNeverPutTogether() {
        int launches = 0;
        plan.change(CIDR, BLOCK, 0);
        while (plan.hasRoomFor(new HandleId("c" + launches), 3)) {
            plan.launch(new HandleId("c" + launches), Handle.EMPTY, List.of(document("/e" + launches, true)));
            launches++;
        }
        assertThat(launches).isGreaterThan(50);
        for (List<?> each : List.of(plan.comparisons(), plan.writes(), plan.reads())) {
            assertThat(each).hasSizeLessThanOrEqualTo(Plan.MAX_OPERATIONS);
        }
    }

    private void assertSizes(int comparisons, int writes, int reads) {
        assertThat(plan.comparisons()).hasSize(comparisons);
        assertThat(plan.writes()).hasSize(writes);
        assertThat(plan.reads()).hasSize(reads);
    }

    private static Launch.Document document(String key, boolean exclusive) {
        return new Launch.Document(key, new byte[0], exclusive);
    }
}
