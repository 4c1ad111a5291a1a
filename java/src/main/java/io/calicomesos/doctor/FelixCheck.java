package io.calicomesos.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** With the enforcer felix: whether calico-node says on this host that an endpoint's rules are in. */
public final class FelixCheck implements Check {
    private final Path statusDirectory;

    /**
     * Prepares.
     *
     * @param statusDirectory {@code felix_status_dir}
     */
    public FelixCheck(Path statusDirectory) {
        this.statusDirectory = statusDirectory;
    }

    @Override
    public String name() {
        return "felix";
    }

    @Override
    public List<String> troubles() {
        return Files.isDirectory(statusDirectory) ? List.of()
                : List.of("enforcer is felix, but " + statusDirectory + " is missing, which calico-node makes: run it on this host; if it runs in a "
                        + "container, let it have this directory of the host; without calico-node, set enforcer to builtin");
    }
}
