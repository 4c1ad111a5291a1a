package io.calicomesos.netgroup;

import io.calicomesos.calico.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One rule in the chain of a profile.
 *
 * @param from the profile whose members send; null for anybody
 * @param family in which they do; null for both
 * @param text the rest of the rule, as nft reads it
 */
record ProfileRule(String from, Family family, String text) {
    /**
     * A rule of a profile's ingress in nft's language: a rule for each profile whose members wear one of the labels, each
     * network and each port.
     *
     * @param rule what is meant
     * @param wearers by label, the profiles that put it on their members
     */
    static List<ProfileRule> of(IngressRule rule, Map<String, Set<String>> wearers) {
        List<String> rests = new ArrayList<>();
        String protocol = rule.protocol() == null ? "" : "meta l4proto " + rule.protocol() + " ";
        String verdict = rule.allow() ? "accept" : "drop";
        if (rule.ports().isEmpty()) {
            rests.add(protocol + verdict);
        }
        rule.ports().forEach(port -> rests.add(protocol + "th dport " + port + " " + verdict));
        List<ProfileRule> rules = new ArrayList<>();
        if (rule.labels().isEmpty() && rule.nets().isEmpty() && rule.ipVersion() == 0) {
            rests.forEach(rest -> rules.add(new ProfileRule(null, null, rest)));
            return rules;
        }
        for (Family family : Family.values()) {
            if (rule.ipVersion() != 0 && rule.ipVersion() != family.ipVersion) {
                continue;
            }
            for (String net : nets(rule, family)) {
                rests.forEach(rest -> from(rule, family, wearers, net + rest, rules));
            }
        }
        return rules;
    }

    private static void from(
            IngressRule rule, Family family, Map<String, Set<String>> wearers, String text, List<ProfileRule> rules) {
        if (rule.labels().isEmpty()) {
            rules.add(new ProfileRule(null, family, text));
        }
        for (String label : rule.labels()) {
            wearers.getOrDefault(label, Set.of()).forEach(profile -> rules.add(new ProfileRule(profile, family, text)));
        }
    }

    private static List<String> nets(IngressRule rule, Family family) {
        String any = rule.labels().isEmpty() ? "meta nfproto ipv" + family.ipVersion + " " : "";
        if (rule.nets().isEmpty()) {
            return List.of(any);
        }
        List<String> nets = new ArrayList<>();
        for (Cidr net : rule.nets()) {
            if (net.ipVersion() == family.ipVersion) {
                nets.add(net.prefixLength() == 0 ? any : family.protocol + " saddr " + net + " ");
            }
        }
        return nets;
    }
}
