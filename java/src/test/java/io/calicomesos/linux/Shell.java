package io.calicomesos.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The tests look at the kernel as an operator does. */
final class Shell {
    private Shell() {}

    /** What a command of sh(1) says, on both its outputs. */
    static String run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
