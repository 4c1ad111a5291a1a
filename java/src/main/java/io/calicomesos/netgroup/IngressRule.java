package io.calicomesos.netgroup;

import com.fasterxml.jackson.databind.JsonNode;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EntityRule;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.Rule;
import io.calicomesos.calico.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One rule of a profile's ingress, as far as the builtin enforcer goes: who sends, by the labels that profiles put on their
 * members or by networks, and to which ports. What it does not understand never lets more in than is meant: such an Allow is
 * left out, and from such a Deny on nothing is let in.
 *
 * @param allow whether what matches is let in, or dropped
 * @param labels senders wear one of these; empty for anybody
 * @param nets senders are in one of these; empty for anywhere
 * @param protocol its number; null for all
 * @param ports destination ports and ranges, as nft writes them; empty for all
 * @param ipVersion 4 or 6, 0 for both
 */
record IngressRule(boolean allow, Set<String> labels, List<Cidr> nets, Integer protocol, List<String> ports, int ipVersion) {
    static final IngressRule ALLOW_ALL = new IngressRule(true, Set.of(), List.of(), null, List.of(), 0);

    private static final IngressRule DROP_ALL = new IngressRule(false, Set.of(), List.of(), null, List.of(), 0);
    // To nft by number: their names are in /etc/protocols, which a host may not have.
    private static final Map<String, Integer> PROTOCOLS =
            Map.of("icmp", 1, "tcp", 6, "udp", 17, "icmpv6", 58, "sctp", 132, "udplite", 136);
    private static final Set<Integer> WITH_PORTS = Set.of(6, 17, 132, 136);
    private static final Pattern PORTS = Pattern.compile("([0-9]{1,5})(?::([0-9]{1,5}))?");
    private static final int LAST_PORT = 65_535;
    private static final int LAST_PROTOCOL = 255;

    /**
     * Reads the ingress of a profile, in order.
     *
     * @param profile the profile
     * @param notUnderstood told of each rule that cannot be enforced as it is written, for an operator
     */
    static List<IngressRule> of(Profile profile, Consumer<String> notUnderstood) {
        List<IngressRule> rules = new ArrayList<>();
        List<Rule> ingress = profile.spec().ingress();
        for (int i = 0; i < ingress.size(); i++) {
            String action = ingress.get(i).action();
            try {
                rules.add(read(ingress.get(i)));
            } catch (IllegalArgumentException e) {
                String rule = "profile " + profile.metadata().name() + ", ingress rule " + (i + 1) + ": the builtin enforcer does"
                        + " not know " + e.getMessage();
                if ("Allow".equals(action) || "Log".equals(action)) {
                    notUnderstood.accept(rule + "; the rule lets nothing in");
                } else {
                    notUnderstood.accept(rule + "; from this rule on nothing is let in");
                    rules.add(DROP_ALL);
                    break;
                }
            }
        }
        return List.copyOf(rules);
    }

    /** Throws with what it does not know. */
    private static IngressRule read(Rule rule) {
        boolean allow = "Allow".equals(rule.action());
        require(allow || "Deny".equals(rule.action()), "the action " + rule.action());
        require(rule.icmp() == null, "icmp");
        require(rule.notICMP() == null, "notICMP");
        require(rule.notProtocol() == null, "notProtocol");
        require(rule.http() == null, "http");
        require(rule.other().isEmpty(), String.join(", ", rule.other().keySet()));
        onlyPorts(rule.destination());
        EntityRule source = rule.source();
        require(source.namespaceSelector() == null, "source.namespaceSelector");
        require(source.services() == null, "source.services");
        require(source.serviceAccounts() == null, "source.serviceAccounts");
        require(source.ports().isEmpty() && source.notPorts().isEmpty(), "source ports");
        require(source.notNets().isEmpty(), "source.notNets");
        require(source.notSelector() == null, "source.notSelector");
        require(source.other().isEmpty(), "source." + String.join(", ", source.other().keySet()));
        Set<String> labels = labels(source.selector());
        // Others may wear the label by themselves, and would not be met.
        require(allow || labels.isEmpty(), "a selector in a Deny");
        Integer protocol = protocol(rule.protocol());
        List<String> ports = rule.destination().ports().stream().map(IngressRule::ports).toList();
        require(ports.isEmpty() || protocol != null && WITH_PORTS.contains(protocol), "ports without a protocol that has them");
        int ipVersion = rule.ipVersion() == null ? 0 : rule.ipVersion();
        require(ipVersion == 0 || ipVersion == 4 || ipVersion == 6, "ipVersion " + ipVersion);
        List<Cidr> nets = source.nets().stream().map(Cidr::parseNetworkOrAddress).toList();
        return new IngressRule(allow, labels, nets, protocol, ports, ipVersion);
    }

    /** Whether a connection is one of those that it speaks of, its sender's labels aside. */
    boolean matches(Flow flow) {
        return (ipVersion == 0 || ipVersion == flow.ipVersion())
                && (protocol == null || protocol == flow.protocolNumber())
                && (nets.isEmpty() || nets.stream().anyMatch(each -> each.contains(flow.from())))
                && (ports.isEmpty() || ports.stream().anyMatch(each -> isIn(flow.port(), each)));
    }

    private static boolean isIn(int port, String range) {
        int dash = range.indexOf('-');
        return dash < 0 ? port == Integer.parseInt(range)
                : port >= Integer.parseInt(range.substring(0, dash)) && port <= Integer.parseInt(range.substring(dash + 1));
    }

    private static void onlyPorts(EntityRule destination) {
        EntityRule others = new EntityRule(
                destination.nets(), destination.selector(), destination.namespaceSelector(), destination.services(), null,
                destination.notNets(), destination.notSelector(), destination.notPorts(), destination.serviceAccounts(),
                destination.other());
        require(others.equals(EntityRule.ANY), "a destination by anything but its ports");
    }

    /** {@code has(a)}, or several with {@code ||}. */
    private static Set<String> labels(String selector) {
        if (selector == null || selector.isBlank()) {
            return Set.of();
        }
        Selector read = Selector.parse(selector);
        if (read instanceof Selector.All) {
            // Of endpoints, all; an empty source is anybody, endpoint or not.
            throw new IllegalArgumentException("source.selector '" + selector + "'");
        }
        Set<String> labels = new TreeSet<>();
        for (Selector each : read instanceof Selector.Or or ? or.operands() : List.of(read)) {
            require(each instanceof Selector.Has, "source.selector '" + selector + "'");
            labels.add(((Selector.Has) each).key());
        }
        return labels;
    }

    private static Integer protocol(JsonNode protocol) {
        if (protocol == null) {
            return null;
        }
        String name = protocol.asText().toLowerCase(Locale.ROOT);
        if (name.matches("[0-9]{1,3}") && Integer.parseInt(name) <= LAST_PROTOCOL) {
            return Integer.valueOf(name);
        }
        require(PROTOCOLS.containsKey(name), "the protocol " + protocol);
        return PROTOCOLS.get(name);
    }

    private static String ports(JsonNode port) {
        Matcher matcher = PORTS.matcher(port.asText());
        require(matcher.matches(), "the port " + port);
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        require(first <= last && last <= LAST_PORT, "the port " + port);
        return first == last ? Integer.toString(first) : first + "-" + last;
    }

    private static void require(boolean understood, String what) {
        if (!understood) {
            throw new IllegalArgumentException(what);
        }
    }
}
