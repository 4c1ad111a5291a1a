package io.calicomesos.cli;

import io.calicomesos.config.Configuration;
import io.calicomesos.live.Report;
import io.calicomesos.live.ReportClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say where the module on this host is asked. */
final class LiveOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--runtime-dir", paramLabel = "DIRECTORY",
            description = "The module's parameter runtime_dir; default: as configured, or " + Configuration.RUNTIME_DIRECTORY)
    private Path runtimeDirectory;

    /**
     * Asks it.
     *
     * @param configuration the module's settings, if there is a file with them
     * @return what it says
     * @throws IOException if there is none that answers
     */
    Report report(Optional<Configuration> configuration) throws IOException {
        Progress progress = new Progress(spec.commandLine().getErr(), "asking the module on this host");
        try {
            return client(configuration).report();
        } finally {
            progress.end();
        }
    }

    /** The same, to be asked later. */
    ReportClient client(Optional<Configuration> configuration) {
        return new ReportClient(runtimeDirectory != null ? runtimeDirectory.toAbsolutePath()
                : configuration.map(Configuration::runtimeDirectory).orElse(Path.of(Configuration.RUNTIME_DIRECTORY)));
    }
}
