package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Key;
import io.calicomesos.calico.Keys;
import io.calicomesos.calico.NodeName;
import io.calicomesos.ipam.AuditDatastore.Container;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Datastores that come about by what Calico's programs do are sound; what is missing in one is noticed. */
class AuditPropertyTest {
    private static final List<String> HOSTS = List.of("host1", "host2.example", "host-3");
    private static final List<String> BLOCKS = List.of(
            "198.18.0.0/29", "198.18.0.8/29", "198.18.0.248/29", "fd00::/125", "fd00::78/125");

    /** One operation; what its numbers mean depends on its kind. */
    record Operation(Kind kind, int host, int container, int block, int count) {
        enum Kind { CLAIM, LAUNCH, LAUNCH_OF_CNI, DEPART, DEPART_BY_HANDLE, GIVE_UP }
    }

    private final AuditDatastore store = new AuditDatastore();
    private final Map<Integer, Container> living = new HashMap<>();

    @Property(tries = 1_000)
    void aMissingKeyIsNoticed(@ForAll("operations") List<Operation> operations, @ForAll int missing) {
        store.values.clear();
        living.clear();
        operations.forEach(this::apply);
        assertThat(store.findings()).isEmpty();
        List<String> needed = store.values.keySet().stream().filter(this::isNeeded).toList();
        if (!needed.isEmpty()) {
            String key = needed.get(Math.floorMod(missing, needed.size()));
            store.values.remove(key);
            assertThat(store.findings()).as("without %s", key).isNotEmpty();
        }
    }

    private void apply(Operation operation) {
        String host = HOSTS.get(operation.host());
        String cidr = BLOCKS.get(operation.block());
        switch (operation.kind()) {
            case CLAIM -> {
                if (store.block(cidr).isEmpty()) {
                    store.node(host);
                    store.pool(cidr.startsWith("fd") ? "six" : "four", cidr.startsWith("fd") ? "fd00::/120" : "198.18.0.0/24",
                            cidr.startsWith("fd") ? 125 : 29);
                    store.claim(host, cidr);
                }
            }
            case LAUNCH -> launch(operation, new Container(host, "mesos", "c" + operation.container()), cidr);
            case LAUNCH_OF_CNI -> launch(operation, new Container(host, "cni", "c" + operation.container()), cidr);
            case DEPART, DEPART_BY_HANDLE -> {
                Container container = living.remove(operation.container());
                if (container != null) {
                    store.takeBack(container, operation.kind() == Operation.Kind.DEPART_BY_HANDLE);
                }
            }
            default -> store.block(cidr).ifPresent(block -> store.giveUp(cidr));
        }
    }

    /** A container that lives already gets more, possibly in another block. */
    private void launch(Operation operation, Container container, String cidr) {
        Container holder = living.getOrDefault(operation.container(), container);
        if (store.block(cidr).isPresent()) {
            store.give(holder, cidr, operation.count());
            if (store.values.containsKey(holder.handleKey())) {
                living.put(operation.container(), holder);
            }
        }
    }

    /** Not so an endpoint of CNI, which comes later than its address, nor nodes and pools that nobody uses. */
    private boolean isNeeded(String key) {
        Key parsed = Keys.parse(key).orElseThrow();
        if (parsed instanceof Key.Endpoint endpoint) {
            return endpoint.name().contains("-mesos-");
        } else if (parsed instanceof Key.NodeKey node) {
            return isAnyUnder(Keys.affinities(new NodeName(node.name())));
        }
        return !(parsed instanceof Key.Pool pool) || isAnyUnder(Keys.blocks(pool.name().equals("six") ? 6 : 4));
    }

    private boolean isAnyUnder(String prefix) {
        return store.values.keySet().stream().anyMatch(each -> each.startsWith(prefix));
    }

    @Provide
    Arbitrary<List<Operation>> operations() {
        List<Operation.Kind> kinds = new ArrayList<>(List.of(Operation.Kind.values()));
        kinds.addAll(List.of(Operation.Kind.CLAIM, Operation.Kind.CLAIM, Operation.Kind.LAUNCH, Operation.Kind.LAUNCH));
        return Combinators.combine(
                Arbitraries.of(kinds), Arbitraries.integers().between(0, HOSTS.size() - 1), Arbitraries.integers().between(0, 5),
                Arbitraries.integers().between(0, BLOCKS.size() - 1), Arbitraries.integers().between(1, 9))
                .as(Operation::new).list().ofMaxSize(40);
    }
}
