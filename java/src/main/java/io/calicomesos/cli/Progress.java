package io.calicomesos.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Says what a command waits for, in a line on stderr, once it has waited for a second. */
final class Progress {
    private static final long AFTER_MS = 1_000;

    private final CountDownLatch over = new CountDownLatch(1);

    /**
     * Begins to wait.
     *
     * @param err where it is said
     * @param what as in "asking etcd"
     */
    Progress(PrintWriter err, String what) {
        Thread thread = new Thread(() -> {
            try {
                if (!over.await(AFTER_MS, TimeUnit.MILLISECONDS)) {
                    err.println("calico-mesos: " + what + " …");
                    err.flush();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "calico-mesos-progress");
        thread.setDaemon(true);
        thread.start();
    }

    /** Whatever it was, it is waited for no longer. */
    void end() {
        over.countDown();
    }
}
