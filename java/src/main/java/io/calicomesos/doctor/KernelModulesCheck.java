package io.calicomesos.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Whether the kernel has the modules that containers' networks need: loaded, built in, or there to be loaded when they are first needed,
 * which the kernel does by itself. Where {@code /lib/modules} says nothing of this kernel, nothing is known of those that are built in.
 */
public final class KernelModulesCheck implements Check {
    private final Set<String> needed;
    private final Path root;

    /**
     * Prepares.
     *
     * @param needed by their names, with underscores
     * @param root of the file system, {@code /}
     */
    public KernelModulesCheck(Set<String> needed, Path root) {
        this.needed = Set.copyOf(needed);
        this.root = root;
    }

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public List<String> troubles() {
        try {
            String release = Files.readString(root.resolve("proc/sys/kernel/osrelease")).strip();
            Path modules = root.resolve("lib/modules").resolve(release);
            if (!Files.isRegularFile(modules.resolve("modules.builtin"))) {
                return List.of();
            }
            Set<String> known = new HashSet<>(named(modules.resolve("modules.builtin")));
            known.addAll(named(modules.resolve("modules.dep")));
            List<String> troubles = new ArrayList<>();
            needed.stream().sorted().filter(each -> !known.contains(each) && !Files.exists(root.resolve("sys/module").resolve(each)))
                    .forEach(each -> troubles.add("the kernel " + release + " has no module " + each + ", neither loaded nor built in nor "
                            + "in " + modules + ": install the distribution's package with it (Debian: linux-image-" + release
                            + "; others: kernel-modules, kernel-modules-extra), or boot a kernel that has it"));
            return troubles;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines begin with a file, {@code kernel/net/netfilter/nf_conntrack.ko.xz}; of a name, dashes are underscores. */
    private static Set<String> named(Path list) throws IOException {
        if (!Files.isRegularFile(list)) {
            return Set.of();
        }
        try (Stream<String> lines = Files.lines(list)) {
            return lines.map(each -> each.replaceFirst(":.*", "").replaceFirst(".*/", "").replaceFirst("\\.ko.*", "").replace('-', '_'))
                    .collect(Collectors.toSet());
        }
    }
}
