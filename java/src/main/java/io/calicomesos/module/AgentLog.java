package io.calicomesos.module;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Sends every log line of this virtual machine to the agent's log, with its level; the same line once a minute at most. */
final class AgentLog extends Handler {
    private static final int INFO = 0; // glog's numbers
    private static final int WARNING = 1;
    private static final int ERROR = 2;

    private final SimpleFormatter formatter = new SimpleFormatter();

    private final Repetitions repetitions = new Repetitions(System::nanoTime);

    private AgentLog() {}

    /**
     * Makes the agent's log the only handler.
     *
     * @param verbose whether debug lines are written too
     */
    static void install(boolean verbose) {
        Logger root = Logger.getLogger("");
        for (Handler handler : root.getHandlers()) {
            root.removeHandler(handler);
        }
        root.addHandler(new AgentLog());
        // Held for ever: java.util.logging forgets the level of a logger that nobody holds.
        root.setLevel(Level.INFO);
        OURS.setLevel(verbose ? Level.FINE : Level.INFO);
        JETCD.setLevel(Level.SEVERE); // It logs each request that fails, twice; whoever sent it says what is to be said.
    }

    private static final Logger OURS = Logger.getLogger("io.calicomesos");
    private static final Logger JETCD = Logger.getLogger("io.etcd.jetcd.impl.KVImpl");

    @Override
    public void publish(LogRecord record) {
        if (!isLoggable(record)) {
            return;
        }
        String name = record.getLoggerName() == null ? "" : record.getLoggerName();
        StringBuilder line = new StringBuilder("calico-mesos: ");
        if (!name.startsWith("io.calicomesos.")) {
            line.append(name).append(": ");
        }
        line.append(formatter.formatMessage(record));
        if (record.getThrown() != null) {
            StringWriter trace = new StringWriter();
            record.getThrown().printStackTrace(new PrintWriter(trace));
            line.append(": ").append(trace.toString().strip());
        }
        for (Repetitions.Line each : repetitions.take(new Repetitions.Line(severity(record.getLevel()), line.toString()))) {
            write(each.severity(), each.text().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static int severity(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return ERROR;
        }
        return level.intValue() >= Level.WARNING.intValue() ? WARNING : INFO;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    private static native void write(int severity, byte[] line);
}
