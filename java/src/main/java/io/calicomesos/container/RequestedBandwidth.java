package io.calicomesos.container;

import com.google.common.base.Ascii;
import io.calicomesos.config.Bandwidth;
import io.calicomesos.config.Network;
import io.calicomesos.config.RateLimit;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.mesos.Protos.Label;
import org.apache.mesos.Protos.NetworkInfo;

/**
 * What a container may receive and send at most: what its network allows, or less, if labels of the NetworkInfo ask for less. They
 * are called and written as the annotations that Calico reads on Kubernetes.
 */
final class RequestedBandwidth {
    private static final String PREFIX = "qos.projectcalico.org/";
    private static final Set<String> LABELS = Set.of(
            PREFIX + "ingressBandwidth", PREFIX + "ingressBurst", PREFIX + "egressBandwidth", PREFIX + "egressBurst");

    /** Kubernetes's notation of a whole number. */
    private static final Pattern QUANTITY = Pattern.compile("(\\d{1,15})(k|M|G|T|Ki|Mi|Gi|Ti)?");
    private static final int MAX_SHOWN = 100;

    private RequestedBandwidth() {}

    /** Whether a label is read here, and therefore no label of the endpoint. */
    static boolean reads(String label) {
        return label.startsWith(PREFIX);
    }

    /**
     * Reads the labels.
     *
     * @param info as the framework sent it
     * @param network which it joins
     * @throws RefusedException with the first thing that is wrong, in particular a label that asks for more than the network allows
     */
    static Bandwidth of(NetworkInfo info, Network network) throws RefusedException {
        Map<String, String> labels = new TreeMap<>();
        for (Label each : info.getLabels().getLabelsList()) {
            if (!reads(each.getKey())) {
                continue;
            }
            if (!LABELS.contains(each.getKey())) {
                throw new RefusedException("NetworkInfo.labels has '" + Ascii.truncate(each.getKey(), MAX_SHOWN, "…") + "': of "
                        + PREFIX + " only ingressBandwidth, ingressBurst, egressBandwidth and egressBurst are known");
            }
            if (labels.put(each.getKey(), each.getValue()) != null) {
                throw new RefusedException("NetworkInfo.labels has '" + each.getKey() + "' twice: name each label once");
            }
        }
        return new Bandwidth(
                limit(labels, PREFIX + "ingress", network.bandwidth().ingress(), network),
                limit(labels, PREFIX + "egress", network.bandwidth().egress(), network));
    }

    private static Optional<RateLimit> limit(
            Map<String, String> labels, String direction, Optional<RateLimit> allowed, Network network) throws RefusedException {
        Label rateLabel = label(labels, direction + "Bandwidth");
        Label burstLabel = label(labels, direction + "Burst");
        if (!rateLabel.hasValue() && !burstLabel.hasValue()) {
            return allowed;
        }
        if (!rateLabel.hasValue() && allowed.isEmpty()) {
            throw new RefusedException("NetworkInfo.labels has '" + burstLabel.getKey() + "' without '" + rateLabel.getKey()
                    + "': give both, or none");
        }
        long rate = !rateLabel.hasValue() ? allowed.get().rate() : quantity(
                rateLabel, " of bits per second", RateLimit.MIN_RATE, allowed.map(RateLimit::rate).orElse(RateLimit.MAX_RATE), allowed, network);
        long mostBurst = allowed.map(RateLimit::burst).orElse(RateLimit.MAX_BURST);
        long burst = !burstLabel.hasValue() ? Math.min(RateLimit.defaultBurst(rate), mostBurst)
                : quantity(burstLabel, " of bits", RateLimit.MIN_BURST, mostBurst, allowed, network);
        return Optional.of(new RateLimit(rate, burst));
    }

    private static Label label(Map<String, String> labels, String key) {
        Label.Builder label = Label.newBuilder().setKey(key);
        return (labels.containsKey(key) ? label.setValue(labels.get(key)) : label).build();
    }

    private static long quantity(Label label, String unit, long least, long most, Optional<RateLimit> allowed, Network network)
            throws RefusedException {
        Matcher matcher = QUANTITY.matcher(label.getValue());
        BigInteger quantity = !matcher.matches() ? BigInteger.ZERO
                : new BigInteger(matcher.group(1)).multiply(multiplier(matcher.group(2)));
        if (quantity.compareTo(BigInteger.valueOf(least)) < 0 || quantity.compareTo(BigInteger.valueOf(most)) > 0) {
            throw new RefusedException("NetworkInfo.labels." + label.getKey() + " is '" + Ascii.truncate(label.getValue(), MAX_SHOWN, "…")
                    + "': a number" + unit + " from " + least + " to " + most + " is expected, as in 10M"
                    + (allowed.isPresent() ? "; more is not allowed in the network " + network.name() : ""));
        }
        return quantity.longValueExact();
    }

    private static BigInteger multiplier(String suffix) {
        return switch (suffix == null ? "" : suffix) {
            case "k" -> BigInteger.TEN.pow(3);
            case "M" -> BigInteger.TEN.pow(6);
            case "G" -> BigInteger.TEN.pow(9);
            case "T" -> BigInteger.TEN.pow(12);
            case "Ki" -> BigInteger.TWO.pow(10);
            case "Mi" -> BigInteger.TWO.pow(20);
            case "Gi" -> BigInteger.TWO.pow(30);
            case "Ti" -> BigInteger.TWO.pow(40);
            default -> BigInteger.ONE;
        };
    }
}
