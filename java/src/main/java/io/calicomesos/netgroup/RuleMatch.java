package io.calicomesos.netgroup;

import com.fasterxml.jackson.databind.JsonNode;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EntityRule;
import io.calicomesos.calico.Rule;
import io.calicomesos.calico.Selector;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a rule of a profile is about a packet, as far as the rule, the addresses and the endpoints' labels tell. Selectors are
 * taken to select containers only: sets of networks and endpoints of hosts' own interfaces are not looked at.
 */
enum RuleMatch {
    YES, NO,
    /** It depends on something that is not looked at. */
    UNKNOWN;

    /**
     * Decides.
     *
     * @param rule of a profile
     * @param flow the packet
     * @param source the labels of the sender; none if it is no container
     * @param destination the labels of the receiver; none if it is no container
     */
    static RuleMatch of(Rule rule, Flow flow, Optional<Map<String, String>> source, Optional<Map<String, String>> destination) {
        return of(rule.ipVersion() == null || rule.ipVersion() == flow.ipVersion())
                .and(of(rule.protocol() == null || isProtocol(rule.protocol(), flow)))
                .and(of(rule.notProtocol() == null || !isProtocol(rule.notProtocol(), flow)))
                .and(side(rule.source(), flow.from(), source))
                .and(side(rule.destination(), flow.to(), destination))
                .and(ports(rule.destination().ports(), flow))
                .and(rule.destination().notPorts().isEmpty() ? YES : ports(rule.destination().notPorts(), flow).negated())
                .and(rule.source().ports().isEmpty() && rule.source().notPorts().isEmpty() ? YES : UNKNOWN)
                .and(rule.icmp() == null && rule.notICMP() == null && rule.http() == null && rule.other().isEmpty() ? YES : UNKNOWN);
    }

    private static boolean isProtocol(JsonNode protocol, Flow flow) {
        return protocol.isNumber() ? protocol.asInt() == flow.protocolNumber() : protocol.asText().equalsIgnoreCase(flow.protocolName());
    }

    private static RuleMatch side(EntityRule side, InetAddress address, Optional<Map<String, String>> labels) {
        return of(side.nets().isEmpty() || isIn(side.nets(), address))
                .and(of(!isIn(side.notNets(), address)))
                .and(of(isEmpty(side.selector()) || selects(side.selector(), labels)))
                .and(of(isEmpty(side.notSelector()) || !selects(side.notSelector(), labels)))
                .and(isEmpty(side.namespaceSelector()) && side.services() == null && side.serviceAccounts() == null
                        && side.other().isEmpty() ? YES : UNKNOWN);
    }

    private static boolean isEmpty(String selector) {
        return selector == null || selector.isEmpty();
    }

    private static boolean isIn(List<String> networks, InetAddress address) {
        return networks.stream().map(Cidr::parseNetworkOrAddress).anyMatch(each -> each.contains(address));
    }

    private static boolean selects(String selector, Optional<Map<String, String>> labels) {
        return labels.isPresent() && Selector.parse(selector).matches(labels.get());
    }

    /** Numbers, ranges such as {@code "1000:2000"}, or names, which endpoints give to their ports. */
    private static RuleMatch ports(List<JsonNode> ports, Flow flow) {
        if (ports.isEmpty()) {
            return YES;
        }
        RuleMatch match = NO;
        for (JsonNode each : flow.protocol() == Flow.Protocol.ICMP ? List.<JsonNode>of() : ports) {
            String[] ends = each.asText().split(":", 2);
            if (!each.asText().matches("\\d{1,5}(:\\d{1,5})?")) {
                match = match == YES ? YES : UNKNOWN;
            } else if (flow.port() >= Integer.parseInt(ends[0]) && flow.port() <= Integer.parseInt(ends[ends.length - 1])) {
                match = YES;
            }
        }
        return match;
    }

    private static RuleMatch of(boolean holds) {
        return holds ? YES : NO;
    }

    private RuleMatch negated() {
        return switch (this) {
            case YES -> NO;
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
        };
    }

    private RuleMatch and(RuleMatch other) {
        return this == NO || other == NO ? NO : this == UNKNOWN || other == UNKNOWN ? UNKNOWN : YES;
    }
}
