package io.calicomesos.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Java code cannot end the agent's process. */
class ExitGuardTest {

    /** Stands for the agent: it outlives a System.exit in one of its threads. */
    static final class Agent {
        private Agent() {}

        public static void main(String[] arguments) throws InterruptedException {
            ExitGuard.install();
            Thread caller = new Thread(() -> System.exit(3));
            caller.setDaemon(true);
            caller.start();
            caller.join(500);
            System.out.println(caller.isAlive() ? "the caller hangs, the rest lives" : "the caller returned");
            Runtime.getRuntime().halt(0);
        }
    }

    @Test
    @Timeout(60)
    void systemExitDoesNotEndTheProcess() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), Agent.class.getName())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(out.strip()).isEqualTo("the caller hangs, the rest lives");
    }
}
