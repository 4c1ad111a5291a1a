package io.calicomesos.ipam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.calicomesos.calico.HandleId;
import io.calicomesos.calico.Json;
import io.calicomesos.calico.MalformedValueException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockJsonTest {
    private static final String KEY = "/calico/ipam/v2/assignment/ipv4/block/198.18.0.0-30";

    @Test
    void fieldsOfANewerCalicoSurviveARewrite() {
        final String json = "{\"cidr\":\"198.18.0.0/30\",\"affinity\":\"host:h\",\"allocations\":[0,1,null,null],\"unallocated\":[3,2],"
            + "\"attributes\":[{\"handle_id\":\"a\",\"secondary\":{\"node\":\"h\"},\"alternateOwnerAttrs\":{\"node\":\"g\"}},"
            + "{\"handle_id\":null,\"secondary\":null,\"releasedAt\":\"2026-11-23T19:25:08Z\"}],\"sequenceNumber\":7,"
            + "\"sequenceNumberForAllocation\":{\"0\":1,\"2\":3},\"deleted\":false,\"affinity_claim_time\":\"2026-11-23T19:25:08Z\","
            + "\"nested\":{\"a\":[1,2.50,null]}}";
        final Block block = read(json);
        assertThat(text(block)).isEqualTo(json);
        final Block changed = block.releaseByHandle(new HandleId("a")).block();
        assertThat(text(changed)).isEqualTo(json.replace("[0,1,null,null]", "[null,0,null,null]").replace("[3,2]", "[3,2,0]")
            .replace("{\"handle_id\":\"a\",\"secondary\":{\"node\":\"h\"},\"alternateOwnerAttrs\":{\"node\":\"g\"}},", "")
            .replace("\"sequenceNumber\":7", "\"sequenceNumber\":8"));
    }

    @Test
    void sequenceNumbersAreSortedAsGoSortsThem() {
        final Block block = read("{\"cidr\":\"198.18.0.0/28\",\"allocations\":[null,null,null,null,null,null,null,null,null,null,null,null,null,"
            + "null,null,null],\"sequenceNumberForAllocation\":{\"2\":1,\"10\":1,\"1\":1,\"0\":1,\"11\":1}}");
        assertThat(text(block)).contains("{\"0\":1,\"1\":1,\"10\":1,\"11\":1,\"2\":1}");
    }

    @Test
    void anOldOrFreshBlockMayLackFieldsOrHaveNulls() {
        final Block block = read("{\"cidr\":\"198.18.0.0/31\",\"affinity\":null,\"allocations\":[null,null],\"unallocated\":[0,1],"
            + "\"attributes\":null,\"sequenceNumberForAllocation\":null,\"hostAffinity\":\"h\"}");
        assertThat(block.freeCount()).isEqualTo(2);
        assertThat(block.affinity()).isEmpty();
        assertThat(block.sequenceNumber()).isZero();
        assertThat(text(block)).contains("\"hostAffinity\":\"h\"");
    }

    @Test
    void anAddressThatAnotherWriterLeakedIsNeverGivenByItself() {
        final Block block = read("{\"cidr\":\"198.18.0.0/30\",\"allocations\":[null,null,null,null],\"unallocated\":[3,1]}");
        assertThat(block.assign(4, new Attribute("a", null, null), Reservations.NONE).addresses())
            .isEqualTo(List.of(block.cidr().addressAt(3), block.cidr().addressAt(1)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[0,null,null,null] | [0,1,2,3] | [{}] | unallocated: ordinal 0 is free and allocated at once",
        "[null,null,null,null] | [0,1,1,3] | [] | unallocated: ordinal 1 is there twice",
        "[null,null,null,null] | [0,1,4] | [] | unallocated: has ordinal 4, must be 0..3",
        "[null,null,null,null] | [-1] | [] | unallocated: must be an array of integers from 0",
        "[1,null,null,null] | [] | [{}] | allocations: ordinal 0 has attribute 1, there are 1",
        "[-1,null,null,null] | [] | [{}] | allocations: must be an array of integers from 0",
        "[0,null,null,null] | [] | null | allocations: ordinal 0 has attribute 0, there are 0",
        "[null,null,null] | [0] | [] | allocations: has 3 elements, must have 4",
        "[null,null,null,null,null] | [0] | [] | allocations: has 5 elements, must have 4",
        "null | [] | [] | allocations: has 0 elements, must have 4",
        "[null,null,null,\"0\"] | [] | [] | allocations: must be an array of integers",
        "[null,null,null,0.5] | [] | [{}] | allocations: must be an array of integers",
        "[null,null,null,null] | [null] | [] | unallocated: must be an array of integers",
        "{} | [] | [] | allocations: must be an array",
        "[null,null,null,null] | [] | [1] | attributes: must be an array of objects",
        "[null,null,null,null] | [] | [{\"handle_id\":1}] | handle_id: must be a string",
        "[null,null,null,null] | [] | [{\"secondary\":{\"a\":1}}] | secondary: must be an object of strings",
        "[null,null,null,99999999999] | [] | [] | out of range of int"})
    void aBrokenBlockIsRefused(final String allocations, final String unallocated, final String attributes, final String message) {
        assertThatThrownBy(() -> read("{\"cidr\":\"198.18.0.0/30\",\"allocations\":" + allocations + ",\"unallocated\":" + unallocated
            + ",\"attributes\":" + attributes + "}")).isInstanceOf(MalformedValueException.class)
            .hasMessageStartingWith(KEY + ": ").hasMessageContaining(message);
    }

    @Test
    void aListThatIsLongerThanAnyBlockIsNotReadToItsEnd() {
        final String end = "],\"cidr\":\"198.18.0.0/30\"}";
        for (final String list : List.of("{\"unallocated\":[" + "0,".repeat(4_096) + "0,{", "{\"allocations\":[" + "null,".repeat(4_096) + "null,{",
            "{\"attributes\":[" + "{},".repeat(4_096) + "{},1")) {
            assertThatThrownBy(() -> read(list + end)).isInstanceOf(MalformedValueException.class)
                .hasMessageEndingWith(": must be an array of at most 4096");
        }
    }

    @Test
    void aSequenceNumberThatCannotGrowIsRefused() {
        assertThatThrownBy(() -> read("{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"sequenceNumber\":9223372036854775807}"))
            .isInstanceOf(MalformedValueException.class).hasMessageEndingWith("sequenceNumber: must be an integer from 0 to 4611686018427387904");
    }

    @Test
    void aNumberThatCouldNotBeWrittenAgainIsRefused() {
        for (final String number : List.of("1e775807", "1e-775807", "1e400000000", "7".repeat(990) + "e390")) {
            assertThatThrownBy(() -> read("{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"more\":[" + number + "]}"))
                .isInstanceOf(MalformedValueException.class).hasMessageContaining("at most 400 is read");
        }
    }

    @Test
    void anIntegerWithAnExponentStaysTheSameNumber() {
        final String block = "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"more\":[%s]}";
        assertThat(read(block.formatted("1E2,2.5e1,-3e10,4e20,0e5"))).isEqualTo(read(block.formatted("100,25,-30000000000,400000000000000000000,0")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{", "{}", "{\"cidr\":1}", "{\"cidr\":\"198.18.0.0/8\"}", "{\"cidr\":\"x\"}",
        "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"sequenceNumber\":-1}",
        "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"sequenceNumber\":18446744073709551615}",
        "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"sequenceNumberForAllocation\":{\"1\":1}}",
        "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"sequenceNumberForAllocation\":{\"x\":1}}",
        "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null],\"deleted\":0}",
        "{\"cidr\":\"198.18.0.0/32\",\"allocations\":[null], \"unallocated\":[0]"})
    void whatIsNoBlockIsRefused(final String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(MalformedValueException.class).message().startsWith(KEY + ": ").doesNotContain("\n");
    }

    @Test
    void aHandleIsReadAndWritten() {
        final String json = "{\"block\":{\"198.18.0.0/26\":1,\"fd00::/122\":2},\"deleted\":false,\"new\":true}";
        assertThat(text(Json.read(Handle.class, "key", json.getBytes(StandardCharsets.UTF_8)))).isEqualTo(json);
        assertThat(text(Handle.EMPTY)).isEqualTo("{\"block\":{},\"deleted\":false}");
        assertThatThrownBy(() -> Json.read(Handle.class, "key", "{\"block\":{\"x\":0}}".getBytes(StandardCharsets.UTF_8)))
            .hasMessageContaining("must be at least 1");
    }

    private static Block read(final String json) {
        return Json.read(Block.class, KEY, json.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(final Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
