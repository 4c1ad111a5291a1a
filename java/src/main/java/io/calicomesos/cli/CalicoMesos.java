package io.calicomesos.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code calico-mesos}. */
@Command(
        name = "calico-mesos",
        description = "Calico networking for Mesos containers.",
        mixinStandardHelpOptions = true,
        subcommands = {InitCommand.class, IpamCommand.class, NetModulesCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class CalicoMesos {
    /**
     * Runs a command.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new CalicoMesos());
        line.setExecutionExceptionHandler((thrown, command, result) -> {
            command.getErr().println("calico-mesos: " + thrown.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        });
        System.exit(line.execute(arguments));
    }
}
