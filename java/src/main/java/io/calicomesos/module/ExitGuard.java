package io.calicomesos.module;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps Java from ending the agent: {@code System.exit} runs the shutdown hooks first, and this one never returns. Only the
 * thread that called it hangs. The agent's own exit does not run Java's hooks (-Xrs, and the virtual machine is never destroyed).
 */
final class ExitGuard {
    private static final Logger LOG = LoggerFactory.getLogger(ExitGuard.class);
    private static final AtomicBoolean INSTALLED = new AtomicBoolean();

    private ExitGuard() {}

    static void install() {
        if (INSTALLED.compareAndSet(false, true)) {
            Thread guard = new Thread(ExitGuard::refuse, "calico-mesos-exit-guard");
            Runtime.getRuntime().addShutdownHook(guard);
        }
    }

    private static void refuse() {
        LOG.error("Java code called System.exit, which would have ended the agent: refused; the calling thread hangs");
        CountDownLatch never = new CountDownLatch(1);
        while (true) {
            try {
                never.await();
            } catch (InterruptedException e) {
                LOG.warn("the exit guard was interrupted, and stays");
            }
        }
    }
}
