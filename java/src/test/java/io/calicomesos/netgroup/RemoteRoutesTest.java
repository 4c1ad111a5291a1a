package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.linux.Route;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
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
    private static final Cidr BLOCK = Cidr.parse("198.18.0.0/30");
    private static final Cidr BLOCK_V6 = Cidr.parse("fd00:18::/126");
    private static final List<Cidr> BLOCKS = List.of(
            BLOCK, Cidr.parse("198.18.0.4/30"), Cidr.parse("198.18.0.8/32"), BLOCK_V6, Cidr.parse("fd00:18::4/126"));
    private static final List<String> ADDRESSES = List.of(
            "198.18.0.1", "198.18.0.2", "198.18.0.4", "198.18.0.8", "198.18.0.200", "fd00:18::1", "fd00:18::5", "fd00:18::c8");
    private static final InetAddress GATEWAY = Cidr.parseAddress("10.0.0.2");
    private static final InetAddress GATEWAY_V6 = Cidr.parseAddress("fd00::2");

    private final List<Endpoint> members = new ArrayList<>();
    private final RemoteRoutes routes = new RemoteRoutes(HERE, () -> members);

    @Test
    void theContainersOfABlockShareOneRoute() {
        routes.gateways("host2", List.of(GATEWAY));
        routes.block("host2", BLOCK);
        add(member("a", "host2", "198.18.0.1"));
        add(member("b", "host2", "198.18.0.2"));
        assertThat(routes.takeChanged()).containsExactly(BLOCK);
        assertThat(routes.takeChanged()).as("told once").isEmpty();
        assertThat(routes.routeTo(BLOCK)).contains(via(BLOCK, GATEWAY));
        remove(member("a", "host2", "198.18.0.1"));
        assertThat(routes.routeTo(BLOCK)).contains(via(BLOCK, GATEWAY));
        remove(member("b", "host2", "198.18.0.2"));
        assertThat(routes.takeChanged()).containsExactly(BLOCK);
        assertThat(routes.routeTo(BLOCK)).isEmpty();
    }

    @Test
    void eachFamilyHasAGatewayOfItsOwn() {
        routes.block("host2", BLOCK);
        routes.block("host2", BLOCK_V6);
        add(member("a", "host2", "198.18.0.1", "fd00:18::1", "fd00:18::c8"));
        routes.gateways("host2", List.of(GATEWAY));
        assertThat(routes.routeTo(BLOCK)).contains(via(BLOCK, GATEWAY));
        assertThat(routes.routeTo(BLOCK_V6)).as("no IPv6 by an IPv4 gateway").isEmpty();
        routes.takeChanged();
        routes.gateways("host2", List.of(GATEWAY, GATEWAY_V6));
        Cidr borrowed = Cidr.parse("fd00:18::c8/128");
        assertThat(routes.takeChanged()).contains(BLOCK_V6, borrowed);
        assertThat(routes.routeTo(BLOCK_V6)).contains(via(BLOCK_V6, GATEWAY_V6));
        assertThat(routes.routeTo(borrowed)).contains(via(borrowed, GATEWAY_V6));
        assertThat(routes.routeTo(BLOCK)).contains(via(BLOCK, GATEWAY));
    }

    @Test
    void anAddressBorrowedFromAnothersBlockHasARouteOfItsOwn() {
        Cidr borrowed = Cidr.parse("198.18.0.1/32");
        routes.gateways("host2", List.of(GATEWAY));
        routes.gateways("host3", List.of(Cidr.parseAddress("10.0.0.3")));
        routes.block("host2", BLOCK);
        routes.takeChanged();
        add(member("a", "host3", "198.18.0.1"));
        assertThat(routes.takeChanged()).containsExactly(borrowed);
        assertThat(routes.routeTo(borrowed)).contains(via(borrowed, Cidr.parseAddress("10.0.0.3")));
        assertThat(routes.routeTo(BLOCK)).as("no container of host2 is in it").isEmpty();
    }

    @Test
    void whereNobodyIsInThisHostsOwnBlocksPacketsAreDropped() {
        routes.gateways(HERE, List.of(GATEWAY, GATEWAY_V6));
        for (Cidr block : List.of(BLOCK, BLOCK_V6)) {
            routes.block(HERE, block);
            assertThat(routes.takeChanged()).containsExactly(block);
            assertThat(routes.routeTo(block)).contains(Route.blackhole(block.network(), block.prefixLength()));
            routes.blockGone(HERE, block);
            assertThat(routes.takeChanged()).containsExactly(block);
            assertThat(routes.routeTo(block)).isEmpty();
        }
    }

    @Test
    void aContainerOfThisHostHasTheRouteOfItsInterface() {
        Cidr address = Cidr.parse("198.18.0.8/32");
        routes.gateways("host2", List.of(GATEWAY));
        routes.block(HERE, address); // A block of one address.
        add(member("there", "host2", "198.18.0.8")); // It moves here, and that it has gone there is heard later.
        assertThat(routes.routeTo(address)).contains(via(address, GATEWAY));
        routes.takeChanged();
        add(member("here", HERE, "198.18.0.8"));
        assertThat(routes.takeChanged()).containsExactly(address);
        assertThat(routes.routeTo(address)).as("none of ours is in the way of it").isEmpty();
        remove(member("there", "host2", "198.18.0.8"));
        assertThat(routes.routeTo(address)).isEmpty();
        remove(member("here", HERE, "198.18.0.8"));
        assertThat(routes.takeChanged()).containsExactly(address);
        assertThat(routes.routeTo(address)).contains(Route.blackhole(address.network(), 32));
    }

    @Test
    void aHostWhoseAddressIsNotKnownYetGetsItsRoutesWhenItIs() {
        routes.block("host2", BLOCK);
        add(member("a", "host2", "198.18.0.1"));
        routes.takeChanged();
        assertThat(routes.routeTo(BLOCK)).isEmpty();
        routes.gateways("host2", List.of(GATEWAY));
        assertThat(routes.takeChanged()).containsExactly(BLOCK);
        assertThat(routes.routeTo(BLOCK)).contains(via(BLOCK, GATEWAY));
    }

    private void add(Endpoint member) {
        members.add(member);
        routes.add(member);
    }

    private void remove(Endpoint member) {
        members.remove(member);
        routes.remove(member);
    }

    /** One thing that etcd tells. */
    sealed interface Event {
        record Put(Endpoint member) implements Event {}

        record Remove(String key) implements Event {}

        record Gateways(String node, List<InetAddress> its) implements Event {}

        record Block(String node, Cidr block, boolean there) implements Event {}

        record Program() implements Event {}
    }

    /** What is told, kept naively, and a kernel that is programmed with what has changed. */
    private static final class Model {
        private final Map<EndpointId, Endpoint> members = new HashMap<>();
        private final RemoteRoutes routes = new RemoteRoutes(HERE, members::values);
        private final Map<String, List<InetAddress>> gateways = new HashMap<>();
        private final Map<String, Set<Cidr>> blocks = new HashMap<>();
        private final Map<Cidr, Route> kernel = new HashMap<>();

        void tell(Event event) {
            if (event instanceof Event.Put put) {
                remove(put.member().id());
                routes.add(put.member());
                members.put(put.member().id(), put.member());
            } else if (event instanceof Event.Remove remove) {
                remove(EndpointId.of(remove.key()));
            } else if (event instanceof Event.Gateways told) {
                routes.gateways(told.node(), told.its());
                gateways.put(told.node(), told.its());
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

        private void remove(EndpointId key) {
            Endpoint old = members.remove(key);
            if (old != null) {
                routes.remove(old);
            }
        }

        void program() {
            for (Cidr destination : routes.takeChanged()) {
                routes.routeTo(destination).ifPresentOrElse(each -> kernel.put(destination, each), () -> kernel.remove(destination));
            }
        }

        Map<Cidr, Route> expected() {
            Map<Cidr, Route> expected = new HashMap<>();
            blocks.getOrDefault(HERE, Set.of()).forEach(block ->
                    expected.put(block, Route.blackhole(block.network(), block.prefixLength())));
            List<String> farFirst = NODES.stream().sorted(Comparator.reverseOrder()).toList(); // The first by name wins.
            for (String node : farFirst.subList(0, NODES.size() - 1)) {
                addressesOn(node).forEach(address -> {
                    Cidr destination = blocks.getOrDefault(node, Set.of()).stream()
                            .filter(each -> each.contains(address)).findFirst().orElse(Cidr.of(address));
                    gateways.getOrDefault(node, List.of()).stream()
                            .filter(each -> each instanceof Inet4Address == address instanceof Inet4Address)
                            .forEach(each -> expected.put(destination, via(destination, each)));
                });
            }
            addressesOn(HERE).forEach(address -> expected.remove(Cidr.of(address)));
            return expected;
        }

        private Stream<InetAddress> addressesOn(String node) {
            return members.values().stream().filter(each -> each.node().equals(node))
                    .flatMap(each -> each.addresses().stream()).map(Address::inet);
        }
    }

    @Property(tries = 2_000)
    void programmingWhatHasChangedKeepsTheKernelsRoutesRight(@ForAll("events") List<Event> events) {
        Model model = new Model();
        for (Event event : events) {
            model.tell(event);
            Map<Cidr, Route> expected = model.expected();
            for (Cidr block : BLOCKS) {
                assertThat(model.routes.routeTo(block)).as("%s after %s", block, event)
                        .isEqualTo(Optional.ofNullable(expected.get(block)));
            }
        }
        model.program();
        assertThat(model.kernel).isEqualTo(model.expected());
        List.copyOf(model.members.keySet()).forEach(model::remove);
        BLOCKS.forEach(block -> model.tell(new Event.Block(HERE, block, false)));
        model.program();
        assertThat(model.kernel).as("without containers and blocks there are no routes").isEmpty();
    }

    @Provide
    Arbitrary<List<Event>> events() {
        Arbitrary<String> nodes = Arbitraries.of(NODES);
        Arbitrary<Event> puts = Combinators.combine(
                Arbitraries.integers().between(0, 5), nodes, Arbitraries.of(ADDRESSES).set().ofMaxSize(3))
                .as((number, node, addresses) -> new Event.Put(
                        Endpoint.of("key" + number, node, "cali" + number, Set.of(), addresses)));
        Arbitrary<Event> removes = Arbitraries.integers().between(0, 5).map(number -> new Event.Remove("key" + number));
        Arbitrary<InetAddress> ipv4 = Arbitraries.integers().between(2, 4).map(each -> Cidr.parseAddress("10.0.0." + each));
        Arbitrary<InetAddress> ipv6 = Arbitraries.integers().between(2, 4).map(each -> Cidr.parseAddress("fd00::" + each));
        Arbitrary<Event> gateways = Combinators.combine(nodes, ipv4.optional(), ipv6.optional()).as((node, four, six) ->
                new Event.Gateways(node, Stream.of(four, six).flatMap(Optional::stream).toList()));
        Arbitrary<Event> blocks = Combinators.combine(nodes, Arbitraries.of(BLOCKS), Arbitraries.of(true, true, false))
                .as(Event.Block::new);
        return Arbitraries.frequencyOf(
                Tuple.of(5, puts), Tuple.of(2, removes), Tuple.of(2, gateways), Tuple.of(3, blocks),
                Tuple.of(1, Arbitraries.create(Event.Program::new))).list().ofMaxSize(40);
    }

    private static Route via(Cidr destination, InetAddress gateway) {
        return Route.via(destination.network(), destination.prefixLength(), gateway);
    }

    private static Endpoint member(String key, String node, String... addresses) {
        return Endpoint.of(key, node, "cali-" + key, Set.of(), Set.of(addresses));
    }
}
