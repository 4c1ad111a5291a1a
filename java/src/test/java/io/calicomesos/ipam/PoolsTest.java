package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.IpPool;
import io.calicomesos.calico.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolsTest {
    private static final IpPool PLAIN = pool("b-plain", "\"cidr\":\"198.18.0.0/24\"");
    private static final IpPool FIRST = pool("a-first", "\"cidr\":\"198.18.1.0/24\",\"nodeSelector\":\"rack == 'r1'\"");
    private static final IpPool ELSEWHERE = pool("c-elsewhere", "\"cidr\":\"198.18.2.0/24\",\"nodeSelector\":\"rack == 'r2'\"");
    private static final IpPool MANUAL = pool("d-manual", "\"cidr\":\"198.18.3.0/24\",\"assignmentMode\":\"Manual\"");
    private static final IpPool DISABLED = pool("e-disabled", "\"cidr\":\"198.18.4.0/24\",\"disabled\":true");
    private static final IpPool TUNNELS = pool("f-tunnels", "\"cidr\":\"198.18.5.0/24\",\"allowedUses\":[\"Tunnel\"]");
    private static final IpPool NAMESPACED = pool("g-namespaced", "\"cidr\":\"198.18.6.0/24\",\"namespaceSelector\":\"team == 'x'\"");
    private static final IpPool SIX = pool("h-six", "\"cidr\":\"fd00::/48\",\"namespaceSelector\":\"all()\"");
    private static final IpPool BROKEN = pool("i-broken", "\"cidr\":\"198.18.7.0/24\",\"nodeSelector\":\"rack = 'r1'\"");
    private static final IpPool SMALL = pool("j-small", "\"cidr\":\"198.18.8.0/27\"");
    private static final IpPool WIDE = pool("k-wide", "\"cidr\":\"198.0.0.0/8\",\"blockSize\":16");
    private static final IpPool GOING = Json.read(IpPool.class, "k", ("{\"metadata\":{\"name\":\"l\",\"deletionTimestamp\":\"2026-11-23T19:24:50Z\"},"
        + "\"spec\":{\"cidr\":\"198.18.9.0/24\"}}").getBytes(StandardCharsets.UTF_8));

    private final Pools pools = Pools.of(List.of(PLAIN, FIRST, ELSEWHERE, MANUAL, DISABLED, TUNNELS, NAMESPACED, SIX, BROKEN, SMALL, WIDE, GOING),
        Map.of("rack", "r1"));

    @Test
    void addressesOfAnyChoiceComeFromThePoolsThatSelectTheHostByName() {
        assertThat(pools.automatic(4)).containsExactly(FIRST, PLAIN);
        assertThat(pools.automatic(6)).containsExactly(SIX);
    }

    @Test
    void aRequestMayNamePoolsThatSelectOthers() {
        assertThat(pools.named(List.of("d-manual", "c-elsewhere", "h-six"), 4)).containsExactly(MANUAL, ELSEWHERE);
        assertThatThrownBy(() -> pools.named(List.of("e-disabled"), 4)).hasMessageContaining("'e-disabled'").hasMessageContaining("a-first");
        assertThatThrownBy(() -> pools.named(List.of("nonsense"), 4)).hasMessageContaining("'nonsense'");
    }

    @Test
    void oneAddressMayComeFromAManualPool() {
        assertThat(pools.containing(Cidr.parseAddress("198.18.3.7"))).contains(MANUAL);
        assertThat(pools.containing(Cidr.parseAddress("198.18.2.7"))).contains(ELSEWHERE);
        assertThat(pools.containing(Cidr.parseAddress("fd00::7"))).contains(SIX);
        for (final String outside : List.of("198.18.4.1", "198.18.5.1", "198.18.7.1", "198.18.8.1", "198.18.9.1", "10.0.0.1", "fd01::1")) {
            assertThat(pools.containing(Cidr.parseAddress(outside))).isEmpty();
        }
        assertThat(Pools.blockOf(SIX, Cidr.parseAddress("fd00::7f"))).hasToString("fd00::40/122");
    }

    @Test
    void aPoolWithAnErrorIsLeftOutAndNamed() {
        assertThat(pools.problems()).hasSize(3).satisfiesExactly(
            broken -> assertThat(broken).startsWith("pool i-broken is not used: selector 'rack = 'r1'': at 6: expected"),
            small -> assertThat(small).isEqualTo("pool j-small is not used: blockSize 26 in 198.18.8.0/27: must be 27..32"),
            wide -> assertThat(wide).isEqualTo("pool k-wide is not used: blockSize 16 in 198.0.0.0/8: must be 20..32"));
    }

    @Test
    void reservationsMayCoverANetworkTogether() {
        final Reservations reserved = new Reservations(List.of(Cidr.parse("198.18.0.0/27"), Cidr.parse("198.18.0.32/28"),
            Cidr.parse("198.18.0.48/28"), Cidr.parse("198.18.0.50/32"), Cidr.parse("fd00::/64")));
        assertThat(reserved.coversAll(Cidr.parse("198.18.0.0/26"))).isTrue();
        assertThat(reserved.coversAll(Cidr.parse("198.18.0.0/25"))).isFalse();
        assertThat(reserved.coversAll(Cidr.parse("fd00::/122"))).isTrue();
        assertThat(reserved.coversAll(Cidr.parse("fd00:0:0:1::/122"))).isFalse();
        assertThat(reserved.test(Cidr.parseAddress("198.18.0.63"))).isTrue();
        assertThat(reserved.test(Cidr.parseAddress("198.18.0.64"))).isFalse();
        assertThat(new Reservations(List.of(Cidr.parse("198.18.0.0/27"), Cidr.parse("198.18.0.32/28"))).coversAll(Cidr.parse("198.18.0.0/26"))).isFalse();
        assertThat(new Reservations(List.of(Cidr.parse("198.18.0.32/27"), Cidr.parse("198.18.0.0/28"))).coversAll(Cidr.parse("198.18.0.0/26"))).isFalse();
        assertThat(new Reservations(List.of(Cidr.parse("198.18.0.0/32"), Cidr.parse("198.18.0.1/32"))).coversAll(Cidr.parse("198.18.0.0/31"))).isTrue();
    }

    static IpPool pool(final String name, final String spec) {
        return Json.read(IpPool.class, name, ("{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + spec + "}}").getBytes(StandardCharsets.UTF_8));
    }
}
