package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.NodeName;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random operations on a block beside a naive model: a queue of free ordinals, and who holds each of the others. */
class BlockModelTest {
    private static final NodeName HOST = new NodeName("host1");
    private static final long SEED = 1_000;

    /** One operation; what its numbers mean depends on its kind. */
    record Operation(Kind kind, int handle, int number, List<Integer> ordinals) {
        enum Kind { ASSIGN, ASSIGN_ONE, RELEASE, RELEASE_BY_HANDLE, RELEASE_OF_ANOTHER, RELEASE_LATE, FORGET_OWNER }
    }

    /** Who holds an ordinal, and since when. */
    record Holding(int handle, long sequence) {
    }

    private final List<Integer> free = new ArrayList<>();
    private final Map<Integer, Holding> held = new TreeMap<>();

    @Property(tries = 500)
    void aBlockDoesWhatItsModelDoes(@ForAll("cidrs") final Cidr cidr, @ForAll("operations") final List<Operation> operations) {
        free.clear();
        held.clear();
        Block block = Block.empty(cidr, HOST, SEED);
        final int size = block.freeCount();
        for (int i = 0; i < size; i++) {
            free.add(i);
        }
        for (final Operation operation : operations) {
            final Block before = block;
            final String written = text(before);
            block = apply(operation, block, size);
            assertThat(text(before)).as("a block never changes").isEqualTo(written);
            assertThat(block.sequenceNumber()).isEqualTo(before.sequenceNumber() + (block == before ? 0 : 1));
            assertAsModelled(block, size);
            final Block read = Json.read(Block.class, "key", Json.write(block));
            assertThat(read).isEqualTo(block).hasSameHashCodeAs(block);
            assertThat(text(read)).isEqualTo(text(block));
            block = read;
        }
    }

    private Block apply(final Operation operation, final Block block, final int size) {
        final List<Integer> ordinals = operation.ordinals().stream().map(ordinal -> ordinal % size).distinct().toList();
        return switch (operation.kind()) {
            case ASSIGN -> assign(operation, block, Set.copyOf(ordinals));
            case ASSIGN_ONE -> assignOne(operation.handle(), block, operation.number() % size);
            case RELEASE -> release(block, ordinals);
            case RELEASE_BY_HANDLE -> releaseByHandle(operation.handle(), block);
            case RELEASE_OF_ANOTHER -> refused(block, ordinals, ordinal -> new ReleaseRequest(block.cidr().addressAt(ordinal),
                Optional.of(new HandleId("nobody")), OptionalLong.empty()));
            case RELEASE_LATE -> refused(block, ordinals, ordinal -> new ReleaseRequest(block.cidr().addressAt(ordinal), Optional.empty(),
                OptionalLong.of(held.containsKey(ordinal) ? held.get(ordinal).sequence() + 1 : 5)));
            case FORGET_OWNER -> block.withoutAffinity();
        };
    }

    private Block assign(final Operation operation, final Block block, final Set<Integer> reserved) {
        final Assignment assignment = block.assign(operation.number(), attribute(operation.handle()),
            address -> reserved.contains(block.cidr().ordinalOf(address)));
        final List<Integer> expected = free.stream().filter(ordinal -> !reserved.contains(ordinal)).limit(operation.number()).toList();
        assertThat(ordinals(block, assignment.addresses())).isEqualTo(expected);
        expected.forEach(ordinal -> hold(ordinal, operation.handle(), block));
        return assignment.block();
    }

    private Block assignOne(final int handle, final Block block, final int ordinal) {
        final AddressAssignment outcome = block.assign(block.cidr().addressAt(ordinal), attribute(handle));
        if (held.containsKey(ordinal)) {
            assertThat(outcome).isEqualTo(new AddressAssignment.Held(block.cidr().addressAt(ordinal), attribute(held.get(ordinal).handle())));
            return block;
        }
        hold(ordinal, handle, block);
        return ((AddressAssignment.Assigned) outcome).block();
    }

    private Block release(final Block block, final List<Integer> ordinals) {
        final Release.Released released = (Release.Released) block.release(ordinals.stream().map(ordinal ->
            held.containsKey(ordinal)
                ? new ReleaseRequest(block.cidr().addressAt(ordinal), Optional.of(handle(held.get(ordinal).handle())),
                    OptionalLong.of(held.get(ordinal).sequence()))
                : new ReleaseRequest(block.cidr().addressAt(ordinal), Optional.empty(), OptionalLong.empty())).toList());
        assertThat(ordinals(block, released.addresses())).isEqualTo(ordinals.stream().filter(held::containsKey).toList());
        assertThat(ordinals(block, released.notHeld())).isEqualTo(ordinals.stream().filter(ordinal -> !held.containsKey(ordinal)).toList());
        ordinals.stream().filter(held::containsKey).forEach(free::add);
        ordinals.forEach(held::remove);
        return released.block();
    }

    private Block releaseByHandle(final int handle, final Block block) {
        final List<Integer> its = held.entrySet().stream().filter(entry -> entry.getValue().handle() == handle).map(Map.Entry::getKey).toList();
        final Release.Released released = block.releaseByHandle(handle(handle));
        assertThat(ordinals(block, released.addresses())).isEqualTo(its);
        free.addAll(its);
        its.forEach(held::remove);
        return released.block();
    }

    private Block refused(final Block block, final List<Integer> ordinals, final IntFunction<ReleaseRequest> request) {
        final Release release = block.release(ordinals.stream().map(request::apply).toList());
        if (ordinals.stream().anyMatch(held::containsKey)) {
            assertThat(release).isInstanceOf(Release.Conflict.class);
        } else {
            assertThat(((Release.Released) release).block()).isSameAs(block);
        }
        return block;
    }

    private void hold(final int ordinal, final int handle, final Block before) {
        free.remove((Integer) ordinal);
        held.put(ordinal, new Holding(handle, before.sequenceNumber()));
    }

    private void assertAsModelled(final Block block, final int size) {
        assertThat(Arrays.stream(block.allocations().queue()).boxed()).as("the free ones, in order").isEqualTo(free);
        assertThat(block.freeCount() + block.held().size()).as("free and held are all").isEqualTo(size);
        assertThat(ordinals(block, block.held())).isEqualTo(List.copyOf(held.keySet()));
        final Set<Integer> referenced = new TreeSet<>();
        for (int ordinal = 0; ordinal < size; ordinal++) {
            final InetAddress address = block.cidr().addressAt(ordinal);
            final Holding holding = held.get(ordinal);
            assertThat(block.holderOf(address)).isEqualTo(Optional.ofNullable(holding).map(h -> attribute(h.handle())));
            assertThat(block.sequenceNumberOf(address)).isEqualTo(holding == null ? OptionalLong.empty() : OptionalLong.of(holding.sequence()));
            if (holding != null) {
                referenced.add(block.allocations().attributeByOrdinal()[ordinal]);
            }
        }
        assertThat(referenced).as("each attribute is used").hasSize(block.attributes().size());
        assertThat(block.attributes()).as("no attribute is there twice").doesNotHaveDuplicates();
        assertThat(block.isEmpty()).isEqualTo(held.isEmpty());
    }

    private static List<Integer> ordinals(final Block block, final List<InetAddress> addresses) {
        return addresses.stream().map(block.cidr()::ordinalOf).toList();
    }

    private static HandleId handle(final int number) {
        return new HandleId("mesos.c" + number);
    }

    private static Attribute attribute(final int handle) {
        return Attribute.of(handle(handle), HOST, Instant.ofEpochSecond(handle));
    }

    private static String text(final Block block) {
        return new String(Json.write(block), StandardCharsets.UTF_8);
    }

    @Provide
    Arbitrary<Cidr> cidrs() {
        return Arbitraries.of("198.18.0.0/30", "198.18.119.64/28", "198.18.119.0/26", "fd00::40/122", "198.18.0.1/32").map(Cidr::parse);
    }

    @Provide
    Arbitrary<List<Operation>> operations() {
        return Combinators.combine(Arbitraries.of(Operation.Kind.class), Arbitraries.integers().between(0, 4), Arbitraries.integers().between(0, 70),
            Arbitraries.integers().between(0, 63).list().ofMaxSize(6)).as(Operation::new).list().ofMaxSize(30);
    }
}
