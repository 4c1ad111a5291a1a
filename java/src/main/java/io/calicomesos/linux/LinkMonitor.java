package io.calicomesos.linux;

import java.util.List;
import java.util.Optional;

/** Hears of the interfaces that go from this host: deleted, or moved to another network namespace. */
public final class LinkMonitor implements AutoCloseable {
    private final long handle;
    private boolean reading;
    private boolean stopped;
    private boolean closed;

    /**
     * Begins to listen.
     *
     * @throws LinuxException if the kernel does not tell
     */
    public LinkMonitor() throws LinuxException {
        this.handle = NativeLibrary.loaded().openLinkMonitor();
    }

    /**
     * Waits for some to go. One thread at a time.
     *
     * @return their names; empty if the kernel had more to say than could be kept, so that any may have gone; nothing once this
     *     is closed
     * @throws LinuxException if the kernel tells no more
     */
    public Optional<List<String>> next() throws LinuxException {
        synchronized (this) {
            if (stopped) {
                return Optional.empty();
            }
            reading = true;
        }
        try {
            return Optional.ofNullable(NativeLibrary.loaded().nextRemovedLinks(handle)).map(List::of);
        } finally {
            synchronized (this) {
                reading = false;
                release();
            }
        }
    }

    /** Ends the wait of the thread that listens, if one does. */
    @Override
    public synchronized void close() {
        if (!stopped) {
            stopped = true;
            NativeLibrary.loaded().stopLinkMonitor(handle);
            release();
        }
    }

    /** The kernel's side, when nobody uses it any more. */
    private void release() {
        if (stopped && !reading && !closed) {
            closed = true;
            NativeLibrary.loaded().closeLinkMonitor(handle);
        }
    }
}
