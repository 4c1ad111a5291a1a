package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.MalformedValueException;
import io.calicomesos.calico.NodeName;
import io.calicomesos.calico.OneLine;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;

/** A block that anybody may have written, byte by byte: it is read as it is written again, and can be used, or it is refused with one line. */
class BlockFuzzTest {
    private static final String KEY = "/calico/ipam/v2/assignment/ipv4/block/198.18.0.0-29";
    private static final HandleId HANDLE = new HandleId("calico-mesos.host1.c");
    private static final Attribute HOLDER = Attribute.of(HANDLE, new NodeName("host1"), Instant.EPOCH);

    @FuzzTest
    void block(byte[] json) {
        Block block;
        try {
            block = Json.read(Block.class, KEY, json);
        } catch (MalformedValueException e) {
            assertThat(e.getMessage()).startsWith(KEY + ": ").isEqualTo(OneLine.of(e.getMessage()));
            return;
        }
        byte[] written = Json.write(block);
        assertThat(Json.read(Block.class, KEY, written)).isEqualTo(block);
        if (block.sequenceNumber() >= Long.MAX_VALUE >> 1) {
            return; // It could not grow.
        }
        int free = block.freeCount();
        Assignment given = block.assign(2, HOLDER, address -> false);
        assertThat(given.addresses()).hasSize(Math.min(2, free));
        Block after = given.block();
        assertThat(after.addressesOf(HANDLE)).containsAll(given.addresses());
        assertThat(Json.read(Block.class, KEY, Json.write(after))).isEqualTo(after);
        Block back = after.releaseByHandle(HANDLE).block();
        assertThat(back.addressesOf(HANDLE)).isEmpty();
        for (InetAddress each : List.copyOf(back.held())) {
            back.holderOf(each).orElseThrow().assigned();
        }
        assertThat(back.withoutAffinity().affinity()).isEmpty();
    }

    @FuzzTest
    void handle(byte[] json) {
        try {
            Handle handle = Json.read(Handle.class, KEY, json);
            assertThat(Json.read(Handle.class, KEY, Json.write(handle))).isEqualTo(handle);
            Cidr block = Cidr.parse("198.18.0.0/26");
            assertThat(handle.increment(block, 1).without(block).block()).doesNotContainKey(block.toString());
        } catch (MalformedValueException e) {
            assertThat(e.getMessage()).startsWith(KEY + ": ").isEqualTo(OneLine.of(e.getMessage()));
        }
    }
}
