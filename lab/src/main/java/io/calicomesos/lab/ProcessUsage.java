package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process uses, as the kernel counts it.
 *
 * @param descriptors open files
 * @param threads its threads
 * @param residentKib memory, KiB
 */
public record ProcessUsage(long descriptors, long threads, long residentKib) {
    /**
     * Looks.
     *
     * @param pid the process
     * @return what it uses now
     */
    public static ProcessUsage of(long pid) {
        Path process = Path.of("/proc/" + pid);
        try (Stream<Path> descriptors = Files.list(process.resolve("fd")); Stream<String> status = Files.lines(process.resolve("status"))) {
            long[] found = status.filter(each -> each.startsWith("Threads:") || each.startsWith("VmRSS:"))
                    .mapToLong(each -> Long.parseLong(each.replaceAll("\\D", ""))).toArray(); // VmRSS stands first.
            return new ProcessUsage(descriptors.count(), found[1], found[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
