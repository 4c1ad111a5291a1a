package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.Cidr;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HandleTest {
    private static final Cidr ONE = Cidr.parse("198.18.0.0/26");
    private static final Cidr OTHER = Cidr.parse("fd00::/122");

    @Test
    void countsAddressesByBlock() {
        final Handle handle = Handle.EMPTY.increment(ONE, 2).increment(OTHER, 1).increment(ONE, 1);
        assertThat(handle.block()).isEqualTo(Map.of("198.18.0.0/26", 3, "fd00::/122", 1));
        assertThat(handle.decrement(ONE, 2).block()).containsEntry("198.18.0.0/26", 1);
        assertThat(handle.decrement(ONE, 3).block()).isEqualTo(Map.of("fd00::/122", 1));
        assertThat(handle.without(ONE).isEmpty()).isFalse();
        assertThat(handle.without(ONE).without(OTHER).isEmpty()).isTrue();
        assertThat(handle.without(Cidr.parse("198.18.64.0/26"))).isEqualTo(handle);
    }

    @Test
    void neverCountsBelowNothing() {
        assertThatThrownBy(() -> Handle.EMPTY.increment(ONE, 1).decrement(ONE, 2))
            .hasMessage("handle has 1 addresses in block 198.18.0.0/26, cannot release 2");
        assertThatThrownBy(() -> Handle.EMPTY.decrement(ONE, 1)).hasMessageContaining("has 0");
        assertThatThrownBy(() -> Handle.EMPTY.increment(ONE, 0)).hasMessageContaining("at least 1");
    }
}
