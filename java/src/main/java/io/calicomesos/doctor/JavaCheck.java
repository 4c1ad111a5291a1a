package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Whether there is a Java that the module can start, where it looks for one (native/jvm/libjvm.cpp), and whether that is new enough. */
public final class JavaCheck implements Check {
    private static final int OLDEST = 17;
    private static final String INSTALL = "install a Java runtime, " + OLDEST + " or newer (Debian: openjdk-17-jre-headless)";

    /** In the file {@code release} of a JDK or JRE: {@code JAVA_VERSION="17.0.15"}, or {@code "1.8.0_412"}. */
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"((?:1\\.)?(\\d+)[^\"]*)\"");

    private final List<Loading> loadings;
    private final Path root;

    /**
     * Prepares.
     *
     * @param loadings what agents load, or would
     * @param root of the file system, {@code /}
     */
    public JavaCheck(List<Loading> loadings, Path root) {
        this.loadings = List.copyOf(loadings);
        this.root = root;
    }

    @Override
    public String name() {
        return "java";
    }

    @Override
    public List<String> troubles() {
        try {
            List<String> troubles = new ArrayList<>();
            for (Loading each : loadings) {
                trouble(each).ifPresent(troubles::add);
            }
            return troubles;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JDK or a JRE, and who says that it is one. */
    private record Home(Path path, String namedBy) {
        Path libjvm() {
            return path.resolve("lib/server/libjvm.so");
        }

        @Override
        public String toString() {
            return libjvm() + " (" + namedBy + ")";
        }
    }

    private Optional<String> trouble(Loading loading) throws IOException {
        List<Home> homes = homes(loading);
        for (Home each : homes) {
            Optional<Matcher> old = version(each.path()).filter(version -> Integer.parseInt(version.group(2)) < OLDEST);
            if (old.isPresent() && (Files.exists(each.libjvm()) || homes.size() == 1)) {
                return Optional.of(each.path() + " (" + each.namedBy() + "), which " + loading.who() + " loads, is Java "
                        + old.get().group(1) + ", and the module needs " + OLDEST + " or newer: " + INSTALL + ", and have java_home in "
                        + "modules.json name it");
            }
            if (Files.exists(each.libjvm())) {
                return Optional.empty();
            }
        }
        return Optional.of("no Java for " + loading.who() + ": there is no "
                + homes.stream().map(Home::toString).collect(Collectors.joining(", no ")) + ": "
                + (homes.size() == 1 ? "correct that, or " : "") + INSTALL + ", or set java_home in modules.json");
    }

    /** A home that somebody named is never passed over for another. */
    private List<Home> homes(Loading loading) {
        Optional<Home> named = loading.javaHome().filter(each -> !each.isEmpty()).map(each -> new Home(Path.of(each), "the parameter java_home"))
                .or(() -> loading.javaHomeVariable().filter(each -> !each.isEmpty())
                        .map(each -> new Home(Path.of(each), "the agent's environment variable JAVA_HOME")));
        if (named.isPresent()) {
            return List.of(named.get());
        }
        List<Home> homes = new ArrayList<>();
        try {
            Path java = root.resolve("usr/bin/java").toRealPath();
            homes.add(new Home(java.getParent().getParent(), "the default java, /usr/bin/java"));
        } catch (IOException e) {
            // There is none.
        }
        for (String each : List.of("default-java", "default-runtime", "jre")) {
            homes.add(new Home(root.resolve("usr/lib/jvm").resolve(each), "the distribution's default"));
        }
        return homes;
    }

    private static Optional<Matcher> version(Path home) throws IOException {
        for (Path each : List.of(home.resolve("release"), home.resolve("../release"))) { // That of a JDK 8 is above its jre.
            if (Files.isRegularFile(each)) {
                Matcher found = VERSION.matcher(Files.readString(each));
                return found.find() ? Optional.of(found) : Optional.empty();
            }
        }
        return Optional.empty();
    }
}
