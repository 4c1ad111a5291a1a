package io.calicomesos.netgroup;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The chains with the rules of profiles: each is there while a member of this host has the profile. */
final class ProfileChains {
    /** What a profile says. */
    private record Said(Set<String> labels, List<IngressRule> ingress) {
        static final Said NOTHING = new Said(Set.of(), List.of());
    }

    private static final class Chain {
        private int members;
        private List<ProfileRule> rules = List.of();
    }

    private final GroupSets sets;
    private final Map<String, Said> profiles = new HashMap<>();
    private final Map<String, Set<String>> wearers = new HashMap<>(); // Label → the profiles that put it on their members.
    private final Map<String, Chain> chains = new TreeMap<>();

    ProfileChains(GroupSets sets) {
        this.sets = sets;
    }

    /** The name of the chain of a profile. */
    static String name(String profile) {
        return "profile-" + Ruleset.safe(profile);
    }

    /** A profile came, changed, or has gone: then it has neither labels nor rules. */
    void profile(String profile, Set<String> labels, List<IngressRule> ingress, Commands commands) {
        Said before = profiles.getOrDefault(profile, Said.NOTHING);
        Said after = new Said(Set.copyOf(labels), ingress);
        if (after.equals(before)) {
            return;
        }
        before.labels().forEach(label -> wearers.get(label).remove(profile));
        labels.forEach(label -> wearers.computeIfAbsent(label, each -> new TreeSet<>()).add(profile));
        wearers.values().removeIf(Set::isEmpty);
        if (after.equals(Said.NOTHING)) {
            profiles.remove(profile);
        } else {
            profiles.put(profile, after);
        }
        if (before.labels().equals(after.labels())) {
            write(profile, commands);
        } else {
            chains.keySet().forEach(each -> write(each, commands)); // Others may let in who wears a label of this one.
        }
    }

    /** A member of this host more has the profile. */
    void use(String profile, Commands commands) {
        Chain chain = chains.get(profile);
        if (chain == null) {
            chain = new Chain();
            chains.put(profile, chain);
            commands.line("add chain", name(profile));
            write(profile, commands);
        }
        chain.members++;
    }

    /** A member of this host less has it. */
    void unuse(String profile, Commands commands) {
        Chain chain = chains.get(profile);
        if (--chain.members == 0) {
            commands.line("flush chain", name(profile));
            commands.line("delete chain", name(profile));
            chains.remove(profile);
            chain.rules.forEach(rule -> unuse(rule, commands));
        }
    }

    /** None is there any more: the table has gone. */
    void clear() {
        chains.clear();
    }

    /** Writes the rules of a profile into its chain, if there is one and it does not hold them already. */
    private void write(String profile, Commands commands) {
        Chain chain = chains.get(profile);
        if (chain == null) {
            return;
        }
        List<ProfileRule> before = chain.rules;
        List<ProfileRule> after = new ArrayList<>();
        profiles.getOrDefault(profile, Said.NOTHING).ingress().forEach(rule -> after.addAll(ProfileRule.of(rule, wearers)));
        if (after.equals(before)) {
            return;
        }
        if (!before.isEmpty()) {
            commands.line("flush chain", name(profile));
        }
        for (ProfileRule rule : after) {
            String match = rule.from() == null ? ""
                    : rule.family().protocol + " saddr @" + sets.use(rule.from(), rule.family(), commands) + " ";
            commands.line("add rule", name(profile) + " " + match + rule.text());
        }
        chain.rules = after;
        before.forEach(rule -> unuse(rule, commands));
    }

    private void unuse(ProfileRule rule, Commands commands) {
        if (rule.from() != null) {
            sets.unuse(rule.from(), rule.family(), commands);
        }
    }
}
