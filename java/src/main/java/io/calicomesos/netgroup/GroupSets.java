package io.calicomesos.netgroup;

import java.util.HashMap;
import java.util.Map;

/** The sets with the addresses of profiles' members: each is there from its first use, by an element or a rule, to its last. */
final class GroupSets {
    private final Map<String, Integer> uses = new HashMap<>();

    /** The name of the set of a profile's addresses of a family. */
    static String name(String profile, Family family) {
        return family.groupPrefix + Ruleset.safe(profile);
    }

    /** One more use. */
    String use(String profile, Family family, Commands commands) {
        String set = name(profile, family);
        if (uses.merge(set, 1, Integer::sum) == 1) {
            commands.line("add set", set + " { type " + family.type + "; }");
        }
        return set;
    }

    /** One use less. */
    void unuse(String profile, Family family, Commands commands) {
        String set = name(profile, family);
        if (uses.merge(set, -1, (a, b) -> a + b == 0 ? null : a + b) == null) {
            commands.line("delete set", set);
        }
    }

    /** None is there any more: the table has gone. */
    void clear() {
        uses.clear();
    }
}
