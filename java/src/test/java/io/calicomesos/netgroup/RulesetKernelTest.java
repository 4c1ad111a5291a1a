package io.calicomesos.netgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.calicomesos.calico.Cidr;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That nft and the kernel take what {@link NftSimulation} takes: in a network namespace that ends with its process. */
class RulesetKernelTest {
    private static final List<String> PROFILES = List.of("prod", "dev", "public", "kns.default", "x".repeat(250), "a\" }\nflush ruleset");

    private static final List<IngressRule> OPENED = List.of(new IngressRule(true, Set.of(), List.of(), null, List.of(), 0));

    @TempDir
    private Path directory;

    @Test
    void theKernelTakesALongLifeAndEndsWithTheTableThatIsWrittenAtOnce() throws Exception {
        Random random = new Random(7);
        Ruleset ruleset = new Ruleset("host1");
        List<String> changes = new ArrayList<>(List.of(ruleset.full()));
        changes.add(netgroups(ruleset));
        TreeMap<String, Endpoint> members = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            int number = random.nextInt(40);
            String key = "key" + number;
            if (random.nextInt(10) == 0) {
                changes.add(ruleset.profile("dev", Set.of("dev"), random.nextBoolean() ? OPENED : RulesetTest.from("dev")));
            } else if (members.containsKey(key) && random.nextBoolean()) {
                changes.add(ruleset.remove(EndpointId.of(key)));
                members.remove(key);
            } else {
                Endpoint member = Endpoint.of(
                        key, number % 2 == 0 ? "host1" : "host2", "cali" + number, some(random),
                        addresses(random, number));
                changes.add(ruleset.put(member));
                members.put(key, member);
            }
        }
        changes.add(ruleset.profile("dev", Set.of("dev"), RulesetTest.from("dev")));
        Ruleset atOnce = new Ruleset("host1");
        netgroups(atOnce);
        members.values().forEach(atOnce::put);
        String listed = listedAfter(changes);
        assertThat(listed).contains("chain to-cali", "chain profile-prod", "ip saddr @group-", "ip6 saddr @group6-")
                .isEqualTo(listedAfter(List.of(atOnce.full())));
        assertThat(listedAfter(List.of(String.join("", changes)))).as("in one transaction").isEqualTo(listed);
    }

    private static String netgroups(Ruleset ruleset) {
        return PROFILES.stream().map(each -> ruleset.profile(each, Set.of(each), RulesetTest.from(each))).collect(Collectors.joining());
    }

    @Test
    void theKernelTakesEveryFormOfARule() throws Exception {
        Ruleset ruleset = new Ruleset("host1");
        ruleset.profile("dev", Set.of("dev"), List.of());
        ruleset.profile("prod", Set.of("prod"), List.of(
                new IngressRule(false, Set.of(), List.of(Cidr.parse("198.18.9.0/24"), Cidr.parse("fd00:9::/64")), null, List.of(), 0),
                new IngressRule(true, Set.of("dev", "nobody"), List.of(), 6, List.of("80", "1000-2000"), 0),
                new IngressRule(true, Set.of("prod"), List.of(Cidr.parse("198.18.0.0/16")), 58, List.of(), 4),
                new IngressRule(true, Set.of(), List.of(Cidr.parse("0.0.0.0/0")), null, List.of(), 0),
                new IngressRule(true, Set.of(), List.of(), 132, List.of("9"), 6),
                new IngressRule(true, Set.of(), List.of(), 17, List.of("53"), 0)));
        ruleset.put(Endpoint.of("a", "host1", "cali1", List.of("prod"), List.of("198.18.0.1")));
        assertThat(listedAfter(List.of(ruleset.full()))).contains("""
                \tchain profile-prod {
                \t\tip saddr 198.18.9.0/24 drop
                \t\tip6 saddr fd00:9::/64 drop
                \t\tip saddr @group-dev tcp dport 80 accept
                \t\tip saddr @group-dev tcp dport 1000-2000 accept
                \t\tip6 saddr @group6-dev tcp dport 80 accept
                \t\tip6 saddr @group6-dev tcp dport 1000-2000 accept
                \t\tip saddr @group-prod ip saddr 198.18.0.0/16 meta l4proto ipv6-icmp accept
                \t\tmeta nfproto ipv4 accept
                \t\tmeta nfproto ipv6 sctp dport 9 accept
                \t\tudp dport 53 accept
                """.stripIndent().stripLeading());
    }

    @Test
    void theKernelTakesTheTablesRemoval() throws Exception {
        Ruleset ruleset = new Ruleset("host1");
        ruleset.put(Endpoint.of("a", "host1", "cali1", Set.of("prod"), Set.of("198.18.0.1")));
        assertThat(listedAfter(List.of(Ruleset.remove(), ruleset.full(), ruleset.full(), Ruleset.remove()))).isEmpty();
    }

    /** IPv4, IPv6 or both. */
    private static Set<String> addresses(Random random, int number) {
        return switch (random.nextInt(3)) {
            case 0 -> Set.of("198.18.0." + number, "198.18.1." + random.nextInt(250));
            case 1 -> Set.of("fd00:198:18::" + number, "fd00:198:18::1:" + random.nextInt(250));
            default -> Set.of("198.18.0." + number, "fd00:198:18::" + number);
        };
    }

    private static Set<String> some(Random random) {
        return Set.of(PROFILES.get(random.nextInt(2)), PROFILES.get(2 + random.nextInt(4)));
    }

    /** Runs each change as a transaction of its own, and lists what the kernel then has, in a canonical order. */
    private String listedAfter(List<String> changes) throws IOException, InterruptedException {
        StringBuilder script = new StringBuilder("set -e\n");
        for (int i = 0; i < changes.size(); i++) {
            Files.writeString(directory.resolve("change" + i), changes.get(i));
            script.append("nft -f ").append(directory.resolve("change" + i)).append('\n');
        }
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder("unshare", "--net", "sh", "-c", script + "nft list ruleset")
                .redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        return canonical(text);
    }

    /** Sets and chains by name: nft lists them in the order in which they were made; elements it sorts itself. */
    private static String canonical(String listing) {
        String body = listing.replaceAll("(?m)^table .*\n|^}\n", "").replaceAll("[\\s,]+\n", "\n");
        TreeMap<String, String> parts = new TreeMap<>();
        for (String part : body.split("(?m)(?<=^\t}\n)")) {
            if (!part.isBlank()) {
                parts.put(part.strip().lines().findFirst().orElseThrow(), sortedElements(part.strip()));
            }
        }
        return String.join("\n", parts.values());
    }

    private static String sortedElements(String part) {
        int start = part.indexOf("elements = {");
        if (start < 0) {
            return part;
        }
        int end = part.indexOf('}', start);
        List<String> elements = new ArrayList<>(List.of(part.substring(start + 12, end).strip().split(",\\s*")));
        elements.sort(null);
        return part.substring(0, start) + elements + part.substring(end);
    }
}
