package io.calicomesos.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A process with network and UTS namespaces of its own that does nothing, and ends when this process does, however that ends. */
public final class Sandbox implements AutoCloseable {
    private final Process process;

    private Sandbox(Process process) {
        this.process = process;
    }

    /**
     * Starts one.
     *
     * @return with its namespaces made
     * @throws IOException if it cannot be, with the reason
     */
    public static Sandbox start() throws IOException {
        Process process;
        try {
            process = new ProcessBuilder("unshare", "--net", "--uts", "cat").start(); // It ends at the end of its input.
        } catch (IOException e) {
            throw new IOException("the program unshare, of util-linux, cannot be started: " + e.getMessage(), e);
        }
        Sandbox sandbox = new Sandbox(process);
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            if (process.getInputStream().read() == '\n') { // So it is past unshare.
                return sandbox;
            }
        } catch (IOException e) { // It has ended, and says why.
        }
        try (sandbox) {
            throw new IOException("no network namespace can be made here: "
                    + new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        }
    }

    /** Its process. */
    public long pid() {
        return process.pid();
    }

    Path networkNamespace() {
        return Path.of("/proc/" + process.pid() + "/ns/net");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
