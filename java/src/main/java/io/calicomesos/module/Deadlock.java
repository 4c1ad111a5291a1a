package io.calicomesos.module;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Threads that wait for each other, for ever. */
final class Deadlock {
    private Deadlock() {}

    /**
     * Looks for one, among all threads of the virtual machine; stops them for some milliseconds.
     *
     * @return which thread waits for what, and who holds it, in one line; empty if there is none
     */
    static Optional<String> find() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] ids = threads.findDeadlockedThreads();
        return ids == null ? Optional.empty() : Optional.of(Stream.of(threads.getThreadInfo(ids)).filter(each -> each != null)
                .map(Deadlock::waits).sorted().collect(Collectors.joining(", ")));
    }

    private static String waits(ThreadInfo thread) {
        return thread.getThreadName() + " waits for " + thread.getLockInfo().getClassName() + ", which " + thread.getLockOwnerName() + " holds";
    }
}
