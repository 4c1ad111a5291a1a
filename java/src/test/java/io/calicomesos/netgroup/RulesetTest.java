package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RulesetTest {
    private static final Endpoint LOCAL = Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("198.18.0.1"));
    private static final Endpoint REMOTE = Endpoint.of("b", "host2", "cali2", Set.of("prod"), Set.of("198.18.1.1"));

    private static final List<IngressRule> OPEN = List.of(new IngressRule(true, Set.of(), List.of(), null, List.of(), 0));

    private final Ruleset ruleset = new Ruleset("host1");
    private final NftSimulation nft = new NftSimulation();

    /** The rules of a netgroup's profile. */
    static List<IngressRule> from(String label) {
        return List.of(new IngressRule(true, Set.of(label), List.of(), null, List.of(), 0));
    }

    @BeforeEach
    void writeTable() {
        nft.run(ruleset.full());
        List.of("prod", "dev").forEach(this::netgroup);
        nft.run(ruleset.profile("public", Set.of(), OPEN));
    }

    private void netgroup(String name) {
        nft.run(ruleset.profile(name, Set.of(name), from(name)));
    }

    @Test
    void aContainerOnAnotherHostIsOneElementInItsNetgroup() {
        nft.run(ruleset.put(LOCAL));
        assertThat(ruleset.put(REMOTE)).isEqualTo("add element inet calico-mesos group-prod { 198.18.1.1 }\n");
        assertThat(ruleset.remove(EndpointId.of("b"))).isEqualTo("delete element inet calico-mesos group-prod { 198.18.1.1 }\n");
    }

    @Test
    void aContainerOfThisHostHasAChainThatLetsItsNetgroupIn() {
        assertThat(ruleset.put(LOCAL)).isEqualTo("""
                add set inet calico-mesos group-prod { type ipv4_addr; }
                add element inet calico-mesos group-prod { 198.18.0.1 }
                add chain inet calico-mesos profile-prod
                add rule inet calico-mesos profile-prod ip saddr @group-prod accept
                add set inet calico-mesos group6-prod { type ipv6_addr; }
                add rule inet calico-mesos profile-prod ip6 saddr @group6-prod accept
                add chain inet calico-mesos to-cali1
                add rule inet calico-mesos to-cali1 jump profile-prod
                add rule inet calico-mesos to-cali1 drop
                add element inet calico-mesos sources { "cali1" . 198.18.0.1 }
                add element inet calico-mesos endpoints { "cali1" : goto to-cali1 }
                """);
        assertThat(ruleset.remove(EndpointId.of("a"))).isEqualTo("""
                delete element inet calico-mesos endpoints { "cali1" }
                delete element inet calico-mesos sources { "cali1" . 198.18.0.1 }
                flush chain inet calico-mesos to-cali1
                delete chain inet calico-mesos to-cali1
                flush chain inet calico-mesos profile-prod
                delete chain inet calico-mesos profile-prod
                delete set inet calico-mesos group6-prod
                delete element inet calico-mesos group-prod { 198.18.0.1 }
                delete set inet calico-mesos group-prod
                """);
    }

    @Test
    void aContainerWithBothFamiliesIsInASetOfEach() {
        Endpoint dual = Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("198.18.0.1", "FD00:0:0::1"));
        String put = ruleset.put(dual);
        assertThat(put).isEqualTo("""
                add set inet calico-mesos group-prod { type ipv4_addr; }
                add element inet calico-mesos group-prod { 198.18.0.1 }
                add set inet calico-mesos group6-prod { type ipv6_addr; }
                add element inet calico-mesos group6-prod { fd00::1 }
                add chain inet calico-mesos profile-prod
                add rule inet calico-mesos profile-prod ip saddr @group-prod accept
                add rule inet calico-mesos profile-prod ip6 saddr @group6-prod accept
                add chain inet calico-mesos to-cali1
                add rule inet calico-mesos to-cali1 jump profile-prod
                add rule inet calico-mesos to-cali1 drop
                add element inet calico-mesos sources { "cali1" . 198.18.0.1 }
                add element inet calico-mesos sources6 { "cali1" . fd00::1 }
                add element inet calico-mesos endpoints { "cali1" : goto to-cali1 }
                """);
        String removed = ruleset.remove(EndpointId.of("a"));
        assertThat(removed.lines().filter(each -> each.startsWith("delete")).count())
                .as("as many as were added, but for the rules").isEqualTo(9);
        String before = nft.state();
        nft.run(put + removed);
        assertThat(nft.state()).isEqualTo(before);
    }

    @Test
    void membersReachEachOtherByIpv6AndOthersDoNot() {
        nft.run(ruleset.put(Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("fd00::1"))));
        nft.run(ruleset.put(Endpoint.of("b", "host2", "cali2", Set.of("prod"), Set.of("fd00::2", "198.18.1.1"))));
        nft.run(ruleset.put(Endpoint.of("c", "host1", "cali3", Set.of("dev"), Set.of("fd00::3"))));
        assertThat(nft.passes("eth0", "fd00::2", "cali1")).isTrue();
        assertThat(nft.passes("cali3", "fd00::3", "cali1")).isFalse();
        assertThat(nft.passes("cali3", "fd00::1", "cali1")).as("in another's name").isFalse();
        assertThat(nft.passes("cali1", "fd00::1", "eth0")).isTrue();
    }

    @Test
    void byLinkLocalAddressesThereIsNeighbourDiscoveryAndNoMore() {
        nft.run(ruleset.put(LOCAL));
        assertThat(nft.discovers("cali1", "fe80::1")).isTrue();
        assertThat(nft.discovers("cali1", "::")).isTrue();
        assertThat(nft.passes("cali1", "fe80::1", "eth0")).isFalse();
        assertThat(nft.discovers("cali1", "fd00::1")).as("by an address that it does not have").isFalse();
        assertThat(nft.passes("cali1", "fd00::1", "eth0")).as("it has IPv4 only").isFalse();
    }

    @Test
    void anAddressIsOneInAnySpelling() {
        nft.run(ruleset.put(Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("fd00::1"))));
        assertThat(ruleset.put(Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("fd00:0:0:0:0:0:0:1")))).isEmpty();
    }

    @Test
    void whatIsToldAgainChangesNothing() {
        nft.run(ruleset.put(LOCAL));
        assertThat(ruleset.put(Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("198.18.0.1")))).isEmpty();
        assertThat(ruleset.profile("prod", Set.of("prod"), from("prod"))).isEmpty();
        assertThat(ruleset.profile("public", Set.of(), OPEN)).isEmpty();
        assertThat(ruleset.remove(EndpointId.of("never-told"))).isEmpty();
        assertThat(ruleset.members().all()).containsExactly(LOCAL);
        assertThat(ruleset.members().get(EndpointId.of("never-told"))).isNull();
    }

    @Test
    void everyoneReachesThePublicNetgroup() {
        nft.run(ruleset.put(Endpoint.of("p", "host1", "cali9", Set.of("public"), Set.of("198.18.0.9"))));
        nft.run(ruleset.put(LOCAL));
        assertThat(nft.passes("eth0", "203.0.113.1", "cali9")).isTrue();
        assertThat(nft.passes("cali1", "198.18.0.1", "cali9")).isTrue();
        assertThat(nft.passes("cali9", "198.18.0.9", "cali1")).as("but its members do not reach everyone").isFalse();
    }

    @Test
    void aContainerWithoutNetgroupsIsReachedByTheHostAlone() {
        nft.run(ruleset.put(Endpoint.of("n", "host1", "cali9", Set.of(), Set.of("198.18.0.9"))));
        assertThat(nft.passes("eth0", "203.0.113.1", "cali9")).isFalse();
        assertThat(nft.passes("cali9", "198.18.0.9", "eth0")).as("nor does it reach anybody else").isFalse();
    }

    @Test
    void anOperatorOpensAndClosesANetgroup() {
        nft.run(ruleset.put(LOCAL));
        assertThat(nft.passes("eth0", "203.0.113.1", "cali1")).isFalse();
        nft.run(ruleset.profile("prod", Set.of("prod"), OPEN));
        assertThat(nft.passes("eth0", "203.0.113.1", "cali1")).isTrue();
        nft.run(ruleset.profile("prod", Set.of("prod"), from("prod")));
        assertThat(nft.passes("eth0", "203.0.113.1", "cali1")).isFalse();
    }

    @Test
    void aContainerCannotSendFromAnothersAddress() {
        nft.run(ruleset.put(LOCAL));
        nft.run(ruleset.put(Endpoint.of("c", "host1", "cali3", Set.of("dev"), Set.of("198.18.0.3"))));
        nft.run(ruleset.put(REMOTE));
        assertThat(nft.passes("cali3", "198.18.0.1", "cali1")).isFalse();
        assertThat(nft.passes("cali3", "198.18.1.1", "cali1")).isFalse();
        assertThat(nft.passes("cali1", "198.18.0.1", "cali1")).as("while its own passes").isTrue();
    }

    @Test
    void anInterfaceThatNobodyToldOfIsCutOff() {
        assertThat(nft.passes("cali7", "198.18.0.7", "eth0")).isFalse();
        assertThat(nft.passes("eth0", "203.0.113.1", "cali7")).isFalse();
        assertThat(nft.passes("eth0", "203.0.113.1", "eth1")).as("what is not ours passes").isTrue();
    }

    @Test
    void netgroupsWithLongNamesDoNotMeet() {
        netgroup("g".repeat(250) + "x");
        netgroup("g".repeat(250) + "y");
        nft.run(ruleset.put(Endpoint.of("x", "host1", "cali8", Set.of("g".repeat(250) + "x"), Set.of("198.18.0.8"))));
        nft.run(ruleset.put(Endpoint.of("y", "host1", "cali9", Set.of("g".repeat(250) + "y"), Set.of("198.18.0.9"))));
        assertThat(nft.passes("cali8", "198.18.0.8", "cali9")).isFalse();
        nft.run(ruleset.put(Endpoint.of("z", "host2", "cali7", Set.of("g".repeat(250) + "y"), Set.of("198.18.1.7"))));
        assertThat(nft.passes("eth0", "198.18.1.7", "cali9")).isTrue();
    }

    @Test
    void aProfileNamedLikeACommandIsOnlyAName() {
        String evil = "x { type ipv4_addr; }\nflush ruleset\nadd set inet calico-mesos group-x";
        String commands = ruleset.put(Endpoint.of("e", "host2", "cali7", Set.of(evil), Set.of("198.18.1.7")));
        assertThat(commands).doesNotContain("flush");
        nft.run(commands);
        netgroup(evil);
        nft.run(ruleset.put(Endpoint.of("f", "host1", "cali8", Set.of(evil), Set.of("198.18.0.8"))));
        assertThat(nft.passes("eth0", "198.18.1.7", "cali8")).isTrue();
    }

    @Test
    void aMemberWithoutAnAddressIsNone() {
        Endpoint without = Endpoint.of("six", "host1", "cali6", Set.of("prod"), Set.of());
        assertThat(ruleset.put(without)).isEmpty();
        assertThat(ruleset.remove(EndpointId.of("six"))).isEmpty();
        nft.run(ruleset.put(LOCAL));
        String before = nft.state();
        nft.run(ruleset.put(Endpoint.of("six", "host1", "cali6", Set.of("prod"), Set.of("198.18.0.6"))));
        nft.run(ruleset.put(without));
        assertThat(nft.state()).isEqualTo(before);
    }

    @Test
    void theTableIsTakenAwayWhetherItIsThereOrNot() {
        NftSimulation without = new NftSimulation();
        without.run(Ruleset.remove());
        nft.run(ruleset.put(LOCAL));
        nft.run(Ruleset.remove());
        assertThat(nft.state()).isEqualTo(without.state());
    }

    @Test
    void theTableIsNeededWhileAContainerIsHere() {
        ruleset.put(REMOTE);
        assertThat(ruleset.hasLocal()).isFalse();
        ruleset.put(LOCAL);
        assertThat(ruleset.hasLocal()).isTrue();
        ruleset.remove(EndpointId.of("a"));
        assertThat(ruleset.hasLocal()).isFalse();
    }

    @Test
    void aLaunchCostsTheSameAmongTwoMembersAsAmongThousand() {
        assertThat(costs(1_000)).isEqualTo(costs(2)).containsExactly(2L, 2L, 11L, 1L, 2L, 9L);
    }

    /** How many commands it takes to put and remove a remote and a local member, and to open and close its netgroup. */
    private static List<Long> costs(int others) {
        Ruleset ruleset = new Ruleset("host1");
        ruleset.profile("prod", Set.of("prod"), from("prod"));
        Endpoint remote = Endpoint.of("b", "host2", "cali2", Set.of("prod"), Set.of("198.18.1.1", "fd00::1"));
        Endpoint local = Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("198.18.0.1", "fd00::2"));
        ruleset.put(Endpoint.of("first", "host1", "caliF", Set.of("dev"), Set.of("198.19.255.1")));
        for (int i = 0; i < others; i++) {
            Set<String> addresses = Set.of("198.19." + i / 250 + "." + i % 250, "fd00:1::" + Integer.toHexString(i));
            ruleset.put(Endpoint.of("o" + i, i % 2 == 0 ? "host2" : "host3", "cali-o", Set.of("prod", "dev"), addresses));
        }
        List<String> commands = new ArrayList<>();
        commands.add(ruleset.put(remote));
        commands.add(ruleset.remove(remote.id()));
        commands.add(ruleset.put(local));
        commands.add(ruleset.profile("prod", Set.of("prod"), OPEN).replaceFirst("flush.*\n", ""));
        commands.add(ruleset.profile("prod", Set.of("prod"), from("prod")).replaceFirst("flush.*\n", ""));
        commands.add(ruleset.remove(local.id()));
        return commands.stream().map(each -> each.lines().count()).toList();
    }
}
