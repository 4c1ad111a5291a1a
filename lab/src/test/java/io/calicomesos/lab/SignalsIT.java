package io.calicomesos.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a signal does to the agent: with our module, and the virtual machine in it, the same as with a module that does nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignalsIT {
    private static final int EXITED_BY_SIGNAL = 128;

    private Cluster cluster;
    @TempDir
    private Path directory;
    private TestAgent ours;
    private TestAgent without;

    @BeforeAll
    void startCluster() {
        cluster = new Cluster(1);
        cluster.init(Cluster.POOL, 26);
    }

    @AfterAll
    void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void startAgents() {
        ours = new TestAgent(cluster.host(0), directory.resolve("ours"), "network/calico", cluster.parameters(cluster.host(0)));
        without = new TestAgent(
                cluster.host(0), directory.resolve("without"), Build.moduleThatDoesNothing(), "org_example_Dummy", Map.of());
    }

    @AfterEach
    void stopAgents() {
        ours.kill();
        without.kill();
    }

    @ParameterizedTest
    @CsvSource({"TERM, 15", "INT, 2", "USR1, 10", "CHLD, 17", "PIPE, 13"})
    void theAgentTakesItAsWithoutTheModule(String name, int number) {
        // So that the virtual machine has done all that it does in the agent's life.
        assertThat(ours.launch("a", TestAgent.groups("prod"), List.of("true")).path("ok").asBoolean()).isTrue();
        assertThat(disposition(ours, number)).isEqualTo(disposition(without, number));
        boolean lives = livesAfter(without, name);
        assertThat(livesAfter(ours, name)).isEqualTo(lives);
        if (!lives) {
            assertThat(without.process().exitValue()).isEqualTo(EXITED_BY_SIGNAL + number);
            assertThat(ours.process().exitValue()).isEqualTo(EXITED_BY_SIGNAL + number);
        }
    }

    /** Whether it answers, or ends: a signal that ends it does so before anything else is done. */
    private static boolean livesAfter(TestAgent agent, String signal) {
        Command.run("kill", "-" + signal, Long.toString(agent.process().pid()));
        try {
            agent.ask(TestAgent.line("status", "none"));
            return true;
        } catch (IllegalStateException | UncheckedIOException e) {
            agent.process().onExit().join();
            return false;
        }
    }

    /** Which of its sets of signals the agent's first thread has it in: of what is blocked, ignored, caught. */
    private static List<String> disposition(TestAgent agent, int signal) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + agent.process().pid() + "/status"))) {
            return lines.filter(line -> line.matches("Sig(Blk|Ign|Cgt):.*"))
                    .filter(line -> (Long.parseUnsignedLong(line.substring(line.indexOf('\t') + 1), 16) >>> (signal - 1) & 1) == 1)
                    .map(line -> line.substring(0, line.indexOf(':'))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
