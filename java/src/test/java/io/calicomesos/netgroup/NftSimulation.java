package io.calicomesos.netgroup;

import io.calicomesos.calico.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * As much of nft and the kernel as the builtin enforcer uses: takes the commands as nft does, refuses what nft or the kernel
 * would refuse, and lets packets through or not. A command or rule that it does not know is an error.
 */
final class NftSimulation {
    /** Of every packet that is asked for by {@link #passes}. */
    static final int PROTOCOL = 6;
    static final int PORT = 8080;

    private static final Pattern COMMAND = Pattern.compile(
            "(add|delete|flush) (table|set|chain|element|rule) inet calico-mesos(?: ([A-Za-z][A-Za-z0-9_.-]*)(?: (.*))?)?");
    private static final Pattern SET = Pattern.compile("\\s*set ([\\w.-]+) \\{ (type [^;]*;) }");
    private static final Pattern MAP = Pattern.compile("\\s*map ([\\w.-]+) \\{ (type [^;]*;) }");
    private static final Pattern REFERENCE = Pattern.compile("@([\\w.-]+)");
    private static final int LONGEST_NAME = 255;

    private boolean table;
    private final Map<String, String> types = new TreeMap<>();
    private final Map<String, Set<String>> sets = new TreeMap<>();
    private final Map<String, Map<String, String>> maps = new TreeMap<>();
    private final Map<String, List<String>> chains = new TreeMap<>();

    /** Carries out commands; throws at the first that nft would refuse. */
    void run(String commands) {
        List<String> lines = commands.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("table inet calico-mesos {")) {
                table = true;
                int end = lines.subList(i, lines.size()).indexOf("}");
                declare(lines.subList(i + 1, i + end));
                i += end;
            } else {
                command(lines.get(i));
            }
        }
    }

    private void declare(List<String> lines) {
        String chain = null;
        for (String line : lines) {
            Matcher set = SET.matcher(line);
            Matcher map = MAP.matcher(line);
            if (set.matches()) {
                types.put(set.group(1), set.group(2));
                sets.put(set.group(1), new TreeSet<>());
            } else if (map.matches()) {
                types.put(map.group(1), map.group(2));
                maps.put(map.group(1), new TreeMap<>());
            } else if (line.strip().startsWith("chain ")) {
                chain = line.strip().split(" ")[1];
                chains.put(chain, new ArrayList<>());
            } else if (chain != null && !line.strip().equals("}")) {
                rule(chain, line.strip());
            }
        }
    }

    private void command(String line) {
        Matcher matcher = COMMAND.matcher(line);
        require(matcher.matches(), "a command: " + line);
        String name = matcher.group(3);
        String rest = matcher.group(4);
        require(name == null || name.length() <= LONGEST_NAME, "a short name: " + line);
        require(table || matcher.group(2).equals("table"), "the table: " + line);
        switch (matcher.group(1) + " " + matcher.group(2)) {
            case "add table" -> table = true;
            case "delete table" -> {
                require(table, "the table: " + line);
                table = false;
                List.of(types, sets, maps, chains).forEach(Map::clear);
            }
            case "add set" -> {
                require(rest.matches("\\{ type ipv[46]_addr; }"), "a set of addresses: " + line);
                types.put(name, rest.substring(2, rest.length() - 2));
                sets.computeIfAbsent(name, each -> new TreeSet<>());
            }
            case "delete set" -> {
                require(sets.containsKey(name), "the set: " + line);
                require(rules().noneMatch(each -> references(each).contains(name)), "that no rule uses it: " + line);
                types.remove(name);
                sets.remove(name);
            }
            case "add chain" -> chains.computeIfAbsent(name, each -> new ArrayList<>());
            case "flush chain" -> chain(name, line).clear();
            case "delete chain" -> {
                require(chain(name, line).isEmpty(), "that it is empty: " + line);
                require(maps.values().stream().noneMatch(each -> each.containsValue("goto " + name)), "no use of it: " + line);
                require(rules().noneMatch(each -> each.endsWith("jump " + name)), "no jump to it: " + line);
                chains.remove(name);
            }
            case "add rule" -> rule(name, rest);
            default -> {
                for (String element : rest.substring(2, rest.length() - 2).split(", ")) {
                    element(matcher.group(1).equals("add"), name, element, line);
                }
            }
        }
    }

    private void element(boolean add, String name, String element, String line) {
        Map<String, String> map = maps.get(name);
        String type = types.get(name);
        if (map == null && type != null) {
            require(type.contains("ipv6_addr") == isIpv6(element), "an element of the set's type: " + line);
        }
        if (map == null) {
            require(sets.containsKey(name), "the set: " + line);
            require(add ? sets.get(name).add(element) : sets.get(name).remove(element), "a change: " + line);
        } else if (add) {
            String[] keyAndVerdict = element.split(" : ");
            require(keyAndVerdict[1].startsWith("goto "), "a goto: " + line);
            chain(keyAndVerdict[1].substring("goto ".length()), line);
            require(map.put(keyAndVerdict[0], keyAndVerdict[1]) == null, "a new element: " + line);
        } else {
            require(map.remove(element) != null, "the element: " + line);
        }
    }

    private void rule(String chain, String rule) {
        references(rule).forEach(each -> require(types.containsKey(each), "the set " + each + ": " + rule));
        references(rule).stream().filter(each -> !each.equals("alone")).forEach(each -> require(
                types.get(each).contains("ipv6_addr") == rule.contains("ip6 saddr"), "a set of the type of: " + rule));
        if (rule.startsWith("jump ")) {
            chain(rule.substring("jump ".length()), rule);
        }
        chain(chain, rule).add(rule);
    }

    private List<String> chain(String name, String line) {
        require(chains.containsKey(name), "the chain: " + line);
        return chains.get(name);
    }

    private Stream<String> rules() {
        return chains.values().stream().flatMap(List::stream);
    }

    private static Set<String> references(String rule) {
        Set<String> found = new TreeSet<>();
        REFERENCE.matcher(rule).results().forEach(each -> found.add(each.group(1)));
        return found;
    }

    /** Whether the first packet of a connection gets through; an interface that is not a container's is the link. */
    boolean passes(String from, String source, String to) {
        Packet packet = new Packet(from, source, to, false);
        return verdict("from-container", packet) && verdict("to-container", packet);
    }

    /** Whether a packet of neighbour discovery, which goes to the host end only, gets there. */
    boolean discovers(String from, String source) {
        return verdict("from-container", new Packet(from, source, "", true));
    }

    record Packet(String from, String source, String to, boolean neighbourDiscovery) {}

    private boolean verdict(String chain, Packet packet) {
        require(chains.containsKey(chain), "the chain " + chain);
        return walk(chain, packet).orElse(true); // The policies are accept.
    }

    /** Accepted or not; empty at the end of the chain. */
    private Optional<Boolean> walk(String chain, Packet packet) {
        for (String rule : chains.get(chain)) {
            String verdict = apply(rule, packet);
            if (verdict.startsWith("goto ")) {
                return walk(verdict.substring("goto ".length()), packet);
            } else if (verdict.startsWith("jump ")) {
                Optional<Boolean> came = walk(verdict.substring("jump ".length()), packet);
                if (came.isPresent()) {
                    return came;
                }
            } else if (!verdict.equals("continue")) {
                return Optional.of(verdict.equals("accept"));
            }
        }
        return Optional.empty();
    }

    /** What a rule says about a packet that no connection is known of. */
    private String apply(String rule, Packet packet) {
        String rest = rule;
        while (true) {
            if (rest.equals("accept") || rest.equals("drop") || rest.startsWith("goto ") || rest.startsWith("jump ")) {
                return rest;
            } else if (rest.startsWith("type filter hook ")) {
                return "continue";
            } else if (rest.equals("oifname vmap @endpoints")) {
                return maps.get("endpoints").getOrDefault('"' + packet.to() + '"', "continue");
            }
            Condition condition = condition(rest, packet);
            if (!condition.holds()) {
                return "continue";
            }
            rest = rest.substring(condition.text().length());
        }
    }

    private record Condition(String text, boolean holds) {}

    /** The condition that a rule begins with. */
    private Condition condition(String rule, Packet packet) {
        Matcher set = Pattern.compile("ip6? saddr @([\\w.-]+) ").matcher(rule);
        if (set.lookingAt()) {
            return new Condition(set.group(), sets.get(set.group(1)).contains(packet.source()));
        }
        Matcher net = Pattern.compile("ip6? saddr ([0-9a-f:.]+/[0-9]+) ").matcher(rule);
        if (net.lookingAt()) {
            return new Condition(net.group(), Cidr.parse(net.group(1)).contains(Cidr.parseAddress(packet.source())));
        }
        Matcher service = Pattern.compile("meta l4proto ([0-9]+) (?:th dport ([0-9]+)(-[0-9]+)? )?").matcher(rule);
        if (service.lookingAt()) {
            int first = service.group(2) == null ? PORT : Integer.parseInt(service.group(2));
            return new Condition(service.group(), Integer.parseInt(service.group(1)) == PROTOCOL && first == PORT);
        }
        String from = '"' + packet.from() + "\" . " + packet.source();
        boolean linkLocal = packet.source().equals("::") || packet.source().startsWith("fe80:");
        return List.of(
                new Condition("iifname \"cali*\" ", packet.from().startsWith("cali")),
                new Condition("oifname != \"cali*\" ", !packet.to().startsWith("cali")),
                new Condition("meta nfproto ipv4 ", !isIpv6(packet.source())),
                new Condition("meta nfproto ipv6 ", isIpv6(packet.source())),
                new Condition("ip6 saddr != { ::, fe80::/64 } ", !linkLocal),
                new Condition("ip6 daddr != { fe80::/64, ff02::1:ff00:0/104, ff02::2 } ", !packet.neighbourDiscovery()),
                new Condition("ip6 hoplimit != 255 ", !packet.neighbourDiscovery()),
                new Condition(
                        "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ", packet.neighbourDiscovery()),
                new Condition("iifname @alone ", sets.getOrDefault("alone", Set.of()).contains('"' + packet.from() + '"')),
                new Condition("ct state established,related ", false),
                new Condition("iifname . ip saddr @sources ", sets.getOrDefault("sources", Set.of()).contains(from)),
                new Condition("iifname . ip6 saddr @sources6 ", sets.getOrDefault("sources6", Set.of()).contains(from))).stream()
                .filter(each -> rule.startsWith(each.text())).findFirst()
                .orElseThrow(() -> new AssertionError("nft needs a rule that is known here: " + rule));
    }

    private static boolean isIpv6(String addressOrElement) {
        return addressOrElement.indexOf(':') >= 0;
    }

    /** Everything that stands in the table, to be compared. */
    String state() {
        return table + "\n" + types + "\n" + sets + "\n" + maps + "\n" + chains;
    }

    private static void require(boolean met, String what) {
        if (!met) {
            throw new AssertionError("nft needs " + what);
        }
    }
}
