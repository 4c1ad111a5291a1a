package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether the library was built for the Mesos of the agent: an agent of another version does not start with it. The library says it
 * where it says it in the first line of the agent's log; the agent's program is asked by {@code --version}, as it is on disk now.
 */
public final class MesosVersionCheck implements Check {
    private static final Pattern BUILT = Pattern.compile(", built for Mesos (\\d[\\w.+-]*)\0");
    private static final Pattern SAID = Pattern.compile("(?m)^mesos (\\d[\\w.+-]*)");
    private static final int MAX_BYTES = 1_024;
    private static final long TIMEOUT_SECONDS = 10;

    private final List<Loading> loadings;

    /**
     * Prepares.
     *
     * @param loadings what agents load, or would
     */
    public MesosVersionCheck(List<Loading> loadings) {
        this.loadings = List.copyOf(loadings);
    }

    @Override
    public String name() {
        return "mesos";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        for (Loading each : loadings) {
            if (!Files.isRegularFile(each.library())) {
                troubles.add(each.library() + ", which " + each.who() + " loads, is missing: install the package calico-mesos, or correct "
                        + "the library's file in modules.json");
                continue;
            }
            Optional<String> built = builtFor(each.library());
            Optional<String> agent = each.program().flatMap(MesosVersionCheck::versionOf);
            if (built.isPresent() && agent.isPresent() && !built.equals(agent)) {
                troubles.add(each.library() + " was built for Mesos " + built.get() + ", but " + each.who() + " (" + each.program().get()
                        + ") is Mesos " + agent.get() + ", which does not start with it: install the package calico-mesos whose version ends "
                        + "with +mesos" + agent.get());
            }
        }
        return troubles;
    }

    private static Optional<String> builtFor(Path library) {
        try {
            Matcher built = BUILT.matcher(new String(Files.readAllBytes(library), StandardCharsets.ISO_8859_1));
            return built.find() ? Optional.of(built.group(1)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** None if the program does not say, as one that is no agent's. */
    private static Optional<String> versionOf(Path program) {
        try {
            Process process = new ProcessBuilder(program.toString(), "--version")
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            try {
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) { // It says less than a pipe holds.
                    return Optional.empty();
                }
                String said = new String(process.getInputStream().readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
                Matcher version = SAID.matcher(said);
                return version.find() ? Optional.of(version.group(1)) : Optional.empty();
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
