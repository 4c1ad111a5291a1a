package io.calicomesos.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.calicomesos.config.Bandwidth;
import io.calicomesos.config.Network;
import io.calicomesos.config.RateLimit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.mesos.Protos.Label;
import org.apache.mesos.Protos.Labels;
import org.apache.mesos.Protos.NetworkInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestedBandwidthTest {
    private static final String QOS = "qos.projectcalico.org/";
    private static final Network LIMITED = network(
            Optional.of(new RateLimit(8_000_000, 1_000_000)), Optional.of(new RateLimit(16_000_000, 2_000_000)));

    @Test
    void withoutLabelsItIsTheNetworks() throws Exception {
        assertThat(of(LIMITED)).isEqualTo(LIMITED.bandwidth());
        assertThat(of(Network.UNNAMED)).isEqualTo(Bandwidth.UNLIMITED);
        assertThat(of(LIMITED, "tier", "web")).isEqualTo(LIMITED.bandwidth());
    }

    @Test
    void aLabelLowersOneDirection() throws Exception {
        assertThat(of(LIMITED, QOS + "ingressBandwidth", "4M")).isEqualTo(
                new Bandwidth(Optional.of(new RateLimit(4_000_000, 640_000)), LIMITED.bandwidth().egress()));
        assertThat(of(LIMITED, QOS + "egressBurst", "700k")).isEqualTo(
                new Bandwidth(LIMITED.bandwidth().ingress(), Optional.of(new RateLimit(16_000_000, 700_000))));
    }

    @Test
    void whatTheNetworkAllowsMayBeAskedForButNoMore() throws Exception {
        assertThat(of(LIMITED, QOS + "ingressBandwidth", "8000000", QOS + "ingressBurst", "1M")).isEqualTo(LIMITED.bandwidth());
        assertThat(refusal(LIMITED, QOS + "ingressBandwidth", "8000001")).isEqualTo("NetworkInfo.labels.qos.projectcalico.org/ingressBandwidth "
                + "is '8000001': a number of bits per second from 1000 to 8000000 is expected, as in 10M; more is not allowed in the network web");
        assertThat(refusal(LIMITED, QOS + "egressBurst", "2000001")).isEqualTo("NetworkInfo.labels.qos.projectcalico.org/egressBurst "
                + "is '2000001': a number of bits from 640000 to 2000000 is expected, as in 10M; more is not allowed in the network web");
    }

    @Test
    void whereTheNetworkSaysNothingALabelMaySayAll() throws Exception {
        assertThat(of(Network.UNNAMED, QOS + "egressBandwidth", "10M")).isEqualTo(
                new Bandwidth(Optional.empty(), Optional.of(new RateLimit(10_000_000, 1_000_000))));
        assertThat(refusal(Network.UNNAMED, QOS + "egressBurst", "10M")).isEqualTo("NetworkInfo.labels has "
                + "'qos.projectcalico.org/egressBurst' without 'qos.projectcalico.org/egressBandwidth': give both, or none");
    }

    @ParameterizedTest
    @CsvSource({"1000,1000", "1k,1000", "2M,2000000", "3G,3000000000", "100G,100000000000", "1Ki,1024", "2Mi,2097152", "3Gi,3221225472"})
    void aQuantityIsWrittenAsOnKubernetes(String text, long rate) throws Exception {
        assertThat(of(Network.UNNAMED, QOS + "ingressBandwidth", text).ingress().orElseThrow().rate()).isEqualTo(rate);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "999", "-1", "1.5M", "10 M", "10m", "10MB", "M", "1T", "999999999999999Ti", "9999999999999999999", "1e6", "0x10", "١k"})
    void aBadQuantityIsNamed(String text) {
        assertThat(refusal(Network.UNNAMED, QOS + "ingressBandwidth", text)).isEqualTo("NetworkInfo.labels.qos.projectcalico.org/ingressBandwidth is '"
                + text + "': a number of bits per second from 1000 to 100000000000 is expected, as in 10M");
    }

    @Test
    void whatElseCalicoCouldLimitIsNotIgnored() {
        assertThat(refusal(Network.UNNAMED, QOS + "ingressPacketRate", "10")).isEqualTo("NetworkInfo.labels has "
                + "'qos.projectcalico.org/ingressPacketRate': of qos.projectcalico.org/ only ingressBandwidth, ingressBurst, egressBandwidth "
                + "and egressBurst are known");
        assertThat(refusal(Network.UNNAMED, QOS + "egressBandwidth", "10M", QOS + "egressBandwidth", "1M")).isEqualTo(
                "NetworkInfo.labels has 'qos.projectcalico.org/egressBandwidth' twice: name each label once");
    }

    @Property(tries = 500)
    void noLabelsEverLiftTheNetworksLimit(
            @ForAll("limits") RateLimit allowed, @ForAll("texts") Optional<String> rate, @ForAll("texts") Optional<String> burst) {
        NetworkInfo.Builder info = NetworkInfo.newBuilder();
        Labels.Builder labels = info.getLabelsBuilder();
        rate.ifPresent(each -> labels.addLabels(Label.newBuilder().setKey(QOS + "egressBandwidth").setValue(each)));
        burst.ifPresent(each -> labels.addLabels(Label.newBuilder().setKey(QOS + "egressBurst").setValue(each)));
        try {
            RateLimit limit = RequestedBandwidth.of(info.build(), network(Optional.empty(), Optional.of(allowed))).egress().orElseThrow();
            assertThat(limit.rate()).isBetween(RateLimit.MIN_RATE, allowed.rate());
            assertThat(limit.burst()).isBetween(RateLimit.MIN_BURST, allowed.burst());
        } catch (RefusedException e) {
            assertThat(e.getMessage()).startsWith("NetworkInfo.labels").doesNotContain("\n");
        }
    }

    @Provide
    Arbitrary<RateLimit> limits() {
        return Arbitraries.longs().between(RateLimit.MIN_RATE, RateLimit.MAX_RATE).flatMap(rate ->
                Arbitraries.longs().between(RateLimit.MIN_BURST, RateLimit.MAX_BURST).map(burst -> new RateLimit(rate, burst)));
    }

    @Provide
    Arbitrary<Optional<String>> texts() {
        Arbitrary<String> numbers = Arbitraries.longs().between(0, 1_000_000).map(String::valueOf);
        return numbers.flatMap(number -> Arbitraries.of("", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "m", "X").map(number::concat)).optional();
    }

    private static Network network(Optional<RateLimit> ingress, Optional<RateLimit> egress) {
        return new Network("web", List.of(), List.of(), List.of(4), Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), Map.of(),
                new Bandwidth(ingress, egress));
    }

    private static Bandwidth of(Network network, String... keysAndValues) throws RefusedException {
        Labels.Builder labels = Labels.newBuilder();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            labels.addLabels(Label.newBuilder().setKey(keysAndValues[i]).setValue(keysAndValues[i + 1]));
        }
        return RequestedBandwidth.of(NetworkInfo.newBuilder().setLabels(labels).build(), network);
    }

    private static String refusal(Network network, String... keysAndValues) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, () -> of(network, keysAndValues));
        assertThat(refused).isNotNull();
        return refused.getMessage();
    }
}
