package io.calicomesos.linux;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** A process in a network namespace of its own, as a container is. */
final class ContainerProcess implements AutoCloseable {
    private final Process process;

    ContainerProcess() throws IOException {
        // The line says that unshare is behind it.
        process = new ProcessBuilder("unshare", "-n", "sh", "-c", "echo ready; exec sleep 600").start();
        if (process.inputReader().readLine() == null) {
            throw new IOException("no network namespace could be made: these tests need root");
        }
    }

    String networkNamespace() {
        return "/proc/" + process.pid() + "/ns/net";
    }

    long pid() {
        return process.pid();
    }

    /** What a command inside says. */
    String run(String command) throws IOException, InterruptedException {
        return Shell.run("nsenter -t " + process.pid() + " -n " + command);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
