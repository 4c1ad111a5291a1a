package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.calicomesos.failpoint.Failpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The agent is killed again and again, at one of the moments of {@link Failpoint} or at any other, while containers come and go, and
 * some of them die with it. After each time, what runs has its network and nothing else has anything.
 *
 * <p>System properties: {@code kill.rounds}, how often ({@code scripts/soak} asks for more), {@code kill.seconds}, after which no
 * other round begins, and {@code kill.seed}.
 */
class KillRoundsIT {
    private static final int ROUNDS = Integer.getInteger("kill.rounds", 12);
    private static final int SECONDS = Integer.getInteger("kill.seconds", 600);
    private static final int MOST_CONTAINERS = 12;
    private static final int MOST_CHANGES = 6; // In a round.
    private static final int LATEST_MS = 200;
    private static final int SOON_MS = 100; // Whoever is told at the last moment is told first.
    private static final int AUDIT_EVERY = 25;
    private static final int FIRST_PORT = 31_000;
    private static final int PORTS = 1_000;

    private static final String ENDPOINTS = "/calico/resources/v3/projectcalico.org/workloadendpoints/";
    private static final String HANDLES = "/calico/ipam/v2/handle/";
    private static final Pattern ADDRESS = Pattern.compile("198\\.18\\.\\d+\\.\\d+");
    private static final Pattern PORT = Pattern.compile("\\b31\\d{3}\\b");

    private final long seed = Long.getLong("kill.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private Cluster cluster;
    private Host host;
    private Path run;
    private TestAgent agent;
    private Container kept;
    private Container peer;
    private TcpStream stream;
    /** What ran after the last round, with its process. */
    private final Map<String, Long> running = new TreeMap<>();
    private int launched;

    @BeforeEach
    void start() {
        System.out.println("KillRoundsIT: -Dkill.seed=" + seed);
        cluster = new Cluster(1);
        host = cluster.host(0);
        cluster.init(Cluster.POOL, 29); // Eight addresses to a block: they are claimed and given back.
        Map<String, String> parameters = cluster.parameters(host);
        parameters.put("sweep_grace", "1hrs"); // What is under way is known without it.
        run = Path.of(parameters.get("runtime_dir"));
        agent = cluster.agent(host, "network/calico", parameters);
        kept = Container.launch(agent, host, "kept", List.of("prod"));
        peer = Container.launch(agent, host, "peer", List.of("prod"));
        stream = new TcpStream(kept.pid(), peer.pid(), peer.address(), 9001);
    }

    @AfterEach
    void stop() {
        stream.close();
        cluster.auditAndClose();
    }

    @Test
    void nothingIsLostHoweverOftenTheAgentDies() throws Exception {
        long beginNs = System.nanoTime();
        Map<String, Integer> deaths = new TreeMap<>();
        int round = 0;
        while (round < ROUNDS && TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beginNs) < SECONDS) {
            String when = "seed " + seed + ", round " + ++round;
            deaths.merge(die(), 1, Integer::sum);
            stream.flows();
            agent.start();
            onlyWhatRunsHasANetwork(when);
            stream.flows();
            if (round % AUDIT_EVERY == 0) {
                cluster.audit();
                System.out.println(when + ": " + deaths);
            }
        }
        Figures.keep("kill rounds", Map.of("rounds", round, "seconds", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beginNs),
                "violations", 0, "seed", seed, "deaths", deaths));
    }

    /** Tells where it died. */
    private String die() throws Exception {
        Failpoint failpoint = Failpoint.values()[random.nextInt(Failpoint.values().length)];
        boolean atFailpoint = random.nextBoolean();
        if (atFailpoint) {
            agent.kill();
            endSome(3);
            if (!agent.startToFailAt(failpoint.name())) {
                return failpoint.name();
            }
        }
        CompletableFuture<Void> done = comeAndGo();
        if (atFailpoint) {
            done.handle((answers, thrown) -> thrown).get(60, TimeUnit.SECONDS); // All is answered, or it has died.
            if (agent.process().waitFor(SOON_MS, TimeUnit.MILLISECONDS)) {
                return failpoint.name();
            }
        } else {
            Thread.sleep(random.nextInt(LATEST_MS));
        }
        agent.kill();
        endSome(4);
        return "anywhere";
    }

    /** One in some of the containers that ran after the last round ends. */
    private void endSome(int in) {
        running.forEach((id, pid) -> {
            if (!isKept(id) && random.nextInt(in) == 0) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        });
    }

    private static boolean isKept(String id) {
        return id.equals("kept") || id.equals("peer");
    }

    private CompletableFuture<Void> comeAndGo() {
        List<CompletableFuture<JsonNode>> sent = new ArrayList<>();
        List<String> here = new ArrayList<>(running.keySet());
        here.removeIf(KillRoundsIT::isKept);
        for (int change = 1 + random.nextInt(MOST_CHANGES); change > 0; change--) {
            ObjectNode line;
            if (here.isEmpty() || here.size() < MOST_CONTAINERS && random.nextBoolean()) {
                line = launch(FIRST_PORT + launched++ % PORTS, random.nextBoolean());
                here.add(line.get("container_id").asText()); // It may have to go before it has come.
            } else {
                line = TestAgent.line("destroy", here.remove(random.nextInt(here.size())));
            }
            try {
                sent.add(agent.send(line));
            } catch (UncheckedIOException e) {
                break; // It has died.
            }
        }
        return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new));
    }

    /** Whose id begins with p has a port of the host, which the id names. */
    private static ObjectNode launch(int port, boolean withPort) {
        ObjectNode info = TestAgent.groups("prod");
        String id = (withPort ? "p" : "c") + port;
        ObjectNode line = TestAgent.containerInfo(TestAgent.line("launch", id), info);
        if (withPort) {
            info.putArray("port_mappings").addObject().put("host_port", port).put("container_port", 80);
            TestAgent.ports(TestAgent.framework(line, "eng", id), port, port);
        }
        line.withArray("command").add("sleep").add("10000");
        return line;
    }

    private void onlyWhatRunsHasANetwork(String when) {
        Eventually.holds(when + ": nothing is under way", () -> files("-state/journal").isEmpty() && files("-run/launches").isEmpty() && isSettled());
        Set<String> ids = running.keySet();
        assertThat(ids).as(when).contains("kept", "peer");
        Map<String, String> etcd = cluster.etcd().under("/calico/");
        List<String> addresses = etcd.entrySet().stream().filter(each -> each.getKey().startsWith(ENDPOINTS))
                .flatMap(each -> ADDRESS.matcher(each.getValue().replaceAll(".*\"ipNetworks\":", "")).results().limit(1))
                .map(MatchResult::group).toList();
        assertThat(addresses).as(when + ": endpoints").hasSameSizeAs(ids).doesNotHaveDuplicates();
        assertThat(etcd.keySet().stream().filter(each -> each.startsWith(HANDLES))).as(when + ": handles").hasSameSizeAs(ids);
        assertThat(ids.stream().map(each -> agent.ask(TestAgent.line("status", each)).findValue("ip_address").asText()))
                .as(when + ": the addresses that Mesos hears of").containsExactlyInAnyOrderElementsOf(addresses);
        assertThat(host.run("ip", "-o", "link").lines().filter(each -> each.contains(" cali"))).as(when + ": interfaces").hasSameSizeAs(ids);
        assertThat(host.run("ip", "route").lines().filter(each -> each.contains("dev cali")).map(each -> each.split(" ")[0]))
                .as(when + ": routes").containsExactlyInAnyOrderElementsOf(addresses);
        String rules = host.run("nft", "list", "ruleset");
        String members = host.run("nft", "list", "set", "inet", "calico-mesos", "group-prod");
        assertThat(ADDRESS.matcher(members).results().map(MatchResult::group)).as(when + ": members").containsExactlyInAnyOrderElementsOf(addresses);
        assertThat(PORT.matcher(rules).results().map(MatchResult::group).distinct()).as(when + ": ports")
                .containsExactlyInAnyOrderElementsOf(ids.stream().filter(each -> each.startsWith("p31")).map(each -> each.substring(1)).toList());
        for (String each : List.of("-run/files", "-run/netns")) {
            assertThat(files(each)).as(when + ": " + each).containsExactlyInAnyOrderElementsOf(ids);
        }
        assertThat(files("-run/containers")).as(when + ": checkpoints")
                .containsExactlyInAnyOrderElementsOf(ids.stream().map(each -> each + ".json").toList());
    }

    /** What Mesos's next agent destroys is destroyed; what runs then is known from then on. */
    private boolean isSettled() {
        running.clear();
        for (JsonNode each : agent.ask(TestAgent.line("list", "")).path("containers")) {
            if (!each.path("state").asText().equals("RUNNING")) {
                return false;
            }
            running.put(each.path("container_id").asText(), each.path("pid").asLong());
        }
        return running.keySet().stream().sorted().toList().equals(files("-run/netns")) && cluster.etcd().under(HANDLES).size() == running.size();
    }

    private List<String> files(String directory) {
        try (Stream<Path> files = Files.list(run.resolveSibling(host.name() + directory))) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
