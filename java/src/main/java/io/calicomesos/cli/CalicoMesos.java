package io.calicomesos.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command {@code calico-mesos}. */
@Command(
        name = "calico-mesos",
        description = "Calico networking for Mesos containers.",
        mixinStandardHelpOptions = true,
        versionProvider = CalicoMesos.Version.class,
        subcommands = {InitCommand.class, IpamCommand.class, NetModulesCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class CalicoMesos {
    /**
     * Runs a command.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /**
     * Runs a command.
     *
     * @param arguments the command line
     * @return its exit status
     */
    public static int run(String... arguments) {
        CommandLine line = new CommandLine(new CalicoMesos());
        line.setExecutionExceptionHandler((thrown, command, result) -> {
            command.getErr().println("calico-mesos: " + thrown.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line.execute(arguments);
    }

    /** What stands in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = CalicoMesos.class.getPackage().getImplementationVersion();
            return new String[] {"calico-mesos " + (version == null ? "development" : version)};
        }
    }
}
