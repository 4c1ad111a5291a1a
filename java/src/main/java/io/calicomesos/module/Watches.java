package io.calicomesos.module;

import io.calicomesos.container.ContainerPath;
import io.calicomesos.failpoint.Failpoint;
import io.calicomesos.module.wire.ContainerLimitation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.mesos.Protos.TaskStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mesos's watches. Mesos ends a container whose watch fails, so none does: one that cannot begin is begun again. */
final class Watches {
    private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

    private final Function<ContainerPath, CompletableFuture<Optional<String>>> losses;
    private final Executor thread;
    private final ScheduledExecutorService timer;
    private final Duration pause;

    /**
     * Prepares.
     *
     * @param losses completed with why a container cannot go on, or with nothing at its end
     * @param thread where calls begin, one after the other; may reject them when too many wait
     * @param timer begins again
     * @param pause until then
     */
    Watches(
            Function<ContainerPath, CompletableFuture<Optional<String>>> losses, Executor thread, ScheduledExecutorService timer,
            Duration pause) {
        this.losses = losses;
        this.thread = thread;
        this.timer = timer;
        this.pause = pause;
    }

    /**
     * Begins one.
     *
     * @param containerId mesos.ContainerID
     * @return a mesos.slave.ContainerLimitation when the container cannot go on, null at its end; never fails
     */
    CompletableFuture<byte[]> begin(byte[] containerId) {
        CompletableFuture<byte[]> limitation = new CompletableFuture<>();
        attempt(containerId, limitation);
        return limitation;
    }

    private void attempt(byte[] containerId, CompletableFuture<byte[]> limitation) {
        try {
            thread.execute(() -> watch(containerId, limitation));
        } catch (Throwable e) {
            later(containerId, limitation, e);
        }
    }

    private void watch(byte[] containerId, CompletableFuture<byte[]> limitation) {
        try {
            Failpoint.WATCH_BEGUN.reach();
            losses.apply(ContainerIds.pathOf(containerId)).thenApply(loss -> loss.map(Watches::limitation).orElse(null))
                    .whenComplete((ended, thrown) -> {
                        if (thrown == null) {
                            limitation.complete(ended);
                        } else {
                            later(containerId, limitation, thrown);
                        }
                    });
        } catch (Throwable e) {
            later(containerId, limitation, e);
        }
    }

    private void later(byte[] containerId, CompletableFuture<byte[]> limitation, Throwable thrown) {
        timer.schedule(() -> attempt(containerId, limitation), pause.toMillis(), TimeUnit.MILLISECONDS);
        LOG.warn("the watch for lost interfaces cannot begin, and will be begun again: {}", thrown.toString());
    }

    private static byte[] limitation(String message) {
        return ContainerLimitation.newBuilder().setMessage("calico-mesos: " + message)
                .setReason(TaskStatus.Reason.REASON_CONTAINER_LIMITATION_VALUE).build().toByteArray();
    }
}
