package io.calicomesos.failpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The moments at which the agent may die, between all steps of what it does for containers: wherever one of these is reached,
 * what was done before it and nothing after it must be enough for the next agent. A test names one in the system property
 * {@value #PROPERTY}, and the agent is killed there; with {@code =error} after the name, an Error is thrown there the first time;
 * with {@code =hang}, who comes there stays there; with {@code =deadlock}, so does a second thread, and each waits for what the
 * other has. Without that property reaching one does nothing.
 */
public enum Failpoint {
    /** A launch has been let in; nothing is done. */
    PREPARE_BEGUN,
    /** It is in the journal. */
    PREPARE_INTENDED,
    /** Its addresses and its endpoint are in etcd. */
    PREPARE_COMMITTED,
    /** Its checkpoint is written. */
    PREPARE_CHECKPOINTED,
    /** It has been struck out of the journal; Mesos is about to hear of it. */
    PREPARE_OVER,
    /** Its files are written, but for its addresses: before etcd has answered, or after. */
    PREPARE_FILED,

    /** The container has a process. */
    ISOLATE_BEGUN,
    /** Its rules are in. */
    ISOLATE_ADMITTED,
    /** Its interfaces are made. */
    ISOLATE_ATTACHED,
    /** Its ports are open. */
    ISOLATE_OPENED,
    /** It has its host name, and its network namespace is held: before its interfaces are made, or after. */
    ISOLATE_HELD,
    /** The enforcer has let it through; Mesos is about to hear of it. */
    ISOLATE_ENFORCED,

    /** A container has gone; nothing is done. */
    CLEANUP_BEGUN,
    /** Its departure is in the journal. */
    CLEANUP_INTENDED,
    /** Its ports are closed. */
    CLEANUP_CLOSED,
    /** Its interfaces are taken away. */
    CLEANUP_DETACHED,
    /** Nothing leads to it any more; etcd is about to be told, or has been, and the kernel to forget its connections. */
    CLEANUP_DISCONNECTING,
    /** Its rules are taken away: at any time since its end began. */
    CLEANUP_DISMISSED,
    /** That is over, and what it held is given back in etcd. */
    CLEANUP_COMMITTED,
    /** Its checkpoint is removed. */
    CLEANUP_FORGOTTEN,
    /** It has been struck out of the journal; Mesos is about to hear of it. */
    CLEANUP_OVER,
    /** Its files are removed: before etcd has answered, or after. */
    CLEANUP_REMOVED,

    /** A container's addresses are asked for. */
    STATUS_BEGUN,
    /** What it has sent and received is asked for. */
    USAGE_BEGUN,
    /** It is to be watched. */
    WATCH_BEGUN,

    /** The journal and the checkpoints are about to be read. */
    RECOVER_BEGUN,
    /** They are read, and containers that live are taken over. */
    RECOVER_TAKEN_OVER,
    /** What had gone is being given back. */
    RECOVER_CLEANED,
    /** The containers' files are taken over; Mesos is about to hear of it. */
    RECOVER_FILED,

    /** What etcd had lost of a container is written again, and its checkpoint does not say so yet. */
    LOST_COMMITTED,

    /** A transaction of launches and departures is about to be sent. */
    LEDGER_SENDING,
    /** One that claims a block is about to be sent. */
    LEDGER_CLAIMING,
    /** Its answer has come, and nobody has heard of it. */
    LEDGER_ANSWERED,
    /** That of one that claims a block has come. */
    LEDGER_CLAIMED,

    /** Something that is left over was found, and is about to be given back. */
    SWEEP_FOUND,
    /** It has been given back. */
    SWEEP_GIVEN_BACK;

    private static final String PROPERTY = "io.calicomesos.failpoint";
    private static final String ERROR = "=error";
    private static final String HANG = "=hang";
    private static final String DEADLOCK = "=deadlock";
    private static final String CHOSEN = System.getProperty(PROPERTY, "");
    private static final AtomicBoolean THROWN = new AtomicBoolean();

    /** Does here what a test says, if it says something. */
    public void reach() {
        if (!CHOSEN.startsWith(name())) {
            return;
        }
        if (CHOSEN.equals(name())) {
            kill();
        } else if (CHOSEN.equals(name() + ERROR) && !THROWN.getAndSet(true)) {
            throw new OutOfMemoryError("thrown at " + name());
        } else if (CHOSEN.equals(name() + HANG)) {
            stay();
        } else if (CHOSEN.equals(name() + DEADLOCK)) {
            deadlock();
        }
    }

    private static void kill() {
        try {
            new ProcessBuilder("kill", "-KILL", Long.toString(ProcessHandle.current().pid())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        stay();
    }

    private static void stay() {
        while (true) {
            LockSupport.park(); // Nothing more is done here.
        }
    }

    /** The other thread has its lock, and waits for this one's, before this one waits for the other's. */
    private static void deadlock() {
        ReentrantLock ours = new ReentrantLock();
        ReentrantLock others = new ReentrantLock();
        ours.lock();
        Thread other = new Thread(() -> {
            others.lock();
            ours.lock();
        }, "calico-mesos-other");
        other.setDaemon(true);
        other.start();
        while (!ours.hasQueuedThread(other)) {
            Thread.onSpinWait();
        }
        others.lock();
    }
}
