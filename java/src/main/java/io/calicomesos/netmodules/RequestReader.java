package io.calicomesos.netmodules;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Understands a request. A field that is null is absent, and fields that are not known are ignored, as in 2015; numbers may be texts
 * and a uid a number, too.
 */
public final class RequestReader {
    /** No request of net-modules is anywhere near as long. */
    public static final int MAX_BYTES = 1 << 20;

    private static final int MAX_ADDRESSES = 16;
    private static final int MAX_RELEASED = 64;
    private static final int MAX_LENGTH = 1_024;
    private static final int MAX_SHOWN = 100;
    private static final int MAX_DIGITS = 9;

    private static final String COMMANDS = "allocate, reserve, release, isolate and cleanup are known";

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonNode args;

    private RequestReader(JsonNode args) {
        this.args = args;
    }

    /**
     * Reads a request.
     *
     * @param bytes what came on stdin
     * @return the request, checked as far as it can be by itself
     * @throws BadRequestException with the first thing that is wrong
     */
    public static Request read(byte[] bytes) throws BadRequestException {
        JsonNode root = tree(bytes);
        JsonNode command = root.path("command");
        if (!command.isTextual()) {
            throw new BadRequestException("command " + state(command) + ": " + COMMANDS);
        }
        JsonNode args = root.path("args");
        if (!args.isObject()) {
            throw new BadRequestException("args " + state(args) + ": an object with the arguments of " + shown(command) + " is expected");
        }
        RequestReader reader = new RequestReader(args);
        return switch (command.asText()) {
            case "allocate" -> reader.allocate();
            case "reserve" -> reader.reserve();
            case "release" -> reader.release();
            case "isolate" -> reader.isolate();
            case "cleanup" -> reader.cleanup();
            default -> throw new BadRequestException("command is " + shown(command) + ": " + COMMANDS);
        };
    }

    private static JsonNode tree(byte[] bytes) throws BadRequestException {
        if (bytes.length > MAX_BYTES) {
            throw new BadRequestException("the request has more than " + MAX_BYTES + " bytes");
        }
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new BadRequestException("the request is not valid JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new BadRequestException("the request is not valid JSON: " + e.getMessage());
        }
        if (!root.isObject()) {
            throw new BadRequestException("the request " + state(root) + ": an object is expected on stdin, as in {\"command\": "
                    + "\"cleanup\", \"args\": {…}}");
        }
        return root;
    }

    private Request allocate() throws BadRequestException {
        text("hostname");
        return new Request.Allocate(
                text("uid"), (int) number("num_ipv4", 0, MAX_ADDRESSES), (int) number("num_ipv6", 0, MAX_ADDRESSES), netgroups(), labels());
    }

    private Request reserve() throws BadRequestException {
        text("hostname");
        return new Request.Reserve(text("uid"), addressesOfBoth(), netgroups(), labels());
    }

    private Request release() throws BadRequestException {
        boolean byUid = isPresent("uid");
        if (byUid == isPresent("ips")) {
            throw new BadRequestException("args of release has " + (byUid ? "both uid and ips" : "neither uid nor ips")
                    + ": one of them is expected");
        }
        return byUid ? new Request.ReleaseUid(text("uid")) : new Request.ReleaseAddresses(addresses("ips", MAX_RELEASED));
    }

    private Request isolate() throws BadRequestException {
        text("hostname");
        return new Request.Isolate(
                text("container_id"), number("pid", 1, Integer.MAX_VALUE), addressesOfBoth(), netgroups(), labels());
    }

    private Request cleanup() throws BadRequestException {
        text("hostname");
        return new Request.Cleanup(text("container_id"));
    }

    // ---- fields ----

    private boolean isPresent(String key) {
        return args.hasNonNull(key);
    }

    private String text(String key) throws BadRequestException {
        JsonNode node = args.path(key);
        String text = node.isTextual() || node.isIntegralNumber() ? node.asText() : "";
        if (text.isBlank() || text.length() > MAX_LENGTH) {
            throw new BadRequestException("args." + key + " " + state(node) + ": a text of 1 to " + MAX_LENGTH + " characters is expected");
        }
        return text;
    }

    private long number(String key, int least, int most) throws BadRequestException {
        JsonNode node = args.path(key);
        boolean digits = node.isTextual() && node.asText().matches("[0-9]{1," + MAX_DIGITS + "}");
        long number = digits ? Long.parseLong(node.asText()) : node.isIntegralNumber() && node.canConvertToInt() ? node.asLong() : least - 1L;
        if (number < least || number > most) {
            throw new BadRequestException("args." + key + " " + state(node) + ": a whole number from " + least + " to " + most
                    + " is expected");
        }
        return number;
    }

    private List<InetAddress> addressesOfBoth() throws BadRequestException {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        for (String key : List.of("ipv4_addrs", "ipv6_addrs")) {
            for (InetAddress each : addresses(key, MAX_ADDRESSES)) {
                if (each instanceof Inet4Address != key.equals("ipv4_addrs")) {
                    throw new BadRequestException("args." + key + " holds " + InetAddresses.toAddrString(each) + ": addresses of IPv"
                            + key.charAt("ipv".length()) + " are expected");
                }
                addresses.add(each);
            }
        }
        if (addresses.isEmpty()) {
            throw new BadRequestException("args has neither ipv4_addrs nor ipv6_addrs: at least one address is expected");
        }
        return List.copyOf(addresses);
    }

    private List<InetAddress> addresses(String key, int most) throws BadRequestException {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        for (String each : texts(key, "addresses")) {
            if (!Cidr.isAddress(each)) {
                throw new BadRequestException("args." + key + " holds " + shown(each) + ": addresses are expected, as in 192.168.23.4");
            }
            addresses.add(InetAddresses.forString(each));
        }
        if (addresses.size() > most) {
            throw new BadRequestException("args." + key + " holds " + addresses.size() + " addresses: at most " + most + " are allowed");
        }
        return List.copyOf(addresses);
    }

    private List<String> netgroups() throws BadRequestException {
        return texts("netgroups", "names");
    }

    private List<String> texts(String key, String what) throws BadRequestException {
        JsonNode node = args.path(key);
        List<String> texts = new ArrayList<>();
        if (!isPresent(key)) {
            return texts;
        }
        boolean fits = node.isArray();
        for (JsonNode each : node) {
            fits &= each.isTextual();
            texts.add(each.asText());
        }
        if (!fits) {
            throw new BadRequestException("args." + key + " " + state(node) + ": a list of " + what + " is expected");
        }
        return texts;
    }

    /** A list of keys and values, as net-modules sends it, or an object, as its documentation says. */
    private Map<String, String> labels() throws BadRequestException {
        JsonNode node = args.path("labels");
        Map<String, String> labels = new LinkedHashMap<>();
        if (!isPresent("labels")) {
            return labels;
        }
        if (!node.isArray() && !node.isObject()) {
            throw notLabels(node);
        }
        if (node.isObject()) {
            for (Map.Entry<String, JsonNode> each : node.properties()) {
                label(each.getKey(), each.getValue(), labels);
            }
        } else {
            for (JsonNode each : node) {
                if (!each.path("key").isTextual()) {
                    throw notLabels(node);
                }
                label(each.path("key").asText(), each.path("value"), labels);
            }
        }
        return labels;
    }

    /** Mesos's labels may have no value. */
    private void label(String key, JsonNode value, Map<String, String> labels) throws BadRequestException {
        if (!value.isTextual() && !value.isMissingNode() && !value.isNull()) {
            throw notLabels(args.path("labels"));
        }
        String text = value.isTextual() ? value.asText() : "";
        String before = labels.put(key, text);
        if (before != null && !before.equals(text)) {
            throw new BadRequestException("args.labels has " + shown(key) + " twice, as " + shown(before) + " and " + shown(text)
                    + ": name each label once");
        }
    }

    private static BadRequestException notLabels(JsonNode node) {
        return new BadRequestException("args.labels " + state(node) + ": a list is expected, as in [{\"key\": \"rack\", \"value\": "
                + "\"3A\"}]");
    }

    // ---- messages ----

    private static String state(JsonNode node) {
        return node.isMissingNode() || node.isNull() ? "is missing" : "is " + shown(node);
    }

    private static String shown(JsonNode node) {
        return node.isTextual() ? shown(node.asText()) : cut(node.toString());
    }

    private static String shown(String text) {
        return "'" + cut(text) + "'";
    }

    private static String cut(String text) {
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
    }
}
