package io.calicomesos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that is run to its end, as an operator would at a shell. */
public final class Command {
    private static final int TIMEOUT_SECONDS = 60;

    private Command() {}

    /**
     * How a program ended.
     *
     * @param status its exit status
     * @param out what it wrote to both streams
     */
    public record Ended(int status, String out) {
        /**
         * Whether it succeeded.
         *
         * @return exit status 0
         */
        public boolean ok() {
            return status == 0;
        }
    }

    /**
     * Runs a program that must succeed.
     *
     * @param line the program and its arguments
     * @return what it wrote
     */
    public static String run(String... line) {
        Ended ended = attempt(List.of(line));
        if (!ended.ok()) {
            throw new IllegalStateException(String.join(" ", line) + ": exit status " + ended.status() + ": " + ended.out());
        }
        return ended.out();
    }

    /**
     * Runs a program that may fail.
     *
     * @param line the program and its arguments
     * @return how it ended
     */
    public static Ended attempt(List<String> line) {
        return attempt(new ProcessBuilder(line));
    }

    /**
     * Runs a program that may fail.
     *
     * @param program with its environment, and its input, if it has one
     * @return how it ended
     */
    static Ended attempt(ProcessBuilder program) {
        try {
            Process process = program.redirectErrorStream(true).start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", program.command()) + " did not end within " + TIMEOUT_SECONDS + " s");
            }
            return new Ended(process.exitValue(), out.strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /**
     * A command line with another in front, as nsenter or setsid want it.
     *
     * @param prefix the first words
     * @param line the rest
     * @return both
     */
    static List<String> join(List<String> prefix, String... line) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(List.of(line));
        return all;
    }
}
