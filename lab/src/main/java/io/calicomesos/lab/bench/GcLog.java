package io.calicomesos.lab.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a virtual machine logs of its garbage collections. */
final class GcLog {
    /** Two lines: what was in eden, and how long the collection took. */
    private static final Pattern PAUSE = Pattern.compile("GC\\((\\d+)\\) DefNew: .* Eden: (\\d+)K[\\s\\S]*?GC\\(\\1\\) Pause .* ([0-9.]+)ms");

    private final Path file;

    GcLog(Path file) {
        this.file = file;
    }

    /** The module's parameter java_options. */
    String option() {
        return "-Xlog:gc,gc+heap:file=" + file;
    }

    /**
     * A collection.
     *
     * @param edenKib what was allocated since the one before
     * @param pauseNs how long nothing else ran
     */
    record Pause(long edenKib, long pauseNs) {}

    List<Pause> pauses() throws IOException {
        List<Pause> pauses = new ArrayList<>();
        Matcher found = PAUSE.matcher(Files.readString(file));
        while (found.find()) {
            pauses.add(new Pause(Long.parseLong(found.group(2)), Math.round(Double.parseDouble(found.group(3)) * 1e6)));
        }
        return pauses;
    }
}
