package io.calicomesos.netgroup;

import com.google.common.net.InetAddresses;
import io.calicomesos.calico.Cidr;
import io.calicomesos.calico.EndpointName;
import io.calicomesos.calico.FelixConfiguration;
import io.calicomesos.calico.Node;
import io.calicomesos.calico.Policy;
import io.calicomesos.calico.Profile;
import io.calicomesos.calico.ProfileName;
import io.calicomesos.calico.Rule;
import io.calicomesos.calico.WorkloadEndpoint;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says who reaches whom, and why, from what stands in etcd: what the enforcers make of it, not what is in the kernel of a host just
 * now. Pure. Routes are taken to be there.
 */
public final class Explainer {
    private final Map<InetAddress, WorkloadEndpoint> endpoints = new HashMap<>();
    private final Map<InetAddress, String> hosts = new HashMap<>();
    private final Map<String, Profile> profiles;
    private final Collection<Policy> policies;

    /** Who has an address. */
    private sealed interface Party {
        /** @param endpoint the container's */
        record Container(WorkloadEndpoint endpoint) implements Party {}

        /** @param node its name in Calico */
        record Host(String node) implements Party {}

        /** Neither a container's nor a Node's. */
        record Unknown() implements Party {}
    }

    /**
     * Takes what is known.
     *
     * @param endpoints all of the cluster
     * @param profiles all, by name
     * @param nodes all
     * @param policies all; of no meaning to the builtin enforcer
     * @throws IllegalArgumentException if an address in them is none
     */
    public Explainer(
            Collection<WorkloadEndpoint> endpoints, Map<String, Profile> profiles, Collection<Node> nodes, Collection<Policy> policies) {
        endpoints.forEach(each -> each.spec().networks().forEach(network -> this.endpoints.put(network.network(), each)));
        for (Node each : nodes) {
            if (each.spec().bgp() != null) {
                Stream.of(Optional.ofNullable(each.spec().bgp().ipv4Address()), Optional.ofNullable(each.spec().bgp().ipv6Address()))
                        .flatMap(Optional::stream).filter(text -> !text.isEmpty())
                        .forEach(text -> hosts.put(Cidr.parseAddress(text.replaceFirst("/.*", "")), each.metadata().name()));
            }
        }
        this.profiles = Map.copyOf(profiles);
        this.policies = List.copyOf(policies);
    }

    // ---- the builtin enforcer ----

    /**
     * What the builtin enforcer makes of a connection.
     *
     * @param flow its first packet
     */
    public Explanation builtin(Flow flow) {
        Party from = party(flow.from());
        Party to = party(flow.to());
        return beforeAnyRule(flow, from, to).orElseGet(() -> {
            if (from instanceof Party.Container sender && sender.endpoint().spec().profiles().isEmpty() && !isHostOf(to, from)) {
                return new Explanation.Denied(text(from, flow.from()) + " has no profile: it sends to its host alone");
            }
            if (!(to instanceof Party.Container container)) {
                return new Explanation.Allowed(text(from, flow.from()) + " may send to " + text(to, flow.to())
                        + ": the builtin enforcer lets containers reach their host, and go out to what is no container");
            }
            return builtinIngress(flow, from, container);
        });
    }

    /** As the chains of the profiles say, one after the other. */
    private Explanation builtinIngress(Flow flow, Party from, Party.Container to) {
        String receiver = text(to, flow.to());
        List<String> its = to.endpoint().spec().profiles();
        for (String profile : its) {
            List<IngressRule> rules = profiles.containsKey(profile)
                    ? IngressRule.of(profiles.get(profile), notUnderstood -> { }) : List.of();
            for (IngressRule each : rules) {
                Optional<String> wearing = from instanceof Party.Container sender ? putOnBy(sender.endpoint(), each.labels()) : Optional.empty();
                if (!each.matches(flow) || !each.labels().isEmpty() && wearing.isEmpty()) {
                    continue;
                }
                if (!each.allow()) {
                    return new Explanation.Denied("a rule of the " + netgroup(profile) + ", which " + receiver + " is in, drops it");
                }
                if (wearing.isEmpty()) {
                    return new Explanation.Allowed(receiver + " is in the " + netgroup(profile)
                            + (each.equals(IngressRule.ALLOW_ALL) ? ", which lets everyone in" : ", which lets it in by a rule"));
                }
                String set = " (set " + Ruleset.set(wearing.get(), flow.ipVersion()) + " on " + to.endpoint().spec().node() + ")";
                return new Explanation.Allowed(wearing.get().equals(profile)
                        ? text(from, flow.from()) + " and " + receiver + " are both in the " + netgroup(profile) + set
                        : text(from, flow.from()) + " is in the " + netgroup(wearing.get()) + ", whose members the " + netgroup(profile)
                                + " of " + receiver + " lets in" + set);
            }
        }
        return new Explanation.Denied(isInNone(its)
                ? receiver + " is in no netgroup: only its host reaches it"
                : receiver + " lets in its host and whom the rules of the " + netgroups(its) + " let in, and "
                        + text(from, flow.from()) + " is " + (from instanceof Party.Container ? "none of them" : "no container"));
    }

    /** The profile of a container that puts one of these labels on it: the enforcer knows no others. */
    private Optional<String> putOnBy(WorkloadEndpoint endpoint, Set<String> labels) {
        return endpoint.spec().profiles().stream().filter(profiles::containsKey)
                .filter(each -> !Collections.disjoint(profiles.get(each).spec().labelsToApply().keySet(), labels)).findFirst();
    }

    private static boolean isInNone(List<String> profiles) {
        return profiles.isEmpty() || profiles.equals(List.of(ProfileName.NO_NETGROUP.value()));
    }

    // ---- Felix ----

    /**
     * What Felix makes of a connection. Policies decide before profiles do; which ones is said, not how.
     *
     * @param flow its first packet
     * @param settings Felix's, where an operator gave any
     * @throws IllegalArgumentException if a selector or a network in a rule or policy is none
     */
    public Explanation felix(Flow flow, Optional<FelixConfiguration> settings) {
        Party from = party(flow.from());
        Party to = party(flow.to());
        return beforeAnyRule(flow, from, to).orElseGet(() -> {
            Optional<Explanation> out = from instanceof Party.Container sender
                    ? Optional.of(direction(flow, sender, Policy.EGRESS)) : Optional.empty();
            if (out.isPresent() && !(out.get() instanceof Explanation.Allowed)) {
                return out.get();
            }
            if (to instanceof Party.Container receiver) {
                return direction(flow, receiver, Policy.INGRESS);
            }
            return isHostOf(to, from) ? toHost(text(from, flow.from()), settings) : out.orElseThrow();
        });
    }

    private Explanation direction(Flow flow, Party.Container party, String type) {
        boolean ingress = type.equals(Policy.INGRESS);
        String name = text(party, ingress ? flow.to() : flow.from());
        WorkloadEndpoint endpoint = party.endpoint();
        List<String> deciding = policies.stream()
                .filter(each -> each.selects(endpoint.metadata().namespace(), labels(endpoint), type)).map(Policy::toString).toList();
        if (!deciding.isEmpty()) {
            return new Explanation.Undecided("before its profiles, policies decide on what " + name + (ingress ? " receives: " : " sends: ")
                    + String.join(", ", deciding));
        }
        for (String each : endpoint.spec().profiles()) {
            List<Rule> rules = !profiles.containsKey(each) ? List.of()
                    : ingress ? profiles.get(each).spec().ingress() : profiles.get(each).spec().egress();
            for (int i = 0; i < rules.size(); i++) {
                String rule = (ingress ? "ingress" : "egress") + " rule " + (i + 1) + " of the " + netgroup(each) + ", which " + name + " is in";
                RuleMatch match = RuleMatch.of(rules.get(i), flow, labels(flow.from()), labels(flow.to()));
                if (match == RuleMatch.NO || "Log".equals(rules.get(i).action())) {
                    continue;
                }
                boolean allows = "Allow".equals(rules.get(i).action());
                if (match == RuleMatch.UNKNOWN || !allows && !"Deny".equals(rules.get(i).action())) {
                    return new Explanation.Undecided(rule + ", says more than is looked at here");
                }
                return allows ? new Explanation.Allowed(rule) : new Explanation.Denied(rule);
            }
        }
        return new Explanation.Denied(ingress && isInNone(endpoint.spec().profiles()) ? name + " is in no netgroup: only its host reaches it"
                : endpoint.spec().profiles().isEmpty() ? name + " has no profile: Felix lets nothing out of it"
                : "no " + (ingress ? "ingress" : "egress") + " rule of the " + netgroups(endpoint.spec().profiles()) + ", which " + name
                        + " is in, allows it");
    }

    private static Explanation toHost(String name, Optional<FelixConfiguration> settings) {
        String action = settings.map(each -> each.spec().defaultEndpointToHostAction()).orElse("Drop");
        String because = "defaultEndpointToHostAction of the FelixConfiguration is " + action + " for what " + name + " sends to its host";
        return switch (action) {
            case "Accept" -> new Explanation.Allowed(because);
            case "Return" -> new Explanation.Undecided(because + ": the host's own rules decide");
            default -> new Explanation.Denied(because);
        };
    }

    // ---- both ----

    /** What no enforcer has a part in. */
    private Optional<Explanation> beforeAnyRule(Flow flow, Party from, Party to) {
        if (flow.from().getAddress().length != flow.to().getAddress().length) {
            return Optional.of(new Explanation.Denied("one address is IPv4 and the other IPv6"));
        }
        if (!(from instanceof Party.Container) && !(to instanceof Party.Container)) {
            return Optional.of(new Explanation.Undecided(
                    "neither " + text(from, flow.from()) + " nor " + text(to, flow.to()) + " is a container"));
        }
        if (from.equals(to)) {
            return Optional.of(new Explanation.Allowed("both addresses are of " + text(from, flow.from()) + ": it never leaves it"));
        }
        if (isHostOf(from, to)) {
            return Optional.of(new Explanation.Allowed(text(from, flow.from()) + " always reaches its own containers"));
        }
        return Optional.empty();
    }

    private static boolean isHostOf(Party host, Party container) {
        return host instanceof Party.Host of && container instanceof Party.Container its
                && of.node().equals(its.endpoint().spec().node());
    }

    private Party party(InetAddress address) {
        WorkloadEndpoint endpoint = endpoints.get(address);
        if (endpoint != null) {
            return new Party.Container(endpoint);
        }
        return hosts.containsKey(address) ? new Party.Host(hosts.get(address)) : new Party.Unknown();
    }

    private static String text(Party party, InetAddress address) {
        String shown = InetAddresses.toAddrString(address);
        if (party instanceof Party.Container container) {
            String name = Objects.requireNonNullElse(container.endpoint().metadata().name(), "");
            return "container " + EndpointName.parse(name).map(EndpointName::workload).orElse(name) + " (" + shown + " on "
                    + container.endpoint().spec().node() + ")";
        }
        return party instanceof Party.Host host ? "host " + host.node() + " (" + shown + ")" : shown;
    }

    /** By the name that the launches gave. */
    private String netgroup(String profile) {
        String own = Optional.ofNullable(profiles.get(profile)).map(each -> each.metadata().annotations().get(Profile.NETGROUP_ANNOTATION))
                .orElse(null);
        return own == null ? "netgroup " + profile : "netgroup " + own + " (profile " + profile + ")";
    }

    private String netgroups(List<String> names) {
        return names.stream().map(this::netgroup).collect(Collectors.joining(", "));
    }

    private Optional<Map<String, String>> labels(InetAddress address) {
        return Optional.ofNullable(endpoints.get(address)).map(this::labels);
    }

    /** An endpoint's own win over those that its profiles put on. */
    private Map<String, String> labels(WorkloadEndpoint endpoint) {
        Map<String, String> labels = new HashMap<>();
        endpoint.spec().profiles().stream().map(profiles::get).filter(Objects::nonNull)
                .forEach(each -> labels.putAll(each.spec().labelsToApply()));
        labels.putAll(endpoint.metadata().labels());
        return labels;
    }
}
