package io.calicomesos.linux;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Other network namespaces than this process's: a socket belongs for ever to the one in which it was made. */
public final class NetworkNamespace {
    private NetworkNamespace() {}

    /**
     * Does something inside, on a thread of its own, which ends in there.
     *
     * @param <T> what comes of it
     * @param namespace {@code /proc/<pid>/ns/net}
     * @param work what to do; may wait
     * @return what came of it; fails with a {@link LinuxException} if nobody is let in, or with what the work threw
     */
    public static <T> CompletableFuture<T> call(Path namespace, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                NativeLibrary.loaded().enterNetworkNamespace(namespace.toString());
                result.complete(work.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }, "calico-mesos-in-" + namespace);
        thread.setDaemon(true);
        thread.start();
        return result;
    }
}
