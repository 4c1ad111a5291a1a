package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Whether an agent that runs here names both network/calico and network/cni: each named network would be asked of both. */
public final class IsolationCheck implements Check {
    private static final String OPTION = "--isolation=";
    private static final String VARIABLE = "MESOS_ISOLATION=";
    private static final String OURS = "network/calico";
    private static final String OTHER = "network/cni";

    private final Path processes;

    /**
     * Prepares.
     *
     * @param processes {@code /proc}
     */
    public IsolationCheck(Path processes) {
        this.processes = processes;
    }

    @Override
    public String name() {
        return "isolation";
    }

    @Override
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(processes, "[0-9]*")) {
            for (Path each : all) {
                Optional<String> isolation = isolation(each);
                List<String> names = isolation.map(text -> List.of(text.split(","))).orElse(List.of());
                if (names.contains(OURS) && names.contains(OTHER)) {
                    troubles.add("the agent with process id " + each.getFileName() + " has --isolation=" + isolation.get() + ": leave "
                            + OTHER + " out, in whose place " + OURS + " stands");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return troubles;
    }

    private static Optional<String> isolation(Path process) throws IOException {
        List<String> arguments = words(process.resolve("cmdline"));
        if (arguments.stream().noneMatch(each -> each.startsWith("--modules"))) {
            return Optional.empty(); // No agent.
        }
        return Stream.concat(arguments.stream(), words(process.resolve("environ")).stream())
                .filter(each -> each.startsWith(OPTION) || each.startsWith(VARIABLE))
                .map(each -> each.substring(each.indexOf('=') + 1)).findFirst();
    }

    private static List<String> words(Path file) throws IOException {
        try {
            return List.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0"));
        } catch (NoSuchFileException e) {
            return List.of(); // It has ended meanwhile.
        } catch (IOException e) {
            if (Files.exists(file.getParent())) {
                throw e;
            }
            return List.of();
        }
    }
}
