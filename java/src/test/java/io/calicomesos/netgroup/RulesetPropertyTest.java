package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Random lives of members and profiles: the commands, one after the other, beside a naive model of who reaches whom. */
class RulesetPropertyTest {
    private static final String HERE = "host1";
    private static final List<String> ADDRESSES = List.of(
            "198.18.0.1", "198.18.0.2", "198.18.1.1", "198.18.1.2", "fd00::1", "fd00::2", "fd00::1:1", "fd00::1:2");
    private static final List<String> PROFILES = List.of(
            "prod", "dev", "public", "kns.default", "x".repeat(200), "x".repeat(199) + "y", "z".repeat(128), "z".repeat(129),
            "a b", "a b\" }", "a\nflush ruleset", "-", ".", "");

    /** One thing that etcd tells. */
    sealed interface Event {
        record Put(Endpoint member) implements Event {}

        record Remove(String key) implements Event {}

        record ProfileSeen(String profile, Set<String> labels, List<IngressRule> ingress) implements Event {}

        record Rewrite() implements Event {}
    }

    private final NftSimulation nft = new NftSimulation();
    private final Ruleset ruleset = new Ruleset(HERE);
    private final Map<EndpointId, Endpoint> members = new LinkedHashMap<>();
    private final Map<String, Event.ProfileSeen> profiles = new TreeMap<>();

    @Property(tries = 300)
    void theKernelTakesEachChangeAndThenLetsInWhoSharesANetgroup(@ForAll("events") List<Event> events) {
        RulesetPropertyTest fresh = new RulesetPropertyTest(); // jqwik shares the instance among the tries of a property.
        fresh.nft.run(fresh.ruleset.full());
        for (Event event : events) {
            fresh.tell(event);
            assertThat(fresh.nft.state()).as("after %s", event).isEqualTo(fresh.writtenAtOnce());
            fresh.assertWhoReachesWhom();
            assertThat(fresh.ruleset.members().ids()).isEqualTo(fresh.members.keySet());
            assertThat(fresh.ruleset.hasLocal()).isEqualTo(fresh.members.values().stream().anyMatch(each -> each.node().equals(HERE)));
        }
        List.copyOf(fresh.members.keySet()).forEach(id -> fresh.nft.run(fresh.ruleset.remove(id)));
        assertThat(fresh.nft.state()).as("nothing is left").isEqualTo(empty());
    }

    private void tell(Event event) {
        if (event instanceof Event.Put put) {
            nft.run(ruleset.put(put.member()));
            members.remove(put.member().id());
            if (!put.member().addresses().isEmpty()) { // Without an address nothing of it passes.
                members.put(put.member().id(), put.member());
            }
        } else if (event instanceof Event.Remove remove) {
            nft.run(ruleset.remove(EndpointId.of(remove.key())));
            members.remove(EndpointId.of(remove.key()));
        } else if (event instanceof Event.ProfileSeen seen) {
            nft.run(ruleset.profile(seen.profile(), seen.labels(), seen.ingress()));
            profiles.put(seen.profile(), seen);
        } else {
            nft.run(ruleset.full());
        }
    }

    /** What a ruleset writes in one piece that was told of the same members and profiles, in another order. */
    private String writtenAtOnce() {
        Ruleset other = new Ruleset(HERE);
        profiles.values().forEach(each -> other.profile(each.profile(), each.labels(), each.ingress()));
        members.values().forEach(other::put);
        NftSimulation kernel = new NftSimulation();
        kernel.run(other.full());
        return kernel.state();
    }

    private static String empty() {
        NftSimulation kernel = new NftSimulation();
        kernel.run(new Ruleset(HERE).full());
        return kernel.state();
    }

    private void assertWhoReachesWhom() {
        for (Endpoint target : members.values()) {
            if (!target.node().equals(HERE)) {
                continue;
            }
            for (String address : ADDRESSES) {
                if (target.addresses().stream().allMatch(each -> each.ipv6() != isIpv6(address))) {
                    continue; // There is nothing of this family to be sent to it.
                }
                assertThat(nft.passes("eth0", address, target.interfaceName()))
                        .as("from the link, %s to %s", address, target).isEqualTo(isLetIn(address, target));
                for (Endpoint sender : members.values()) {
                    boolean its = sender.node().equals(HERE) && !sender.profiles().isEmpty()
                            && sender.addresses().contains(address(address));
                    assertThat(nft.passes(sender.interfaceName(), address, target.interfaceName()))
                            .as("%s as %s to %s", sender, address, target).isEqualTo(its && isLetIn(address, target));
                    assertThat(nft.passes(sender.interfaceName(), address, "eth0")).as("%s out as %s", sender, address).isEqualTo(its);
                }
            }
            for (String address : ADDRESSES) {
                assertThat(nft.passes("eth0", address, "caliunknown")).isFalse();
            }
            assertThat(nft.passes(target.interfaceName(), "fe80::1", target.interfaceName())).isFalse();
            assertThat(nft.discovers(target.interfaceName(), "fe80::1")).isTrue();
        }
    }

    private static boolean isIpv6(String address) {
        return address.indexOf(':') >= 0;
    }

    /** The first rule of the first profile that matches decides. */
    private boolean isLetIn(String address, Endpoint target) {
        for (String profile : target.profiles()) {
            for (IngressRule rule : profiles.containsKey(profile) ? profiles.get(profile).ingress() : List.<IngressRule>of()) {
                boolean wears = rule.labels().isEmpty() || members.values().stream()
                        .filter(each -> each.addresses().contains(address(address)))
                        .flatMap(each -> each.profiles().stream()).filter(profiles::containsKey)
                        .anyMatch(each -> !Collections.disjoint(profiles.get(each).labels(), rule.labels()));
                boolean within = rule.nets().isEmpty()
                        || rule.nets().stream().anyMatch(each -> each.contains(address(address).inet()));
                boolean family = rule.ipVersion() == 0 || isIpv6(address) == (rule.ipVersion() == 6);
                boolean service = (rule.protocol() == null || rule.protocol() == NftSimulation.PROTOCOL)
                        && (rule.ports().isEmpty() || rule.ports().contains(Integer.toString(NftSimulation.PORT)));
                if (wears && within && family && service) {
                    return rule.allow();
                }
            }
        }
        return false;
    }

    private static Address address(String text) {
        return Address.of(Cidr.parseAddress(text));
    }

    @Provide
    Arbitrary<List<Event>> events() {
        Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 5);
        Arbitrary<Event> puts = Combinators.combine(
                numbers, Arbitraries.of(HERE, HERE, "host2"), Arbitraries.of(PROFILES).set().ofMaxSize(3),
                Arbitraries.of(ADDRESSES).set().ofMaxSize(3))
                .as((number, node, profiles, addresses) -> new Event.Put(
                        Endpoint.of("key" + number, node, "cali0000000000" + number, profiles, addresses)));
        Arbitrary<Event> removes = numbers.map(number -> new Event.Remove("key" + number));
        Arbitrary<Set<String>> labels = Arbitraries.of("a", "b", "c").set().ofMaxSize(2);
        Arbitrary<List<Cidr>> nets = Arbitraries.of(
                Cidr.parse("198.18.0.0/31"), Cidr.parse("198.18.1.0/24"), Cidr.parse("0.0.0.0/0"), Cidr.parse("fd00::/112")).list().ofMaxSize(2);
        Arbitrary<IngressRule> rules = Combinators.combine(
                Arbitraries.of(true, true, false), labels, nets, Arbitraries.of(0, 0, 0, 4, 6), Arbitraries.of(-1, -1, 6, 17),
                Arbitraries.of("", Integer.toString(NftSimulation.PORT), "1-80"))
                .as((allow, wearing, from, ipVersion, protocol, port) -> new IngressRule(
                        allow, wearing, from, protocol < 0 ? null : protocol,
                        protocol < 0 || port.isEmpty() ? List.of() : List.of(port), ipVersion));
        Arbitrary<Event> profiles = Combinators.combine(Arbitraries.of(PROFILES), labels, rules.list().ofMaxSize(3))
                .as(Event.ProfileSeen::new);
        return Arbitraries.frequencyOf(
                Tuple.of(6, puts), Tuple.of(3, removes), Tuple.of(5, profiles),
                Tuple.of(1, Arbitraries.create(Event.Rewrite::new))).list().ofMaxSize(25);
    }
}
