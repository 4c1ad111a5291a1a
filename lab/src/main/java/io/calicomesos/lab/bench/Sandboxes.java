package io.calicomesos.lab.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Processes that wait in network namespaces of their own, as containers do before their networks are made. */
final class Sandboxes implements AutoCloseable {
    private final List<Process> processes = new ArrayList<>();

    Sandboxes(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            processes.add(new ProcessBuilder("unshare", "--net", "--uts", "sh", "-c", "echo; exec sleep infinity")
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start());
        }
        for (Process each : processes) {
            if (each.getInputStream().read() < 0) {
                throw new IOException("a sandbox has ended");
            }
        }
    }

    /**
     * A process in a namespace.
     *
     * @param number any: they are used by turns
     * @return its pid
     */
    long pid(int number) {
        return processes.get(number % processes.size()).pid();
    }

    @Override
    public void close() {
        processes.forEach(each -> each.destroyForcibly().onExit().join());
    }
}
