package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An agent that runs on this host, as its process shows it.
 *
 * @param id of the process
 * @param arguments its command line, the program first
 * @param environment as it was when it started, {@code NAME=value}
 * @param program the file that it runs, or would if it was started again; none if that cannot be seen
 */
public record Agent(String id, List<String> arguments, List<String> environment, Optional<Path> program) {
    /** Of a program that has its settings from the environment alone: whoever inherited them is none. */
    private static final Pattern PROGRAM = Pattern.compile("(.*/)?[^/]*(agent|slave)[^/]*");
    private static final Pattern REPLACED = Pattern.compile(" \\(deleted\\)$");

    /** Copies. */
    public Agent {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
    }

    /**
     * Those that run here.
     *
     * @param processes {@code /proc}
     * @return whoever is told of modules and shares this process's network; by no order
     */
    public static List<Agent> running(Path processes) {
        Optional<Path> here = link(processes.resolve("self/ns/net"));
        List<Agent> agents = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(processes, "[0-9]*")) {
            for (Path each : all) {
                Agent one = new Agent(
                        each.getFileName().toString(), words(each.resolve("cmdline")), words(each.resolve("environ")),
                        link(each.resolve("exe")).map(exe -> Path.of(REPLACED.matcher(exe.toString()).replaceFirst(""))));
                if (one.isAgent() && link(each.resolve("ns/net")).equals(here)) {
                    agents.add(one);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return agents;
    }

    private boolean isAgent() {
        return argument("modules").isPresent()
                || option("modules").isPresent() && !arguments.isEmpty() && PROGRAM.matcher(arguments.get(0)).matches();
    }

    /**
     * One of its settings.
     *
     * @param name as Mesos calls it, {@code isolation}
     * @return what the command line says, else the environment
     */
    Optional<String> option(String name) {
        return argument(name).or(() -> variable("MESOS_" + name.toUpperCase(Locale.ROOT)));
    }

    private Optional<String> argument(String name) {
        return value("--" + name + "=", arguments.stream().skip(1));
    }

    /** A variable of its environment. */
    Optional<String> variable(String name) {
        return value(name + "=", environment.stream());
    }

    private static Optional<String> value(String prefix, Stream<String> texts) {
        return texts.filter(each -> each.startsWith(prefix)).map(each -> each.substring(prefix.length())).findFirst();
    }

    /** The file that it reads its modules from; none if they stand in the option itself. */
    public Optional<Path> modulesFile() {
        return option("modules").map(each -> each.startsWith("file://") ? each.substring("file://".length()) : each)
                .filter(each -> each.startsWith("/")).map(Path::of);
    }

    /** In a message. */
    String name() {
        return "the agent with process id " + id;
    }

    private static Optional<Path> link(Path file) {
        try {
            return Optional.of(Files.readSymbolicLink(file));
        } catch (IOException e) {
            return Optional.empty(); // It has ended, or is somebody else's.
        }
    }

    private static List<String> words(Path file) {
        try {
            return List.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of(); // The same.
        }
    }
}
