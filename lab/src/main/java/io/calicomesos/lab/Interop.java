package io.calicomesos.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The real Calico's programs, which {@code scripts/interop-build} builds where there is a Go.
 *
 * <p>System property {@code interop.calico}: its version, {@code v3.31} unless {@code scripts/interop} asks for another.
 */
public final class Interop {
    private static final String VERSION = System.getProperty("interop.calico", "v3.31");

    /**
     * Whether it is v3.28: its pools have no assignment mode, and its Felix has no nftables mode and leaves the routes to other hosts
     * to BIRD.
     */
    static final boolean OLDER = VERSION.equals("v3.28");

    private static final int SKIP = 77; // By scripts/interop-build: there is no Go that can build it.

    private Interop() {}

    /**
     * Builds a program, or finds it built; the first time takes minutes.
     *
     * @param name such as {@code calico-felix}
     * @return none where Go is missing; the build's own line has said so
     */
    public static Optional<Path> program(String name) {
        try {
            Process build = new ProcessBuilder("scripts/interop-build", "--calico", VERSION, name).directory(Build.repository().toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String directory;
            try (BufferedReader out = build.inputReader()) {
                directory = out.readLine();
            }
            int status = build.waitFor();
            if (status == SKIP) {
                return Optional.empty();
            }
            if (status != 0 || directory == null) {
                throw new IllegalStateException("scripts/interop-build " + name + " ended with status " + status);
            }
            return Optional.of(Path.of(directory, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
