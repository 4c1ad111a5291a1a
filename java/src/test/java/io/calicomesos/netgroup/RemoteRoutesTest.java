package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

class RemoteRoutesTest {
    private static final String HERE = "host1";
    private static final List<String> NODES = List.of(HERE, "host2", "host3");
    private static final List<Cidr> BLOCKS = List.of(
            Cidr.parse("198.18.0.0/30"), Cidr.parse("198.18.0.4/30"), Cidr.parse("198.18.0.8/30"));
    private static final List<String> ADDRESSES = List.of(
            "198.18.0.1", "198.18.0.2", "198.18.0.4", "198.18.0.7", "198.18.0.8", "198.18.0.200");
    private static final InetAddress GATEWAY = Cidr.parseAddress("10.0.0.2");

    private final RemoteRoutes routes = new RemoteRoutes(HERE);

    @Test
    void theContainersOfABlockShareOneRoute() {
        routes.gateway("host2", GATEWAY);
        routes.block("host2", BLOCKS.get(0));
        routes.add(member("a", "host2", "198.18.0.1"));
        routes.add(member("b", "host2", "198.18.0.2"));
        assertThat(routes.takeChanged()).containsExactly(BLOCKS.get(0));
        assertThat(routes.takeChanged()).as("told once").isEmpty();
        assertThat(routes.gatewayTo(BLOCKS.get(0))).contains(GATEWAY);
        routes.remove(member("a", "host2", "198.18.0.1"));
        assertThat(routes.gatewayTo(BLOCKS.get(0))).contains(GATEWAY);
        routes.remove(member("b", "host2", "198.18.0.2"));
        assertThat(routes.takeChanged()).containsExactly(BLOCKS.get(0));
        assertThat(routes.gatewayTo(BLOCKS.get(0))).isEmpty();
    }

    @Test
    void anAddressBorrowedFromAnothersBlockHasARouteOfItsOwn() {
        routes.gateway("host2", GATEWAY);
        routes.gateway("host3", Cidr.parseAddress("10.0.0.3"));
        routes.block("host2", BLOCKS.get(0));
        routes.add(member("a", "host3", "198.18.0.1"));
        assertThat(routes.takeChanged()).containsExactly(Cidr.parse("198.18.0.1/32"));
        assertThat(routes.gatewayTo(Cidr.parse("198.18.0.1/32"))).contains(Cidr.parseAddress("10.0.0.3"));
        assertThat(routes.gatewayTo(BLOCKS.get(0))).as("no container of host2 is in it").isEmpty();
    }

    @Test
    void thisHostsOwnContainersNeedNone() {
        routes.gateway(HERE, GATEWAY);
        routes.block(HERE, BLOCKS.get(0));
        routes.add(member("a", HERE, "198.18.0.1"));
        routes.remove(member("a", HERE, "198.18.0.1"));
        assertThat(routes.takeChanged()).isEmpty();
        assertThat(routes.gatewayTo(BLOCKS.get(0))).isEmpty();
    }

    @Test
    void aHostWhoseAddressIsNotKnownYetGetsItsRoutesWhenItIs() {
        routes.block("host2", BLOCKS.get(0));
        routes.add(member("a", "host2", "198.18.0.1"));
        routes.takeChanged();
        assertThat(routes.gatewayTo(BLOCKS.get(0))).isEmpty();
        routes.gateway("host2", GATEWAY);
        assertThat(routes.takeChanged()).containsExactly(BLOCKS.get(0));
        assertThat(routes.gatewayTo(BLOCKS.get(0))).contains(GATEWAY);
    }

    /** One thing that etcd tells. */
    sealed interface Event {
        record Put(Member member) implements Event {}

        record Remove(String key) implements Event {}

        record Gateway(String node, int last) implements Event {}

        record Block(String node, Cidr block, boolean there) implements Event {}

        record Program() implements Event {}
    }

    /** What is told, kept naively, and a kernel that is programmed with what has changed. */
    private static final class Model {
        private final RemoteRoutes routes = new RemoteRoutes(HERE);
        private final Map<String, Member> members = new HashMap<>();
        private final Map<String, InetAddress> gateways = new HashMap<>();
        private final Map<String, Set<Cidr>> blocks = new HashMap<>();
        private final Map<Cidr, InetAddress> kernel = new HashMap<>();

        void tell(Event event) {
            if (event instanceof Event.Put put) {
                remove(put.member().key());
                routes.add(put.member());
                members.put(put.member().key(), put.member());
            } else if (event instanceof Event.Remove remove) {
                remove(remove.key());
            } else if (event instanceof Event.Gateway gateway && gateway.last() == 0) {
                routes.gateway(gateway.node(), null);
                gateways.remove(gateway.node());
            } else if (event instanceof Event.Gateway gateway) {
                InetAddress address = Cidr.parseAddress("10.0.0." + gateway.last());
                routes.gateway(gateway.node(), address);
                gateways.put(gateway.node(), address);
            } else if (event instanceof Event.Block block && block.there()) {
                routes.block(block.node(), block.block());
                blocks.computeIfAbsent(block.node(), each -> new HashSet<>()).add(block.block());
            } else if (event instanceof Event.Block block) {
                routes.blockGone(block.node(), block.block());
                blocks.getOrDefault(block.node(), new HashSet<>()).remove(block.block());
            } else {
                program();
            }
        }

        private void remove(String key) {
            Member old = members.remove(key);
            if (old != null) {
                routes.remove(old);
            }
        }

        void program() {
            for (Cidr destination : routes.takeChanged()) {
                Optional<InetAddress> gateway = routes.gatewayTo(destination);
                gateway.ifPresentOrElse(each -> kernel.put(destination, each), () -> kernel.remove(destination));
            }
        }

        Map<Cidr, InetAddress> expected() {
            Map<Cidr, Map<String, InetAddress>> all = new HashMap<>();
            members.values().stream().filter(each -> !each.node().equals(HERE)).forEach(member -> member.addresses().forEach(text -> {
                InetAddress address = Cidr.parseAddress(text);
                Cidr destination = blocks.getOrDefault(member.node(), Set.of()).stream()
                        .filter(each -> each.contains(address)).findFirst().orElse(Cidr.of(address));
                if (gateways.containsKey(member.node())) {
                    all.computeIfAbsent(destination, each -> new TreeMap<>()).put(member.node(), gateways.get(member.node()));
                }
            }));
            Map<Cidr, InetAddress> first = new HashMap<>();
            all.forEach((destination, byNode) -> first.put(destination, byNode.values().iterator().next()));
            return first;
        }
    }

    @Property(tries = 2_000)
    void programmingWhatHasChangedKeepsTheKernelsRoutesRight(@ForAll("events") List<Event> events) {
        Model model = new Model();
        for (Event event : events) {
            model.tell(event);
            Map<Cidr, InetAddress> expected = model.expected();
            for (Cidr block : BLOCKS) {
                assertThat(model.routes.gatewayTo(block)).as("%s after %s", block, event)
                        .isEqualTo(Optional.ofNullable(expected.get(block)));
            }
        }
        model.program();
        assertThat(model.kernel).isEqualTo(model.expected());
        List.copyOf(model.members.keySet()).forEach(key -> model.tell(new Event.Remove(key)));
        model.program();
        assertThat(model.kernel).as("without containers there are no routes").isEmpty();
    }

    @Provide
    Arbitrary<List<Event>> events() {
        Arbitrary<String> nodes = Arbitraries.of(NODES);
        Arbitrary<Event> puts = Combinators.combine(
                Arbitraries.integers().between(0, 5), nodes, Arbitraries.of(ADDRESSES).set().ofMaxSize(3))
                .as((number, node, addresses) -> new Event.Put(
                        new Member("key" + number, node, "cali" + number, Set.of(), addresses)));
        Arbitrary<Event> removes = Arbitraries.integers().between(0, 5).map(number -> new Event.Remove("key" + number));
        Arbitrary<Event> gateways = Combinators.combine(nodes, Arbitraries.integers().between(0, 4)).as(Event.Gateway::new);
        Arbitrary<Event> blocks = Combinators.combine(nodes, Arbitraries.of(BLOCKS), Arbitraries.of(true, true, false))
                .as(Event.Block::new);
        return Arbitraries.frequencyOf(
                Tuple.of(5, puts), Tuple.of(2, removes), Tuple.of(2, gateways), Tuple.of(3, blocks),
                Tuple.of(1, Arbitraries.create(Event.Program::new))).list().ofMaxSize(40);
    }

    private static Member member(String key, String node, String address) {
        return new Member(key, node, "cali-" + key, Set.of(), Set.of(address));
    }
}
