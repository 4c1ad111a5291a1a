package io.calicomesos.module;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps the log readable while something fails again and again: a warning or an error is written once a minute at most, then with how
 * often it was kept back. What is kept back is told with the next line of the log after its minute, whichever that is.
 */
final class Repetitions {
    private static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(1);
    private static final int INFO = 0; // glog's number
    private static final int MOST_LINES = 256;
    private static final int LONGEST = 1_000; // Lines that are alike so far are taken for one.

    private final LongSupplier clockNs;
    private final Map<String, Written> written = new LinkedHashMap<>(); // The one that was written longest ago first.

    /**
     * A line of the log.
     *
     * @param severity glog's number
     * @param text one line, or one with a stack trace
     */
    record Line(int severity, String text) {}

    /** A line, when it was written last, and how often it was kept back since. */
    private static final class Written {
        private final Line line;
        private final long atNs;
        private int keptBack;

        private Written(Line line, long atNs) {
            this.line = line;
            this.atNs = atNs;
        }

        private Line again() {
            return new Line(line.severity(), line.text() + " (" + keptBack + " more since it was written last)");
        }
    }

    /**
     * Begins.
     *
     * @param clockNs a clock, in ns
     */
    Repetitions(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    /**
     * Decides.
     *
     * @param line what somebody has to say
     * @return what is written now, in this order
     */
    synchronized List<Line> take(Line line) {
        long now = clockNs.getAsLong();
        List<Line> lines = new ArrayList<>(1);
        if (line.severity() == INFO) { // What has happened; another of its kind is another event.
            tellOld(now, lines);
            lines.add(line);
            return lines;
        }
        String key = line.text().substring(0, Math.min(LONGEST, line.text().length()));
        Written same = written.get(key);
        if (same != null && (now - same.atNs < WINDOW_NS || same.keptBack > 0)) {
            same.keptBack++;
        }
        tellOld(now, lines);
        if (!written.containsKey(key)) {
            lines.add(line);
            makeRoom(lines);
            write(key, line, now);
        }
        return lines;
    }

    private void tellOld(long now, List<Line> into) {
        Map<String, Line> again = new LinkedHashMap<>();
        for (Iterator<Map.Entry<String, Written>> all = written.entrySet().iterator(); all.hasNext();) {
            Map.Entry<String, Written> each = all.next();
            Written old = each.getValue();
            if (now - old.atNs < WINDOW_NS) {
                break;
            }
            all.remove();
            if (old.keptBack > 0) {
                into.add(old.again());
                again.put(each.getKey(), old.line);
            }
        }
        again.forEach((key, line) -> write(key, line, now));
    }

    /** Those that came once are forgotten first: there may be hundreds of them in a minute, a container's each. */
    private void makeRoom(List<Line> into) {
        if (written.size() < MOST_LINES) {
            return;
        }
        String least = written.entrySet().stream().filter(each -> each.getValue().keptBack == 0).findFirst()
                .orElseGet(() -> written.entrySet().iterator().next()).getKey();
        Written forgotten = written.remove(least);
        if (forgotten.keptBack > 0) {
            into.add(forgotten.again());
        }
    }

    private void write(String key, Line line, long now) {
        written.put(key, new Written(line, now));
    }
}
