package io.calicomesos.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The kernel's settings.
 *
 * @param root {@code /proc/sys}
 */
public record ProcSys(Path root) {
    private static final int MAX_BYTES = 4_096;

    /** Without spaces around; none if this kernel has no such setting, or its module is not loaded. */
    Optional<String> read(String name) {
        try (InputStream in = Files.newInputStream(root.resolve(name))) {
            // At once: of a number, the kernel gives nothing to who has read a part of it, and Files.readString begins with one byte.
            return Optional.of(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).strip());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
