package io.calicomesos.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointLabels;
import io.calicomesos.calico.WorkloadEndpoint;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.mesos.Protos.Label;

/**
 * What {@code NetworkInfo.labels} say: a few have a meaning of their own (those of {@link RequestedBandwidth}, too), all others become labels of the container's endpoint.
 *
 * @param endpoint labels of the endpoint, cleaned
 * @param namespace of the endpoint: the label {@code projectcalico.org/namespace}, as Calico's CNI plug-in reads it
 * @param addresses asked for by value: the labels {@code ipv4_addrs} (of calico-mesos) and {@code ipv6_addrs}, JSON lists
 * @param pools the pools to take others from, by name or network: the labels {@code ipv4_pools} and {@code ipv6_pools}, JSON
 *     lists, called as in the configuration of Calico's CNI plug-in
 */
record NetworkLabels(Map<String, String> endpoint, String namespace, List<InetAddress> addresses, List<String> pools) {
    private static final int MAX_LABELS = 64;
    private static final int MAX_LENGTH = 16_384; // Some lists of pools are long.
    private static final int MAX_TEXTS = 64;
    private static final int MAX_SHOWN = 100;

    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads the labels.
     *
     * @param labels in their order
     * @throws RefusedException with the first thing that is wrong
     */
    static NetworkLabels of(List<Label> labels) throws RefusedException {
        if (labels.size() > MAX_LABELS) {
            throw new RefusedException(
                    "NetworkInfo.labels holds " + labels.size() + " labels: at most " + MAX_LABELS + " are allowed");
        }
        Map<String, String> endpoint = new TreeMap<>();
        String namespace = WorkloadEndpoint.DEFAULT_NAMESPACE;
        List<InetAddress> addresses = new ArrayList<>();
        List<String> pools = new ArrayList<>();
        for (Label each : labels) {
            checkLength(each);
            if (RequestedBandwidth.reads(each.getKey())) {
                continue;
            }
            switch (each.getKey()) {
                case WorkloadEndpoint.NAMESPACE_LABEL -> namespace = namespace(each);
                case "ipv4_addrs" -> addresses.addAll(addresses(each, true));
                case "ipv6_addrs" -> addresses.addAll(addresses(each, false));
                case "ipv4_pools", "ipv6_pools" -> pools.addAll(list(each));
                default -> put(each, endpoint);
            }
        }
        return new NetworkLabels(endpoint, namespace, addresses, pools);
    }

    private static void checkLength(Label label) throws RefusedException {
        int longest = Math.max(label.getKey().length(), label.getValue().length());
        if (longest > MAX_LENGTH) {
            throw new RefusedException("NetworkInfo.labels has the label " + shown(label.getKey()) + ", with " + longest
                    + " characters in its key or value: at most " + MAX_LENGTH + " are allowed");
        }
    }

    private static void put(Label label, Map<String, String> endpoint) throws RefusedException {
        String key = EndpointLabels.clean(label.getKey());
        String value = EndpointLabels.clean(label.getValue());
        if (!EndpointLabels.isKey(key)) {
            throw new RefusedException("NetworkInfo.labels has the key " + shown(label.getKey()) + (key.equals(label.getKey()) ? ""
                    : ", for Calico " + shown(key)) + ": 1 to 63 letters, digits, '-', '_' and '.' are expected, "
                    + "a letter or digit at both ends");
        }
        if (!EndpointLabels.isValue(value)) {
            throw new RefusedException("NetworkInfo.labels." + label.getKey() + " is " + shown(label.getValue()) + ": at most 63 "
                    + "letters, digits, '-', '_' and '.' are expected, a letter or digit at both ends");
        }
        String before = endpoint.put(key, value);
        if (before != null && !before.equals(value)) {
            throw new RefusedException("NetworkInfo.labels has " + shown(key) + " twice, as " + shown(before) + " and "
                    + shown(value) + ": name each label once");
        }
    }

    private static String namespace(Label label) throws RefusedException {
        String namespace = EndpointLabels.clean(label.getValue());
        if (!NAMESPACE.matcher(namespace).matches()) {
            throw new RefusedException("NetworkInfo.labels." + label.getKey() + " is " + shown(label.getValue())
                    + ": 1 to 63 lower-case letters, digits and inner dashes are expected, as in default");
        }
        return namespace;
    }

    private static List<InetAddress> addresses(Label label, boolean ipv4) throws RefusedException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : list(label)) {
            InetAddress address = Cidr.isAddress(text) ? InetAddresses.forString(text) : null;
            if (address == null || address instanceof Inet4Address != ipv4) {
                throw new RefusedException("NetworkInfo.labels." + label.getKey() + " holds " + shown(text) + ": "
                        + (ipv4 ? "IPv4 addresses are expected, as in [\"192.168.1.7\"]"
                                : "IPv6 addresses are expected, as in [\"fd00::7\"]"));
            }
            addresses.add(address);
        }
        return addresses;
    }

    /** A JSON list of texts; never more than data, whoever wrote it. */
    private static List<String> list(Label label) throws RefusedException {
        JsonNode root;
        try {
            root = JSON.readTree(label.getValue());
        } catch (JsonProcessingException e) {
            root = JSON.missingNode();
        }
        List<String> texts = new ArrayList<>();
        boolean fits = root.isArray();
        for (JsonNode each : root) {
            fits &= each.isTextual();
            texts.add(each.asText());
        }
        if (!fits || texts.isEmpty()) {
            throw new RefusedException("NetworkInfo.labels." + label.getKey() + " is " + shown(label.getValue())
                    + ": a JSON list of texts is expected, as in [\"a\", \"b\"]");
        }
        if (texts.size() > MAX_TEXTS) {
            throw new RefusedException("NetworkInfo.labels." + label.getKey() + " holds " + texts.size() + " texts: at most "
                    + MAX_TEXTS + " are allowed");
        }
        return texts;
    }

    private static String shown(String text) {
        return "'" + (text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…") + "'";
    }
}
