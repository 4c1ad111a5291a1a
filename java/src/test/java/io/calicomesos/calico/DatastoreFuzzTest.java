package io.calicomesos.calico;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What stands in etcd, whoever wrote it, byte by byte: it is read as it is written again, or refused with one line. */
class DatastoreFuzzTest {
    private static final String KEY = "/calico/resources/v3/projectcalico.org/things/a";
    private static final List<Class<?>> TYPES = List.of(
            BlockAffinity.class, ClusterInformation.class, FelixConfiguration.class, IpPool.class, IpReservation.class, IpamConfig.class,
            Node.class, Profile.class, Tier.class, WorkloadEndpoint.class);

    /** Each value is tried as each kind: only what kind it is changes with the key. */
    @FuzzTest
    void value(byte[] json) {
        TYPES.forEach(type -> readAndWrite(type, json));
    }

    private static <T> void readAndWrite(Class<T> type, byte[] json) {
        try {
            T read = Json.read(type, KEY, json);
            T again = Json.read(type, KEY, Json.write(read));
            if (!again.equals(read)) {
                assertThat(withoutEmptyTexts(again)).isEqualTo(withoutEmptyTexts(read));
            }
        } catch (MalformedValueException e) {
            assertThat(e.getMessage()).startsWith(KEY + ": ").isEqualTo(OneLine.of(e.getMessage()));
        }
    }

    /** As Go has it, an empty text is not written: it is none. */
    private static String withoutEmptyTexts(Object value) {
        return value.toString().replaceAll("=(?=[,\\]}])", "=null");
    }

    @FuzzTest
    void key(byte[] utf8) {
        String key = new String(utf8, StandardCharsets.UTF_8);
        Keys.parse(key);
        for (String prefix : List.of(Keys.BLOCKS, Keys.HANDLES, Keys.AFFINITIES, Keys.ENDPOINTS, Keys.POOLS)) {
            Keys.parse(prefix + key);
        }
    }

    @FuzzTest
    void selector(byte[] utf8) {
        try {
            Selector selector = Selector.parse(new String(utf8, StandardCharsets.UTF_8));
            selector.matches(Map.of("a", "b"));
            assertThat(Selector.parse(selector.toString()).matches(Map.of("a", "b"))).isEqualTo(selector.matches(Map.of("a", "b")));
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith("selector '");
        }
    }

    @FuzzTest
    void label(byte[] utf8) {
        String text = new String(utf8, StandardCharsets.UTF_8);
        String clean = EndpointLabels.clean(text);
        assertThat(EndpointLabels.clean(clean)).isEqualTo(clean);
        assertThat(EndpointLabels.isValue(EndpointLabels.valueOf(text))).isTrue();
    }
}
