package io.calicomesos.cli;

import io.calicomesos.config.ConfigurationCheck;
import io.calicomesos.config.ConfigurationException;
import io.calicomesos.config.ModulesFile;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code calico-mesos config check}: all that the module would refuse in its parameters, a line each. */
@Command(
        name = "check",
        description = "List all that is wrong in a modules.json, or in a file with the module's parameters. Asks nobody.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:the module takes it", "1:errors were found"})
final class ConfigCheckCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The agent's modules.json, or the file that the parameter config names")
    private Path file;

    @Mixin
    private Output output;

    /**
     * What was found.
     *
     * @param file which
     * @param errors a line each
     */
    private record Found(String file, List<String> errors) {}

    @Override
    public Integer call() {
        Found found = new Found(file.toString(), errors());
        output.print(found, out -> {
            found.errors().forEach(out::println);
            out.println(found.file() + ": " + (found.errors().isEmpty() ? "no errors"
                    : found.errors().size() + (found.errors().size() == 1 ? " error" : " errors")));
        });
        return found.errors().isEmpty() ? 0 : 1;
    }

    private List<String> errors() {
        try {
            return ConfigurationCheck.errors(ModulesFile.parameters(file.toAbsolutePath()), ConfigOptions.hostName());
        } catch (ConfigurationException e) {
            return List.of(e.getMessage());
        }
    }
}
